"""Columns of pixels in another order, under other names, or others altogether."""

import numpy as np
import pandas as pd
import pytest

from skcnn import load
from skcnn.cli._option_types import Source
from skcnn.cli._pixel_columns import Images, fit_rows, in_order_of, rows_for
from skcnn.cli._sources import read_images, read_training

# The same images stand for those to test on.
pytestmark = pytest.mark.filterwarnings("ignore:.*test scores may be too high")

NAMES = [f"pixel{at}" for at in range(64)]


@pytest.fixture
def write(tmp_path, shapes):
    """Give a function that writes `shapes` with named columns, in any order."""

    def write(name, names=NAMES, order=NAMES):
        frame = pd.DataFrame(shapes[0].reshape(60, 64), columns=names)
        frame = frame[list(order)]
        frame.insert(0, "Label", shapes[1])
        path = tmp_path / name
        frame.to_csv(path, index=False)
        return path

    return write


def read_both(train, test, **options):
    return read_training(Source(str(train), test=str(test), **options), seed=0)


def test_test_images_get_the_order_of_the_training_images(write, shapes):
    train, test = write("train.csv"), write("test.csv", order=sorted(NAMES))
    images, test = read_both(train, test)
    np.testing.assert_array_equal(test.X, shapes[0].reshape(60, 64))
    np.testing.assert_array_equal(images.X, test.X)
    assert f"columns put into the order of {train}" in str(test)


def test_images_that_are_cut_get_the_order_too(write, shapes):
    train, test = write("train.csv"), write("test.csv", order=sorted(NAMES))
    images, test = read_both(train, test, image_shape="4x16")
    np.testing.assert_array_equal(test.X, shapes[0].reshape(60, 4, 16))
    np.testing.assert_array_equal(images.X, test.X)


@pytest.mark.parametrize("shape", ["", "--image-shape 4x16"])
@pytest.mark.parametrize("model", ["svm", "cnn"])
def test_a_saved_model_gets_the_order_it_was_fitted_on(
    succeed, write, tmp_path, model, shape, network
):
    settings = "" if model == "svm" else network
    path = tmp_path / "model.skcnn"
    train = write("train.csv")
    succeed(f"fit {train} --model {model} {settings} {shape} --out {path}")
    assert list(load(path).feature_names_in_) == NAMES
    sorted_ = write("sorted.csv", order=sorted(NAMES))
    lines = succeed(f"predict {path} {train} --quiet")
    assert succeed(f"predict {path} {sorted_} --quiet") == lines
    # As they were given to fit, and as rows that the model cuts.
    assert succeed(f"predict {path} {sorted_} --quiet {shape}") == lines


def test_a_page_shows_a_model_its_own_order(succeed, write, tmp_path, monkeypatch):
    import skcnn

    seen = {}
    monkeypatch.setattr(skcnn, "report", lambda *_, X, **__: seen.update(X=X))
    path = tmp_path / "model.skcnn"
    succeed(f"fit {write('train.csv')} --model svm --out {path}")
    sorted_ = write("sorted.csv", order=sorted(NAMES))
    succeed(f"report {path} {sorted_} --out {tmp_path / 'page.html'}")
    assert list(seen["X"].columns) == NAMES


def test_the_best_of_a_search_is_judged_in_its_order(succeed, write, tmp_path):
    train, test = write("train.csv"), write("test.csv", order=sorted(NAMES))
    output = succeed(
        f"search {train} --model svm --grid C=1,2 --cv 2 --test {test} --quiet"
    )
    assert "test accuracy: 1.0000" in output


@pytest.mark.parametrize("order", [range(64), range(63, -1, -1)])
def test_numbers_that_begin_elsewhere_are_the_same_pixels(write, shapes, order):
    train = write("train.csv", map(str, range(1, 65)), map(str, range(1, 65)))
    test = write("test.csv", map(str, range(64)), map(str, order))
    _, test = read_both(train, test)
    np.testing.assert_array_equal(test.X, shapes[0].reshape(60, 64))
    first, last = order[0], order[-1]
    assert f"columns {min(first, last)} to {max(first, last)} taken for 1 to 64" in str(
        test
    )


def test_a_file_without_header_is_taken_by_position(succeed, write, tmp_path, shapes):
    path, train = tmp_path / "model.skcnn", write("train.csv")
    succeed(f"fit {train} --model svm --out {path}")
    bare = tmp_path / "bare.csv"
    pd.DataFrame(shapes[0].reshape(60, 64)).to_csv(bare, index=False, header=False)
    np.save(tmp_path / "X.npy", shapes[0])
    lines = [
        line.split(",")[1] for line in succeed(f"predict {path} {train} -q").split()
    ]
    for other in (bare, tmp_path / "X.npy"):
        output = succeed(f"predict {path} {other} -q")
        assert [line.split(",")[1] for line in output.split()] == lines


def test_other_columns_are_refused_by_name(fail, succeed, write, tmp_path):
    names = [*NAMES[:-5], "a", "b", "c", "d", "e"]
    train, other = write("train.csv"), write("other.csv", names, names)
    path = tmp_path / "model.skcnn"
    succeed(f"fit {train} --model svm --out {path}")
    differ = "it lacks pixel59, pixel60, pixel61 and 2 more and has a, b, c and 2 more"
    for line, owner in (
        (f"predict {path} {other}", "the model"),
        (f"fit {train} --model svm --test {other}", str(train)),
        (f"compare {train} --models svm --test {other}", str(train)),
    ):
        error = fail(line)
        assert f"{other} has other columns of pixels than {owner}: {differ}" in error


def test_a_column_too_many_is_named(fail, write):
    test = write("test.csv")
    pd.read_csv(test).assign(when=2020).to_csv(test, index=False)
    error = fail(f"fit {write('train.csv')} --model svm --test {test}")
    assert "it has when. " in error


def test_a_model_that_knows_no_names_takes_columns_by_position(
    succeed, model_file, kaggle
):
    assert not hasattr(load(model_file), "feature_names_in_")
    output = succeed(f"predict {model_file} {kaggle.test}")
    assert "by position, as the model knows no names of columns" in output


def test_names_cost_no_copy_of_the_pixels(kaggle):
    images = read_images(Source(str(kaggle.labelled)), "labels")
    seen = []

    class Looker:
        def get_params(self):
            return {}

        def fit(self, X, y):
            self.feature_names_in_ = X.columns
            seen.append(X)
            return self

    looker = fit_rows(Looker(), images)
    seen.append(rows_for(looker, images))
    for frame in seen:
        assert np.shares_memory(np.asarray(frame), images.X)
        assert np.asarray(frame).flags.c_contiguous
    # Neither do columns that have other numbers, but the same order.
    renamed = in_order_of(images, [str(at) for at in range(1, 65)], "train.csv")
    assert renamed.X is images.X


def test_reordered_pixels_of_an_image_lie_side_by_side():
    X = np.arange(12, dtype=np.uint8).reshape(3, 4)
    images = Images("some.csv", X, pixel_names=("d", "a", "c", "b"))
    ordered = in_order_of(images, list("abcd"), "train.csv")
    assert ordered.X.tolist() == X[:, [1, 3, 2, 0]].tolist()
    assert ordered.X.flags.c_contiguous
