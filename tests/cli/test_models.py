import pytest

from skcnn import recipes
from skcnn.cli._models import make_model, parameter_table
from skcnn.recipes.short_names import MODELS


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_made_with_its_seed(name):
    params = make_model(name, {}, seed=3).get_params()
    seeds = {
        value for key, value in params.items() if key.split("__")[-1] == "random_state"
    }
    # One of the whole decides those of its parts that are None.
    assert seeds == {3} or (params.get("random_state"), seeds) == (3, {3, None})


def test_all_recipes_are_models_in_lower_case_too():
    assert make_model("C3", {}).filters == recipes.make("C3").filters
    assert make_model("c3", {}).filters == recipes.make("C3").filters


def test_a_name_without_its_part_sets_all_parts_that_have_it():
    model = make_model("network-features", {"epochs": 3, "svm__C": 10})
    assert model["features"].estimator.epochs == 3
    assert model["svm"].C == 10


@pytest.mark.parametrize("name", ["cnn", "network-features", "C1"])
def test_a_number_is_a_tuple_where_the_default_is_one(name):
    model = make_model(name, {"filters": 4, "dense_units": 8, "pool_size": 2})
    params = {key.split("__")[-1]: value for key, value in model.get_params().items()}
    assert params["filters"] == (4,)
    assert params["dense_units"] == (8,)
    assert params["pool_size"] == 2


def test_an_argument_of_a_build_function_can_be_set():
    model = make_model("intensity", {"model__n_gates": 16, "epochs": 2})
    assert model.get_params()["model__n_gates"] == 16


def test_an_unknown_model_lists_those_there_are():
    with pytest.raises(ValueError, match=r"'cn'\. Did you mean 'cnn'\?.*resnet.*E12"):
        make_model("cn", {})


def test_an_unknown_parameter_lists_those_there_are():
    message = r"'svm' has no parameter 'c'.*SVMClassifier with C, cache_size"
    with pytest.raises(ValueError, match=message):
        make_model("svm", {"c": 1})


@pytest.mark.parametrize(
    ("name", "part"), [("cnn", ""), ("network-features", "features__estimator__")]
)
def test_what_is_chosen_for_none_stands_beside_it(name, part):
    table = parameter_table(name).set_index("parameter")
    batch_size = table.loc[f"{part}batch_size"]
    assert batch_size["value"] == "none"
    assert batch_size["none means"].startswith("128 from 4096 images on")
    # The sentence is not cut at the point of a number.
    assert table.loc[f"{part}learning_rate", "none means"].endswith("for the others")
    assert table.loc[f"{part}pool_size", "none means"] == ""


def test_the_command_lists_models_or_recipes_or_parameters(succeed):
    listed = {line.split()[0] for line in succeed("models").splitlines() if line}
    assert listed >= {"model", "pca"}
    assert "E12" not in listed
    listed = {line.split()[0] for line in succeed("models --recipes").splitlines()}
    assert listed >= {"recipe", "E12", "P1"}
    assert "kernel_size" in succeed("models cnn")
