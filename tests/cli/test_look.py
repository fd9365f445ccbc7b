"""report, describe and models: they train nothing."""

import pytest

from skcnn.recipes.short_names import MODELS


def test_a_page_about_a_saved_model(succeed, model_file, kaggle, tmp_path):
    page = tmp_path / "page.html"
    output = succeed(
        f"report {model_file} {kaggle.labelled} --out {page} --title Shapes"
    )
    assert f"The report is in {page}." in output
    assert "Shapes" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("report {model} {test} --out page.html", "which column holds the labels?"),
        ("report {model} {labelled} --out no/page.html", "there is no folder no"),
        ("report {labelled} {labelled} --out page.html", "is no file that skcnn.save"),
        ("report {model} digits --out page.html", "labels"),
    ],
)
def test_bad_input_of_a_report(
    fail, model_file, kaggle, line, message, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    files = {"model": model_file, "test": kaggle.test, "labelled": kaggle.labelled}
    assert message in fail(line.format(**files))
    assert not list(tmp_path.iterdir())


def test_a_model_is_not_replaced_by_its_page(fail, kaggle, tmp_path):
    page = tmp_path / "model.html"
    page.write_text("a model")
    error = fail(f"report {page} {kaggle.labelled} --out {page}")
    assert "is a file that is read" in error
    assert page.read_text() == "a model"


def test_data_are_described(succeed, kaggle):
    output = succeed(f"describe {kaggle.train} --test {kaggle.labelled}")
    assert "60" in output
    assert "spot" in output


def test_data_without_labels_are_described_too(succeed, kaggle):
    assert "30" in succeed(f"describe {kaggle.test}")


def test_a_missing_file_to_describe(fail):
    assert "There is no file or folder nothing.csv" in fail("describe nothing.csv")


def test_models_and_recipes_are_listed_with_what_they_are(succeed):
    lines = succeed("models").splitlines()
    for name, model in MODELS.items():
        assert any(line.split()[:1] == [name] and model.what in line for line in lines)
    lines = succeed("models --recipes").splitlines()
    assert any(line.startswith("C3 ") and "T5" in line for line in lines)


def test_parameters_of_a_model_are_listed_as_set_takes_them(succeed):
    lines = [line.split() for line in succeed("models cnn").splitlines()]
    assert ["filters", "32-64-128"] in lines
    assert ["class_weight", "none"] in lines


def test_parameters_of_an_unknown_model(fail):
    assert "There is no model 'nothing'" in fail("models nothing")
