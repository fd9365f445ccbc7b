"""Predictions of a part of a network."""

import numpy as np
import pytest


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_layer_gives_what_enters_the_next_one(precision, cnn, digits, pool):
    X, y = digits
    clf = cnn(precision=precision).fit(X, y)
    (compiled,) = pool._models
    images = X[..., None]
    *_, pooling, head = compiled.model.layers
    entered = compiled.model.predict(images, layer=pooling.name)
    assert entered.dtype == np.float32
    assert entered.shape == (160, 4)
    # The head, by hand.
    *_, kernel, bias = clf._state.weights
    logits = compiled.model.predict(images, layer=head.name)
    np.testing.assert_allclose(entered @ kernel + bias, logits, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(logits, compiled.model.predict(images))


def test_a_layer_predicts_by_one_graph_per_dtype(cnn, digits, pool):
    X, y = digits
    cnn().fit(X, y)
    (compiled,) = pool._models
    images = X[..., None]
    whole = compiled.model.predict(images, layer="logits")
    for n in (1, 2, 77):
        alone = compiled.model.predict(images[:n], layer="logits")
        np.testing.assert_allclose(alone, whole[:n], rtol=1e-5, atol=1e-6)
    compiled.model.predict(images.astype(np.float32), layer="logits")
    compiled.model.predict(images)
    known = [
        (np.uint8, "logits", None),
        (np.float32, "logits", None),
        (np.uint8, None, None),
    ]
    assert list(compiled.model._infer.graphs) == known
    with pytest.raises(ValueError, match="logits"):
        compiled.model.predict(images, layer="nobody")


def test_what_follows_a_layer_takes_what_it_gave(cnn, digits, pool):
    X, y = digits
    cnn().fit(X, y)
    (compiled,) = pool._models
    images = X[..., None]
    *_, pooling, _ = compiled.model.layers
    entered = compiled.model.predict(images, layer=pooling.name)
    np.testing.assert_allclose(
        compiled.model.predict(entered, after=pooling.name),
        compiled.model.predict(images),
        rtol=1e-5,
    )
