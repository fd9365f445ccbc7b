"""Names of Keras objects."""

import keras
import pytest

from skcnn.base.keras_content import uncounted
from skcnn.keras_door import start_tensorflow

start_tensorflow()


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: keras.metrics.AUC(), "auc"),
        (lambda: keras.metrics.AUC(name="mine_2"), "mine_2"),
        (lambda: keras.metrics.AUC(name="auc_7"), "auc"),
        (lambda: keras.metrics.F1Score(), "f1_score"),
        (lambda: keras.layers.MaxPooling2D(), "max_pooling2d"),
    ],
)
def test_names_lose_the_number_that_keras_counts_up(make, name):
    for _ in range(2):
        thing = make()
        assert uncounted(thing.name, type(thing).__name__) == name
