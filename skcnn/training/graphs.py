"""Graphs that TensorFlow traces once: one call, or a loop over batches."""

from __future__ import annotations

from collections.abc import Callable

from skcnn.keras_door import building, tf


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

    def __call__(self, *arguments):
        """Return what the function gives for these tensors."""
        if self._graph is None:
            with building():
                if self._graph is None:
                    self._graph = self._trace()
        return self._graph(*arguments)

    def _trace(self):
        function = tf.function(
            self.function, input_signature=self.signature, autograph=False
        )
        # TensorFlow counts the graphs of all models as one that is traced too often.
        function._omit_frequent_tracing_warning = True
        return function.get_concrete_function()


def loop(step: Callable, n_rows, batch_size):
    """Run ``step(number, slice)`` over all batches, the last one as it is."""
    n_steps = (n_rows + batch_size - 1) // batch_size

    def body(number):
        start = number * batch_size
        step(number, slice(start, tf.minimum(start + batch_size, n_rows)))
        return (number + 1,)

    return tf.while_loop(
        lambda number: number < n_steps,
        body,
        (tf.constant(0),),
        parallel_iterations=1,
    )
