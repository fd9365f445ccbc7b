"""Graphs that TensorFlow traces once: one call, or a loop over batches."""

from __future__ import annotations

from collections.abc import Callable

from skcnn.training.runtime import start_tensorflow

tf = start_tensorflow()


def traced(function: Callable, *signature):
    """Return ``function`` as one graph for arguments of these shapes and types."""
    graph = tf.function(function, input_signature=signature, autograph=False)
    # TensorFlow counts the graphs of all programs as one that is traced too often.
    graph._omit_frequent_tracing_warning = True
    return graph


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
