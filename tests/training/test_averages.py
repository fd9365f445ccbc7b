"""Averages of weights: which steps they are of, whatever a call to the graph makes."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from skcnn.training.averages import WeightAverage
from skcnn.training.data import TrainingData


def averaged(since, n_steps, chunk, tells=True):
    """Return the average over two epochs; the weights are the number of the step."""
    now = SimpleNamespace(step=0)
    average = WeightAverage(since)
    average.set_model(SimpleNamespace(get_weights=lambda: [np.float32([now.step])]))
    for epoch in range(2):
        average.on_epoch_begin(epoch)
        done = 0
        while done < n_steps:
            stop = min(done + chunk, n_steps, average.next_stop(done, n_steps))
            now.step, done = now.step + stop - done, stop
            if tells:
                average.on_steps(done, n_steps)
        average.on_epoch_end(epoch)
    return average.state()["weights"][0].item()


@pytest.mark.parametrize("chunk", [1, 3, 16])
@pytest.mark.parametrize(
    ("since", "n_steps", "steps"),
    [
        (1.5, 16, [26, 28, 30, 32]),
        (1, 16, [*range(18, 33, 2)]),
        (0.5, 4, [3, 4, 5, 6, 7, 8]),
        (1.5, 1, [2]),
        (1.0, 12, [14, 15, 17, 18, 20, 21, 23, 24]),
    ],
)
def test_weights_are_taken_eight_times_an_epoch(since, n_steps, steps, chunk):
    assert averaged(since, n_steps, chunk) == pytest.approx(np.mean(steps))


def test_where_nobody_tells_of_steps_the_ends_of_epochs_count():
    assert averaged(0.5, 16, 16, tells=False) == pytest.approx((16 + 32) / 2)
    assert averaged(1.5, 16, 16, tells=False) == 32


def test_batch_normalisation_that_should_not_move_does_not():
    layers = keras.layers
    free, still, frozen = (
        layers.BatchNormalization(momentum=momentum) for momentum in (0.9, 1.0, 0.9)
    )
    frozen.trainable = False
    model = keras.Sequential([layers.Input((2, 2, 1)), free, still, frozen])
    model.prepared = lambda images: images
    average = WeightAverage(0)
    average.set_model(model)
    average.on_epoch_end(0)
    X = np.random.default_rng(0).normal(3, 1, (20, 2, 2, 1)).astype(np.float32)
    average.settle(TrainingData(X, np.zeros(20, int)))
    assert free.moving_mean.numpy() == 0  # the model is as it was
    model.set_weights(average.state()["weights"])
    kept = [one.moving_variance.numpy().item() for one in (still, frozen)]
    assert kept == [1, 1]
    assert free.moving_mean.numpy().item() == pytest.approx(X.mean(), rel=1e-5)
    assert (free.momentum, still.momentum) == (0.9, 1.0)
