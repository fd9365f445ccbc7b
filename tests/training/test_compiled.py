"""What is set on top of a network that comes compiled."""

import keras
import pytest

from skcnn.training.compiled import on_top
from skcnn.training.plan import Draft, Settings


@pytest.fixture
def draft():
    """Give the draft of a network with logits, compiled with the loss of a softmax."""
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    compiled = {
        "optimizer": keras.optimizers.SGD(0.05, momentum=0.9),
        "loss": keras.losses.SparseCategoricalCrossentropy(),
        "metrics": ["mse"],
        "loss_weights": 2,
    }
    return Draft(
        build=None,
        key=None,
        n_outputs=3,
        logits=False,
        compiled=compiled,
        network=network,
    )


def settings(**changes):
    return Settings(epochs=1, batch_size=1, seed=0, **changes)


def offered(**changes):
    given = {"optimizer": keras.optimizers.AdamW(), "loss": None, "metrics": None}
    return {**given, **changes}


def test_a_network_keeps_what_nobody_has_set(draft):
    assert on_top(draft, offered(), settings()) == draft


def test_a_loss_that_is_set_goes_before_the_networks_own(draft):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    changed = on_top(draft, offered(loss=loss), settings(loss=loss))
    assert "loss" not in changed.compiled
    assert changed.logits
    assert changed.compiled["loss_weights"] == 2


def test_an_optimizer_that_is_set_goes_before_the_networks_own(draft):
    adam = keras.optimizers.Adam()
    changed = on_top(draft, offered(optimizer=adam), settings(optimizer="adam"))
    assert "optimizer" not in changed.compiled


def test_what_was_made_of_the_offered_stays(draft):
    class Wrapped(keras.optimizers.SGD):
        def __init__(self, inner):
            super().__init__(0.1)
            self.inner = inner

    adam = keras.optimizers.Adam()
    draft.compiled["optimizer"] = Wrapped(adam)
    given = settings(optimizer="adam", routed={"optimizer__learning_rate": 0.1})
    assert on_top(draft, offered(optimizer=adam), given) == draft


def test_parameters_of_the_optimizer_change_the_networks_own(draft):
    given = settings(routed={"optimizer__learning_rate": 0.3, "model__units": 1})
    optimizer = on_top(draft, offered(), given).compiled["optimizer"]
    assert type(optimizer) is keras.optimizers.SGD
    assert float(optimizer.learning_rate) == pytest.approx(0.3)
    assert optimizer.momentum == 0.9


def test_what_the_networks_optimizer_does_not_take_is_named(draft):
    given = settings(routed={"optimizer__beta_1": 0.3})
    match = (
        "compiled with SGD, which does not take optimizer__beta_1=0.3.*optimizer=SGD"
    )
    with pytest.raises(TypeError, match=match):
        on_top(draft, offered(), given)


def test_metrics_are_added(draft):
    given = {"out": ["mse", keras.metrics.AUC]}
    made = {"out": [keras.metrics.get("mse"), keras.metrics.AUC]}
    changed = on_top(draft, offered(metrics=made), settings(metrics=given))
    assert changed.compiled["metrics"] == ["mse", keras.metrics.AUC]
