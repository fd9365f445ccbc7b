"""Parameters with a prefix: each is taken by something, or named in an error."""

import keras
import pytest

from skcnn import NetworkClassifier
from skcnn.training.names import find_named, known_names
from skcnn.training.optimizers import template
from skcnn.training.routes import check_arguments, make, told

losses, metrics = keras.losses, keras.metrics
callbacks, optimizers = keras.callbacks, keras.optimizers


# --- names ----------------------------------------------------------------------------


@pytest.mark.parametrize("parameter", ["optimizer", "loss", "metrics"])
def test_every_name_that_an_error_lists_is_accepted(parameter):
    with pytest.raises(ValueError, match=f"{parameter}='nonsense' is no ") as raised:
        find_named(parameter, "nonsense")
    names = known_names(parameter)
    assert str(names) in str(raised.value)
    for name in names:
        found = find_named(parameter, name)
        assert isinstance(found, str) or callable(found)


@pytest.mark.parametrize("name", ["lamb", "Lamb", "SGD", "nAdam"])
def test_optimizers_are_found_by_names_of_any_case(name):
    assert type(template(name, {})).__name__.lower() == name.lower()


def test_a_metric_that_needs_arguments_has_no_name():
    with pytest.raises(ValueError, match=r"metrics='MeanIoU' .* makes of a name"):
        find_named("metrics", "MeanIoU")


# --- what is taken --------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "CategoricalCrossentropy"]
)
def test_a_name_takes_the_parameters_of_its_class(loss):
    made = make("loss", loss, {"loss__label_smoothing": 0.5})
    assert made.get_config()["label_smoothing"] == 0.5


def test_items_take_their_own_parameters_and_those_for_all():
    kinds = [metrics.TopKCategoricalAccuracy, [metrics.TopKCategoricalAccuracy]]
    routed = {"metrics__k": 3, "metrics__0__k": 2, "metrics__1__0__name": "inner"}
    first, (second,) = make("metrics", kinds, {**routed, "loss__k": 9})
    assert first.get_config()["k"] == 2
    assert (second.get_config()["k"], second.name) == (5, "inner")  # as in scikeras


def test_a_parameter_that_is_a_class_is_made_with_its_own():
    schedule = optimizers.schedules.ExponentialDecay
    made = make(
        "optimizer",
        optimizers.SGD,
        {
            "optimizer__learning_rate": schedule,
            "optimizer__learning_rate__0": 0.25,
            "optimizer__learning_rate__decay_steps": 2,
            "optimizer__learning_rate__decay_rate": 0.5,
        },
    )
    assert float(made._learning_rate(2)) == 0.125


# --- what is not ----------------------------------------------------------------------

SMOOTH, STOPPING = losses.CategoricalCrossentropy, callbacks.EarlyStopping
TOP = metrics.TopKCategoricalAccuracy

REFUSED = {
    # a target that is missing, or takes nothing
    "loss None": ("loss", None, "loss__x=1: loss=None .*loss=keras.losses"),
    "metrics None": ("metrics", None, "metrics__x=1: metrics=None takes"),
    "callbacks None": ("callbacks", None, "callbacks__x=1: callbacks=None takes"),
    "no items": ("metrics", [], "metrics__x=1: metrics has no such item"),
    "instance": ("optimizer", optimizers.SGD(), "optimizer__x=1: .*it is no class"),
    "special name": ("metrics", ["accuracy"], r"metrics\[0\]='accuracy' takes no par"),
    # an unknown name
    "optimizer": ("optimizer", "adamw", r"x=1: no AdamW can .*'x'.* \['learning_rate'"),
    "loss": ("loss", SMOOTH, r"x=1: no CategoricalC.*It takes \['from_logits',"),
    "metrics": ("metrics", [TOP], r"x=1: no TopK.*It takes \['k', 'name', 'dtype'\]"),
    "callbacks": ("callbacks", {"a": STOPPING}, "x=1: no EarlyStopping .*'patience'"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_parameter_that_nothing_takes_is_named(case):
    route, target, match = case
    with pytest.raises((TypeError, ValueError), match=match):
        make(route, target, {f"{route}__x": 1})


def test_none_is_asked_of_nobody():
    nothing = {"callbacks__patience": None, "callbacks__mine__patience": None}
    assert make("callbacks", None, nothing) is None
    assert make("callbacks", [], nothing) == []
    given = nothing | {"callbacks__patience": 3}
    assert make("callbacks", STOPPING, given).patience == 3


@pytest.mark.parametrize(
    ("target", "name", "match"),
    [
        ([TOP], "metrics__5__k", r"it has \['0'\]\. metrics__0__k is for one item"),
        ({"a": TOP}, "metrics__b__k", r"it has \['a'\]\. metrics__a__k is for one"),
        ([TOP], "metrics__0__k__deep", "pass a class as metrics__0__k"),
    ],
)
def test_an_item_or_parameter_that_is_not_there_is_named(target, name, match):
    with pytest.raises(TypeError, match=f"{name}=3: .*{match}"):
        make("metrics", target, {name: 3})


@pytest.mark.parametrize(
    ("route", "target", "name", "wanted"),
    [
        ("optimizer", "adamw", "learning_rate", "a number"),
        ("optimizer", optimizers.SGD, "nesterov", "True or False"),
        ("loss", SMOOTH, "label_smoothing", "a number"),
        ("loss", SMOOTH, "from_logits", "True or False"),
        ("metrics", TOP, "k", "a number"),
        ("callbacks", STOPPING, "patience", "a number"),
    ],
)
def test_text_in_place_of_a_number_is_named(route, target, name, wanted):
    match = f"{route}__{name}='fast': .*{name} is text, and {wanted} is wanted"
    with pytest.raises(TypeError, match=match):
        make(route, target, {f"{route}__{name}": "fast"})


def test_text_stays_where_keras_takes_it():
    made = make("loss", SMOOTH, {"loss__reduction": "sum"})
    assert made.reduction == "sum"
    board = {"callbacks__profile_batch": "2,5"}
    assert make("callbacks", callbacks.TensorBoard, board)


@pytest.mark.parametrize("target", [3, metrics.AUC, metrics.AUC()])
def test_a_loss_that_is_none(target):
    with pytest.raises(TypeError, match=r"loss=.*=keras.losses.Categorical"):
        make("loss", target, {})


@pytest.mark.parametrize(
    "parameters",
    [
        {"optimizer": "rmsprop", "optimizer__beta_1": 0.5},
        {"loss__x": 1},
        {"metrics": ["acuracy"]},
        {"callbacks__patience": 1},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_the_error_comes_before_the_network_is_built(parameters, digits):
    def build():
        raise AssertionError

    *_, name = parameters
    with pytest.raises((TypeError, ValueError), match=name):
        NetworkClassifier(build, **parameters).fit(*digits)


# --- the build function ---------------------------------------------------------------


def build(input_shape, units, depth=1):
    raise ValueError(f"units={units}")


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"units": 1, "unit": 3}, "model__unit=3: the build function build .*'unit'"),
        ({}, "model: the build function build .*'units'"),
    ],
)
def test_arguments_that_a_build_function_does_not_take(given, match):
    match += r".*It takes \['input_shape', 'units', 'depth'\].* as model__name"
    with pytest.raises(TypeError, match=match):
        check_arguments(build, {"input_shape": (8, 8, 1)}, given)


def test_what_a_build_function_raises_has_a_note_of_its_arguments(digits):
    with pytest.raises(ValueError, match="units=0") as raised:
        NetworkClassifier(build, model__units=0).fit(*digits)
    assert str(raised.value) == "units=0"
    (note,) = raised.value.__notes__
    assert note == (
        "The build function was called with input_shape=(8, 8, 1), units=0."
    )


def test_a_network_takes_no_arguments(digits):
    network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    with pytest.raises(TypeError, match=r"\['model__units'\] are for a build function"):
        NetworkClassifier(network, model__units=3).fit(*digits)


def test_long_values_are_cut_short():
    with pytest.raises(KeyError) as raised, told("Given", {"a": "x" * 999, "b": 1}):
        raise KeyError
    (note,) = raised.value.__notes__
    assert len(note) < 400
    assert note.endswith("..., b=1.")
