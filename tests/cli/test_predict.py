import gzip
import os

import numpy as np
import pandas as pd
import pytest

from skcnn import load


@pytest.fixture
def predicted(model_file, kaggle):
    """Give the labels that the model has for the test images."""
    pixels = pd.read_csv(kaggle.test).drop(columns="Id").to_numpy(np.uint8)
    return load(model_file).predict(pixels)


def test_a_submission_has_the_files_ids(
    succeed, model_file, kaggle, tmp_path, predicted
):
    out = tmp_path / "submission.csv"
    output = succeed(f"predict {model_file} {kaggle.test} --out {out}")
    lines = out.read_text().splitlines()
    assert lines[0] == "Id,Label"
    assert lines[1:] == [f"{900 + at},{label}" for at, label in enumerate(predicted)]
    assert f"30 rows are in {out}." in output


def test_names_of_the_columns_can_be_chosen(
    succeed, model_file, kaggle, tmp_path, predicted
):
    frame = pd.read_csv(kaggle.test).drop(columns="Id")
    path = tmp_path / "test.csv"
    frame.assign(name=[f"p{at}" for at in range(30)]).to_csv(path, index=False)
    out = tmp_path / "submission.csv"
    succeed(f"predict {model_file} {path} --id name --label class --out {out}")
    table = pd.read_csv(out)
    assert table.columns.tolist() == ["name", "class"]
    assert table["name"].tolist() == [f"p{at}" for at in range(30)]
    assert table["class"].tolist() == predicted.tolist()


@pytest.mark.parametrize(("option", "first"), [("", 0), ("--first-id 1", 1)])
def test_images_without_ids_are_numbered(
    succeed, model_file, kaggle, tmp_path, option, first
):
    path = tmp_path / "test.csv"
    pd.read_csv(kaggle.test).drop(columns="Id").to_csv(path, index=False)
    output = succeed(f"predict {model_file} {path} --id ImageId --quiet {option}")
    lines = output.splitlines()
    assert lines[0] == "ImageId,Label"
    assert [int(line.split(",")[0]) for line in lines[1:]] == [
        *range(first, first + 30)
    ]


def test_probabilities_have_a_column_per_class(succeed, model_file, kaggle):
    lines = succeed(f"predict {model_file} {kaggle.test} --proba --quiet").splitlines()
    assert lines[0] == "Id,left,spot,top"
    cells = np.array([line.split(",")[1:] for line in lines[1:]])
    values = cells.astype(float)
    assert cells.tolist() == [[f"{one:.6g}" for one in row] for row in values]
    assert values.shape == (30, 3)
    np.testing.assert_allclose(values.sum(axis=1), 1, atol=1e-5)


def test_ids_come_back_as_they_were_written(succeed, model_file, kaggle, tmp_path):
    ids = ["00012", "1.10", "1234567.0", "1234568.0", "", *map(str, range(25))]
    path = tmp_path / "test.csv"
    pd.read_csv(kaggle.test).assign(Id=ids).to_csv(path, index=False)
    for options in ("", "--proba"):
        output = succeed(f"predict {model_file} {path} --quiet {options}")
        lines = output.splitlines()[1:]
        assert [line.split(",")[0] for line in lines] == ids


def test_columns_of_labels_are_left_alone(succeed, model_file, kaggle):
    with_labels = succeed(f"predict {model_file} {kaggle.labelled} --quiet")
    assert with_labels == succeed(f"predict {model_file} {kaggle.test} --quiet")


def test_a_model_without_probabilities_says_how_to_get_some(fail, kaggle, tmp_path):
    from skcnn import SVMClassifier, save

    X = np.arange(6 * 64, dtype=np.uint8).reshape(6, 64)
    save(SVMClassifier().fit(X, [0, 1] * 3), tmp_path / "svm.skcnn")
    error = fail(f"predict {tmp_path / 'svm.skcnn'} {kaggle.test} --proba")
    assert "--set probability=True" in error


def test_a_table_is_replaced_by_force_only(fail, succeed, model_file, kaggle, tmp_path):
    out = tmp_path / "submission.csv"
    out.write_text("the best one so far")
    line = f"predict {model_file} {kaggle.test} --out {out}"
    assert "exists already; name another file, or pass --force" in fail(line)
    assert out.read_text() == "the best one so far"
    succeed(f"{line} --force")
    assert out.read_text().startswith("Id,Label")


def test_a_full_disk_leaves_the_table_that_was_there(
    fail, model_file, kaggle, tmp_path, full_disk
):
    out = tmp_path / "submission.csv"
    out.write_text("the best one so far")
    with full_disk():
        error = fail(f"predict {model_file} {kaggle.test} --out {out} --force")
    assert "File too large" in error
    assert out.read_text() == "the best one so far"
    assert list(tmp_path.iterdir()) == [out]


def test_a_table_may_be_compressed(succeed, model_file, kaggle, tmp_path):
    for name in ("submission.csv", "submission.csv.gz"):
        succeed(f"predict {model_file} {kaggle.test} --out {tmp_path / name}")
    plain = (tmp_path / "submission.csv").read_bytes()
    assert gzip.decompress((tmp_path / "submission.csv.gz").read_bytes()) == plain


@pytest.mark.parametrize("place", ["folder", "file"])
def test_a_place_that_may_not_be_written_to_is_told_before_the_work(
    place, fail, model_file, kaggle, tmp_path, monkeypatch
):
    out = tmp_path / "submission.csv"
    out.touch()
    refused = tmp_path if place == "folder" else out
    # Not by a mode, which the administrator's processes pass by.
    access = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode: access(path, mode) and (path, mode) != (refused, os.W_OK),
    )
    error = fail(f"predict {model_file} {kaggle.test} --out {out} --force")
    assert f"{refused} may not be written to" in error


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("predict nothing.skcnn {test}", "'nothing.skcnn' does not exist"),
        ("predict {test} {test}", "is no file that skcnn.save has written"),
        ("predict {model} nothing.csv", "There is no file or folder nothing.csv"),
        ("predict {model} {test} --out no/s.csv", "there is no folder no"),
        ("predict {model} {test} --out s.txt", "must end in .csv or .csv.gz"),
        ("predict {model} {test} --out {test}", "is a file that is read"),
        ("predict {model} digits:no", "digits is not split"),
        ("predict {model} {test} --drop nothing", "no column 'nothing' (--drop)"),
        ("predict {model} {test} --drop 0", "63"),
    ],
)
def test_bad_input_ends_in_one_line(
    fail, model_file, kaggle, line, message, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert message in fail(line.format(model=model_file, test=kaggle.test))
    assert not list(tmp_path.iterdir())


def test_a_damaged_model_file_is_told(fail, model_file, kaggle, tmp_path):
    whole = model_file.read_bytes()
    (tmp_path / "half.skcnn").write_bytes(whole[: len(whole) // 2])
    error = fail(f"predict {tmp_path / 'half.skcnn'} {kaggle.test}")
    assert "half.skcnn" in error
    assert "is damaged" in error


def test_images_of_another_size_are_told_with_their_file(
    fail, model_file, tmp_path, kaggle
):
    path = tmp_path / "large.csv"
    pd.DataFrame(np.zeros((3, 256), int)).to_csv(path, index=False)
    error = fail(f"predict {model_file} {path}")
    assert "large.csv has 256 pixels" in error
    assert "images of 64" in error
