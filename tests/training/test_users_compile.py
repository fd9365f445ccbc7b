"""What is set on top of a network that comes compiled."""

import keras
import pytest

from skcnn import NetworkClassifier
from skcnn.custom.users_compile import AsSet, on_top
from skcnn.custom.users_network import UsersNetwork


@pytest.fixture
def network():
    """Give a network with logits, compiled with the loss of a softmax."""
    compiled = {
        "optimizer": keras.optimizers.SGD(0.05, momentum=0.9),
        "loss": keras.losses.SparseCategoricalCrossentropy(),
        "metrics": ["mse"],
        "loss_weights": 2,
    }
    return UsersNetwork(
        network=keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]),
        build=None,
        key=None,
        n_outputs=3,
        weights=[],
        compiled=compiled,
    )


def offered(**changes):
    given = {"optimizer": keras.optimizers.AdamW(), "loss": None, "metrics": None}
    return {**given, **changes}


def test_a_network_keeps_what_nobody_has_set(network):
    assert on_top(network, offered(), AsSet()) == (network.compiled, False)


def test_a_loss_that_is_set_goes_before_the_networks_own(network):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    kept, logits = on_top(network, offered(loss=loss), AsSet(loss=loss))
    assert "loss" not in kept
    assert logits
    assert kept["loss_weights"] == 2


def test_an_optimizer_that_is_set_goes_before_the_networks_own(network):
    adam = keras.optimizers.Adam()
    kept, _ = on_top(network, offered(optimizer=adam), AsSet(optimizer="adam"))
    assert "optimizer" not in kept


def test_what_was_made_of_the_offered_stays(network):
    class Wrapped(keras.optimizers.SGD):
        def __init__(self, inner):
            super().__init__(0.1)
            self.inner = inner

    adam = keras.optimizers.Adam()
    network.compiled["optimizer"] = Wrapped(adam)
    given = AsSet(optimizer="adam", routed={"optimizer__learning_rate": 0.1})
    assert on_top(network, offered(optimizer=adam), given)[0] == network.compiled


def test_parameters_of_the_optimizer_change_the_networks_own(network):
    given = AsSet(routed={"optimizer__learning_rate": 0.3, "model__units": 1})
    optimizer = on_top(network, offered(), given)[0]["optimizer"]
    assert type(optimizer) is keras.optimizers.SGD
    assert float(optimizer.learning_rate) == pytest.approx(0.3)
    assert optimizer.momentum == 0.9


def test_what_the_networks_optimizer_does_not_take_is_named(network):
    given = AsSet(routed={"optimizer__beta_1": 0.3})
    match = (
        "compiled with SGD, which does not take optimizer__beta_1=0.3.*optimizer=SGD"
    )
    with pytest.raises(TypeError, match=match):
        on_top(network, offered(), given)


def test_metrics_are_added(network):
    given = {"out": ["mse", keras.metrics.AUC]}
    made = {"out": [keras.metrics.get("mse"), keras.metrics.AUC]}
    kept, _ = on_top(network, offered(metrics=made), AsSet(metrics=given))
    assert kept["metrics"] == ["mse", keras.metrics.AUC]


# --- through the estimator ------------------------------------------------------------


def compiled(input_shape, n_classes):
    network = keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
    )
    network.compile(
        keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["mse"],
    )
    return network


def fitted(pool, shapes, **params):
    clf = NetworkClassifier(compiled, epochs=1, random_state=0, **params).fit(*shapes)
    return clf, pool._models[-1].model


def test_parameters_that_only_the_networks_optimizer_takes_change_it(pool, shapes):
    clf, model = fitted(pool, shapes, optimizer__momentum=0.5, metrics=["mae"])
    assert (model.optimizer.momentum, model.optimizer.nesterov) == (0.5, True)
    assert clf.history_["learning_rate"].tolist() == [pytest.approx(0.05)]
    metrics = {"mean_squared_error", "mean_absolute_error"}
    assert metrics <= set(clf.history_)


@pytest.mark.parametrize("way", ["learning_rate", "optimizer__learning_rate"])
def test_a_rate_changes_the_networks_optimizer(way, pool, shapes):
    clf, model = fitted(pool, shapes, **{way: 0.5})
    assert model.optimizer.momentum == 0.9
    assert clf.history_["learning_rate"].tolist() == [0.5]


def test_a_loss_that_is_set_is_the_one_of_the_fit(pool, shapes):
    loss = keras.losses.CategoricalFocalCrossentropy
    _, model = fitted(pool, shapes, loss=loss, loss__gamma=3.0, loss__from_logits=True)
    assert type(model.loss) is loss
    assert model.loss.gamma == 3.0


@pytest.mark.parametrize("params", [{"optimizer__centred": True}])
def test_what_no_optimizer_takes_is_named(params, pool, shapes):
    with pytest.raises(TypeError, match=r"SGD.*optimizer__centred=True"):
        fitted(pool, shapes, **params)


@pytest.mark.parametrize("loss", [{"scores": "mse"}, ["mse", "mse"], {}])
def test_losses_of_several_outputs(loss, shapes):
    clf = NetworkClassifier(compiled, loss=loss, epochs=1)
    if len(loss) == 1:
        clf.fit(*shapes)
    else:
        with pytest.raises(ValueError, match=r"has one output.*Pass one loss"):
            clf.fit(*shapes)
