"""Graphs that TensorFlow traces once: loops over batches, and predictions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from skcnn.keras_door import building, held_interrupts, keras, tf
from skcnn.training.layers import last_call


class Traced:
    """A function as one graph for arguments of these shapes and types.

    It is traced at its first call, by one thread for all. What is called then is the
    graph itself: ``tf.function`` takes a lock at every call, and an interrupt in the
    wrong moment would leave it locked for all other threads.

    Parameters
    ----------
    function : callable
    *signature : tf.TensorSpec
        Of its arguments.
    """

    def __init__(self, function: Callable, *signature):
        self.function = function
        self.signature = signature
        self._graph = None

    @property
    def graph(self):
        """The function as TensorFlow traced it."""
        if self._graph is None:
            with building():
                if self._graph is None:
                    self._graph = self._trace()
        return self._graph

    def __call__(self, *arguments):
        """Return what the function gives for these tensors."""
        return self.graph(*arguments)

    @cached_property
    def operation(self) -> Callable:
        """The same as a bare operation, ``tensors -> [tensor, ...]``.

        It takes a tenth of a millisecond less, which counts for a single image; but it
        looks at no shape or type, and its errors do not say where they come from.
        """
        call, graph = tf.raw_ops.StatefulPartitionedCall, self.graph
        captured = list(graph.captured_inputs)
        types = [tensor.dtype for tensor in graph.outputs]
        return lambda *tensors: call(args=[*tensors, *captured], Tout=types, f=graph)

    def _trace(self):
        function = tf.function(
            self.function, input_signature=self.signature, autograph=False
        )
        # TensorFlow counts the graphs of all models as one that is traced too often.
        function._omit_frequent_tracing_warning = True
        return function.get_concrete_function()


def loop(step: Callable, n_rows, batch_size, total):
    """Run a step over all batches, the last one as it is, and add to a total.

    Parameters
    ----------
    step : callable
        ``(number, part) -> summand``; ``part(tensor)`` gives the batch's rows of one.
    n_rows, batch_size : tensor of shape (), int32
    total : tensor
        Where the sum begins: it is the same in however many calls it is made.
    """
    n_steps = (n_rows + batch_size - 1) // batch_size

    def body(number, total):
        start = tf.reshape(number * batch_size, [1])
        stop = tf.minimum(start + batch_size, n_rows)
        total += step(number, lambda rows: tf.strided_slice(rows, start, stop, [1]))
        return number + 1, total

    return tf.while_loop(
        lambda number, _: number < n_steps,
        body,
        (tf.constant(0), total),
        parallel_iterations=1,
    )[1]


# Images per call of a prediction: small enough to stay in the processor's cache.
PREDICT_BATCH = 256


class Inference:
    """The traced calls of one model: one graph per dtype and part of the network.

    Parameters
    ----------
    model : FastModel
        Its ``prepared`` scales what enters at the images.
    """

    def __init__(self, model):
        self.model = model
        self.graphs = {}

    def __call__(self, inputs, batch_size=None, layer=None, after=None) -> np.ndarray:
        """Return what the network gives for ``inputs``, in pieces of ``batch_size``.

        Parameters
        ----------
        inputs : ndarray
            Images (n, h, w, c), or, with ``after``, outputs of that layer.
        batch_size : int, optional
        layer : str, optional
            Name of the layer whose output is wanted, float32; None: the last one's.
        after : str, optional
            Name of the layer whose outputs came; None: images came.

        Raises
        ------
        ValueError
            For an unknown name; it lists the known ones.
        """
        step = batch_size or PREDICT_BATCH
        graph = self._graph(inputs.dtype, layer, after)
        pieces = [
            _called(graph, inputs[start : start + step])
            for start in range(0, max(len(inputs), 1), step)
        ]
        outputs = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        return outputs if layer is None else outputs.astype(np.float32, copy=False)

    def _graph(self, dtype, layer, after) -> Traced:
        """Return the graph, made where it is asked for the first time."""
        key = (dtype, layer, after)
        if key not in self.graphs:
            with building():  # all who wait for it get the same one
                if key not in self.graphs:
                    self.graphs[key] = self._new_graph(*key)
        return self.graphs[key]

    def _new_graph(self, dtype, layer, after) -> Traced:
        part = self._part(layer, after)
        prepared = self.model.prepared if after is None else _as_it_is
        return Traced(
            lambda raw: part(prepared(raw), training=False),
            tf.TensorSpec([None, *part.input_shape[1:]], tf.as_dtype(dtype)),
        )

    def _part(self, layer: str | None, after: str | None) -> keras.Model:
        """Return the part of the network from one layer's output to another's."""
        if layer is None and after is None:
            return self.model
        inputs = self.model.inputs[0] if after is None else self._output_of(after)
        outputs = self.model.outputs[0] if layer is None else self._output_of(layer)
        return keras.Model(inputs, outputs, name=layer or after)

    def _output_of(self, name: str):
        call = last_call(self.model, self.model.get_layer(name))
        return call.output_tensors[0]


def _called(graph: Traced, piece: np.ndarray) -> np.ndarray:
    # TensorFlow crashes where an interrupt meets it as it makes tensors.
    with held_interrupts():
        (outputs,) = graph.operation(tf.convert_to_tensor(piece))
        return outputs.numpy()


def _as_it_is(raw):
    return tf.cast(raw, tf.float32)
