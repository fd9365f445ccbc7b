"""Tests of the recipes: their sizes, their settings, and that they are ordinary."""

import os
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skcnn import ConvAutoencoder, recipes
from skcnn.keras_door import start_tensorflow
from skcnn.networks import build_stack
from skcnn.recipes._denoiser import Denoiser

# Parameters as the reports count them, and those of them that are not trainable.
# (A1: the report has 1 641 541, but
# 320 + 18 496 + 73 856 + (128 * 4096 + 4096) + (4096 * 5 + 5) = 641 541.)
COUNTS = {
    "A1": (641_541, 0),
    "A2": (5_369_189, 0),
    "A3": (11_191_301, 7_808),
    "B1": (346_821, 0),
    "B2": (240_901, 0),
    "B3": (742_657, 0),
    "B4": (11_191_301, 7_808),
    "C1": (256_837, 0),
    "C2": (256_837, 0),
    "C3": (886_021, 0),
    "C4": (886_533, 256),
    "C5": (23_597_957, 53_120),
    "C6": (137_221, 0),
    "D1": (346_821, 0),
    "D2": (240_901, 0),
    "D3": (3_383_589, 1_792),
    "D4": (24_114_565, 53_632),  # once all is unfrozen
    "E5": (1_199_882, 0),
    "E6": (1_199_882, 0),
    "E7": (14_766_998, 14_714_688),
    "E8": (273_686, 384),
    "E9": (273_686, 384),
    "E12": (266_610, 0),  # 784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10
}
# In place of the downloaded weights, and of what is frozen only at first.
OFFLINE = {"model__weights": None}
CHANGES = {
    "C5": OFFLINE,
    "D4": {**OFFLINE, "model__trained": ".*"},
    "E7": OFFLINE,
}


def network_of(estimator, n_classes):
    """Build the network of an unfitted estimator for 28x28 grey images."""
    params = estimator.get_params()
    if "model" in params:
        routed = {
            name.removeprefix("model__"): value
            for name, value in params.items()
            if name.startswith("model__")
        }
        return estimator.model((28, 28, 1), n_classes, **routed)
    start_tensorflow()  # a fit would do it before it asks for the network
    estimator.image_shape_ = (28, 28, 1)
    estimator.classes_ = np.arange(n_classes)
    return estimator._make_network()()


@pytest.mark.parametrize("id", COUNTS)
def test_the_network_has_the_parameters_of_the_report(id):
    estimator = recipes.make(id, **CHANGES.get(id, {}))
    row = recipes.list().loc[id]
    network = network_of(estimator, {"T5": 5, "TN": 10}[row.task])
    frozen = sum(int(np.prod(v.shape)) for v in network.non_trainable_weights)
    assert (network.count_params(), frozen) == COUNTS[id]
    assert row.parameters == COUNTS[id][0]
    if id != "D4":
        assert row.not_trainable == COUNTS[id][1]


@pytest.mark.parametrize("id", recipes.list().index)
def test_a_recipe_is_an_ordinary_estimator(id):
    estimator = recipes.make(id)
    assert type(estimator).__name__ == recipes.list().estimator[id]
    assert repr(clone(estimator)) == repr(estimator)
    copy = pickle.loads(pickle.dumps(estimator))
    assert repr(copy) == repr(estimator)
    assert copy.get_params().keys() == estimator.get_params().keys()


def test_each_call_makes_a_new_estimator():
    recipes.make("C1").set_params(epochs=1)
    assert recipes.make("C1").epochs == 40


def test_overrides_are_parameters_nested_ones_too():
    layers = (("flatten",),)
    estimator = recipes.make("C4", epochs=2, random_state=7, model__layers=layers)
    params = estimator.get_params()
    assert (params["epochs"], params["random_state"]) == (2, 7)
    assert (params["model"], params["model__layers"]) == (build_stack, layers)


def test_an_override_that_is_no_parameter_is_an_error():
    with pytest.raises(ValueError, match="Recipe C1 has no parameter 'epoch'"):
        recipes.make("C1", epoch=2)


def test_an_unknown_id_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"no recipe 'F1'.*A1, A2.*E12, P1"):
        recipes.make("F1")


@pytest.mark.parametrize("id", ["C1", "C4"])
def test_a_recipe_can_be_searched(id, shapes):
    estimator = recipes.make(id, epochs=1, random_state=0)
    search = GridSearchCV(estimator, {"learning_rate": [1e-3, 1e-2]}, cv=2)
    search.fit(*shapes)
    assert set(search.predict(shapes[0])) <= {"left", "spot", "top"}


def test_a_recipe_learns(shapes):
    X, y = shapes
    estimator = recipes.make("E12", batch_size=16, epochs=10, random_state=0)
    # By chance: 0.33.
    assert estimator.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9


def test_the_list_has_a_row_per_system():
    sizes = {"A": 3, "B": 4, "C": 6, "D": 4, "E": 12, "P": 2}
    ids = [f"{r}{n}" for r, size in sizes.items() for n in range(1, size + 1)]
    assert recipes.list().index.tolist() == ids


@pytest.mark.parametrize(
    ("id", "epochs", "rates"),
    [
        ("D4", [0, 4, 5], [1e-3, 1e-3, 1e-5]),
        ("E8", [0, 6999, 7000], [0.01, 0.01, 0.001]),
        (
            "E9",
            [0, 100, 200, 2999, 3000, 3999, 4000, 6499],
            [0, 0.005, 0.01, 0.01, 0.005, 0.005, 0.001, 0.001],
        ),
    ],
)
def test_rates_that_are_functions_of_the_epoch(id, epochs, rates):
    schedule = recipes.make(id).lr_schedule
    assert [schedule(epoch) for epoch in epochs] == pytest.approx(rates)


def test_report_c_lowers_the_rate_by_a_tenth_per_epoch(shapes):
    history = recipes.make("C1", epochs=3).fit(*shapes).history_
    expected = 1e-3 * 0.9 ** np.arange(3)
    np.testing.assert_allclose(history.learning_rate, expected, rtol=1e-6)
    for id in ("C2", "C3", "C4", "C6"):
        assert recipes.make(id).lr_schedule == "exponential"


def test_e10_puts_a_support_vector_machine_on_what_the_network_of_e8_gives(shapes):
    small = (("conv", 4, 3, "same"), ("average",), ("dense", 6, "linear"))
    estimator = recipes.make(
        "E10",
        network__estimator__model__layers=small,
        network__estimator__epochs=1,
        network__estimator__random_state=0,
    )
    assert estimator.fit(*shapes)["network"].transform(shapes[0]).shape == (60, 6)
    assert len(estimator.predict(shapes[0])) == 60


def test_e11_cleans_images_by_what_it_learned_from_clean_ones(shapes):
    X, y = shapes
    clean = X[:20] // 2
    estimator = recipes.make(
        "E11",
        denoiser__clean=clean,
        denoiser__autoencoder__filters=(4,),
        denoiser__autoencoder__epochs=1,
        denoiser__autoencoder__random_state=0,
    )
    assert len(estimator.fit(X, y).predict(X)) == 60
    autoencoder = clone(estimator["denoiser"].autoencoder).fit(clean)
    np.testing.assert_array_equal(
        estimator["denoiser"].transform(X), autoencoder.denoise(X)
    )


def test_a_denoiser_asks_a_function_for_its_clean_images_when_it_is_fitted(shapes):
    asked = []

    def clean():
        asked.append(True)
        return shapes[0]

    denoiser = Denoiser(
        ConvAutoencoder(filters=(4,), epochs=1, noise_kind="background"), clean
    )
    assert clone(denoiser).clean.__name__ == "clean"
    assert not asked
    cleaned = denoiser.fit(shapes[0][:5]).transform(shapes[0][:5])
    assert asked == [True]
    assert (cleaned.shape, cleaned.dtype) == ((5, 8, 8), np.uint8)


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("SKCNN_DATA"), reason="SKCNN_DATA is not set")
def test_e11_learns_from_digits_that_are_in_neither_part_of_the_task():
    clean = recipes.make("E11")["denoiser"].clean()
    assert clean.shape == (8000, 28, 28)


@pytest.mark.parametrize("id", recipes.list().index)
def test_a_seed_reaches_every_recipe_that_draws(id):
    estimator = recipes.make(id, random_state=7)
    seeds = {k: v for k, v in estimator.get_params().items() if "random_state" in k}
    assert seeds
    assert set(seeds.values()) == {7}


def test_a_parameter_that_a_recipe_has_not_is_named():
    with pytest.raises(ValueError, match="Recipe E1 has no parameter 'epochs'"):
        recipes.make("E1", epochs=2)
