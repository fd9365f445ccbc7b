"""The whole way of a competition, in its three layouts: from files to a submission."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image


def test_compare_fit_and_predict_end_in_a_submission(
    succeed, kaggle, network, tmp_path
):
    how = f"--target Label --drop Id {network}"
    table, model = tmp_path / "table.csv", tmp_path / "model.skcnn"
    compared = succeed(
        f"compare {kaggle.train} {how} --models cnn,svm --cv 2 --out {table}"
    )
    assert pd.read_csv(table).estimator.isin(["cnn", "svm"]).all()
    assert "accuracy" in compared

    succeed(f"fit {kaggle.train} {how} --model cnn --out {model} --no-score")
    succeed(f"predict {model} {kaggle.test} --out {tmp_path / 'submission.csv'}")

    lines = (tmp_path / "submission.csv").read_text().splitlines()
    assert lines[0] == "Id,Label"
    assert [int(line.split(",")[0]) for line in lines[1:]] == [*range(900, 930)]
    labels = [line.split(",")[1] for line in lines[1:]]
    assert (kaggle.y_test == labels).mean() > 0.9


# --- in the form of a sample ----------------------------------------------------------


@pytest.fixture
def competition(tmp_path, shapes, monkeypatch):
    """Work in a folder with `shapes` in three layouts, test images without labels.

    digits.csv and digits_test.csv have pixels; train.csv names pictures of train/;
    classes/ has a folder per class; test/ has the pictures to be told. The function
    that it gives writes sample.csv, whose ids are in an order of its own.
    """
    monkeypatch.chdir(tmp_path)
    X, y = shapes
    pixels = pd.DataFrame(X.reshape(len(X), -1)).add_prefix("pixel")
    pixels.assign(label=y).to_csv("digits.csv", index=False)
    pixels[::2].to_csv("digits_test.csv", index=False)
    rng = np.random.default_rng(0)
    for folder in ("train", "test", *(f"classes/{name}" for name in np.unique(y))):
        (tmp_path / folder).mkdir(parents=True)
    for row, image in enumerate(X):
        side = int(rng.integers(8, 40))
        picture = Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST)
        picture.save(f"train/a{row:02}.png")
        picture.save(f"classes/{y[row]}/a{row:02}.png")
        if row % 2 == 0:
            picture.save(f"test/t{row:02}.png")
    names = [f"a{row:02}" for row in range(60)]
    pd.DataFrame({"id": names, "kind": y}).to_csv("train.csv", index=False)

    def write_sample(ids, *columns, value="0.5"):
        sample = pd.DataFrame(dict.fromkeys(columns, value), index=range(len(ids)))
        sample.insert(0, "ImageId", ids)
        sample.to_csv("sample.csv", index=False)
        return sample

    write_sample.ids = [f"t{row:02}" for row in rng.permutation(range(0, 60, 2))]
    write_sample.labels = dict(zip([f"t{row:02}" for row in range(60)], y, strict=True))
    return write_sample


def submitted(sample):
    """Return the submission, which must have the form of the sample."""
    submission = pd.read_csv("submission.csv", dtype=str)
    assert submission.columns.tolist() == sample.columns.tolist()
    assert submission.iloc[:, 0].tolist() == [*map(str, sample.iloc[:, 0])]
    return submission


def test_pixels_in_a_table(succeed, competition):
    succeed("fit digits.csv --model hog --out m.skcnn")
    sample = competition(range(1, 31), "Label")
    succeed("predict m.skcnn digits_test.csv --like sample.csv --out submission.csv")
    # In the order of the test file, which has no ids.
    assert (
        submitted(sample).Label.tolist()
        == pd.read_csv("digits.csv").label[::2].tolist()
    )


@pytest.mark.parametrize(
    ("fit", "test"),
    [
        ("train.csv --images-dir train", "test"),
        ("classes", "test"),
        ("classes", "test.csv --images-dir test"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".png"])
def test_pictures_in_a_folder(succeed, competition, fit, test, suffix):
    succeed(f"fit {fit} --model hog --set kernel=linear --out m.skcnn")
    sample = competition([f"{one}{suffix}" for one in competition.ids], "kind")
    sample[["ImageId"]][::-1].to_csv("test.csv", index=False)
    succeed(f"predict m.skcnn {test} --like sample.csv --out submission.csv")
    table = submitted(sample)
    wanted = [competition.labels[one] for one in competition.ids]
    assert (table.kind == wanted).mean() > 0.9


def test_a_column_per_class_asks_for_probabilities(succeed, competition):
    succeed("fit classes --model hog --set probability=True --out m.skcnn")
    sample = competition(competition.ids, "top", "left", "spot")
    succeed("predict m.skcnn test --like sample.csv --out submission.csv")
    values = submitted(sample).iloc[:, 1:].astype(float)
    np.testing.assert_allclose(values.sum(axis=1), 1, atol=1e-4)
    wanted = [competition.labels[one] for one in competition.ids]
    assert (values.idxmax(axis=1) == wanted).mean() > 0.9


def test_one_column_may_hold_the_probability_of_the_second_class(
    succeed, fail, competition, shapes
):
    table = pd.read_csv("train.csv")
    table[table.kind != "spot"].to_csv("two.csv", index=False)
    how = "--images-dir train --model hog --set probability=True"
    succeed(f"fit two.csv {how} --out m.skcnn")
    sample = competition(competition.ids, "is_top")
    line = "predict m.skcnn test --like sample.csv --proba --out submission.csv"
    succeed(line)
    values = submitted(sample).is_top.astype(float).to_numpy()
    kinds = np.array([competition.labels[one] for one in competition.ids])
    assert values[kinds == "top"].min() > values[kinds == "left"].max()

    succeed(f"fit train.csv {how} --out m.skcnn --force")
    assert "one column, is_top, and the model 3 classes" in fail(f"{line} --force")


def test_ids_of_the_sample_that_have_no_image_are_named(succeed, fail, competition):
    succeed("fit classes --model hog --out m.skcnn")
    competition([*competition.ids, "t99", "t98"], "kind")
    error = fail("predict m.skcnn test --like sample.csv")
    assert "2 of 32 ids of the sample are not in test: 't99', 't98'" in error
    # Fewer ids than images are what a sample may have.
    competition(competition.ids[:4], "kind")
    output = succeed("predict m.skcnn test --like sample.csv --quiet")
    assert len(output.splitlines()) == 5


def test_a_sample_of_other_rows_or_columns_is_refused(succeed, fail, competition):
    succeed("fit digits.csv --model hog --set probability=True --out m.skcnn")
    line = "predict m.skcnn digits_test.csv --like sample.csv"
    competition(range(29), "Label")
    assert "sample has 29 rows, but digits_test.csv holds 30 images" in fail(line)
    competition(range(30), "left", "right")
    error = fail(line)
    assert "the sample alone has 'right'" in error
    assert "the model alone has 'spot', 'top'" in error
    competition(range(30))
    assert "has 1 columns and 30 rows" in fail(line)
    competition(range(30), "Label")
    assert "leave out --label, --first-id" in fail(f"{line} --label kind")
    assert "is a file that is read" in fail(f"{line} --out sample.csv --force")
