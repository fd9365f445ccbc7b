"""Tests of labels, their codes, and the weights of rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import DataConversionWarning

from skcnn.base.targets import check_classes, check_labels, encode, row_weights

IMAGES = np.zeros((4, 2, 2, 1), dtype=np.uint8)
ABC = np.array(["a", "b", "c"])


class Net(BaseEstimator):
    """What `check_labels` needs: a name."""


def labels(y, images=IMAGES):
    return check_labels(Net(), y, images)


def weights(sample_weight=None, class_weight=None, codes=(0, 0, 0, 1)):
    codes = np.asarray(codes)
    return row_weights(sample_weight, class_weight, IMAGES, codes, ABC[:2])


@pytest.mark.parametrize(
    "y",
    [
        np.array([0, 1, 0, 1]),
        np.array([0.0, 1.0, 0.0, 1.0]),
        np.array([True, False, True, False]),
        np.array(["a", "b", "a", "b"]),
        np.array(["a", "b", "a", "b"], dtype=object),
        [5, 7, 5, 7],
        np.array([5, 7, 5, 7], dtype=object),
        np.array([True, False, True, False], dtype=object),
    ],
    ids=[
        *("int", "whole floats", "bool", "str", "object", "list"),
        *("int objects", "bool objects"),
    ],
)
def test_labels_of_every_kind_pass_as_they_are(y):
    checked = labels(y)
    assert checked.shape == (4,)
    assert checked.tolist() == list(y)


@pytest.mark.parametrize("dtype", ["int64", "category", "str"])
def test_a_series_of_labels_passes(dtype):
    y = pd.Series(["1", "2", "1", "2"], index=list("wxyz")).astype(dtype)
    assert labels(y).tolist() == y.tolist()


def test_a_column_of_labels_is_flattened_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        assert labels(np.array([[0], [1], [0], [1]])).shape == (4,)


def test_codes_are_the_places_in_the_sorted_classes():
    codes = encode(np.array(["c", "a", "b", "a"]), ABC)
    assert codes.tolist() == [2, 0, 1, 0]


def test_codes_and_classes_give_the_labels_back():
    y = np.array([30, 10, 20, 10])
    classes = np.unique(y)
    np.testing.assert_array_equal(classes[encode(y, classes)], y)


def test_no_weights_are_none():
    assert weights() is None


def test_sample_weights_pass_as_they_are_and_are_copied():
    given = np.array([1.0, 2.0, 0.0, 1.0])
    checked = weights(given)
    np.testing.assert_array_equal(checked, given)
    checked[:] = -1
    assert given.tolist() == [1, 2, 0, 1]


def test_balanced_gives_every_class_the_same_total():
    # n / (k * count): 4 / (2 * 3) and 4 / (2 * 1)
    np.testing.assert_allclose(weights(class_weight="balanced"), [2 / 3] * 3 + [2])


def test_class_weight_is_by_label_and_one_where_none_is_given():
    assert weights(class_weight={"b": 3}).tolist() == [1, 1, 1, 3]


def test_both_weights_multiply():
    assert weights([1, 2, 3, 4], {"a": 2, "b": 0.5}).tolist() == [2, 4, 6, 2]


def test_balanced_takes_classes_without_rows():
    # As partial_fit may have them.
    assert weights(class_weight="balanced", codes=(0, 0, 0, 0)).tolist() == [1] * 4


# Refusals


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (None, "Net requires y to be passed.* Pass one label per image"),
        (
            np.eye(4),
            r"y has shape \(4, 4\).* one-hot rows, pass np.argmax\(y, axis=1\)",
        ),
        (np.zeros((4, 8, 8)), r"y has shape \(4, 8, 8\); one label per image is wante"),
        (iter("abab"), "y is <str_.*iterator .*; one label per image is wanted, as a "),
        (["a", np.nan, "b", "a"], r"NaN: 1 of 4 .*\[1\]"),
        ([0, 1, 0], r"inconsistent numbers of samples: \[4, 3\]"),
        ([0.5, 1.5, 0.1, 2.7], "Unknown label type: continuous"),
        ([0, 1, np.nan, 1], "Input y contains NaN"),
        ([0, 1, np.inf, 1], "Input y contains infinity"),
        (np.array(["a", np.nan, "b", "a"], dtype=object), r"NaN: 1 of 4 .*\[1\]"),
        (np.array([None, "a", "b", None], dtype=object), r"NaN: 2 of 4 .*\[0, 3\]"),
    ],
)
def test_what_is_no_label_is_refused(y, match):
    with pytest.raises(ValueError, match=match):
        labels(y)


@pytest.mark.parametrize("odd", [1, b"c"])
def test_labels_of_mixed_types_are_refused_with_the_types(odd):
    y = [odd, "a", "b", "a"]
    match = rf"types \['{type(odd).__name__}', 'str'\].*np\.asarray\(y, str\)"
    with pytest.raises(TypeError, match=match):
        labels(y)
    with pytest.raises(TypeError, match=match):
        labels(np.array(y, dtype=object))


def test_fewer_than_two_classes_are_refused_with_the_class():
    with pytest.raises(
        ValueError, match=r"one class \('a'\), and .* needs at least two"
    ):
        check_classes(np.array(["a"]))
    check_classes(ABC)


def test_unknown_labels_are_listed_beside_the_classes():
    with pytest.raises(
        ValueError,
        match=r"y_val holds labels .*: \['d'\]; classes are \['a', 'b', 'c'\]",
    ):
        encode(np.array(["a", "d"]), ABC, "y_val")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([1, -1, -2, 1],), r"2 values below zero \(the smallest is -2"),
        (([0, 0, 0, 0],), "All weights are zero|at least one non-zero number"),
        (([0, 0, 0, 1], {"b": 0}), "All weights are zero"),
        ((None, {"z": 1}), r"class_weight names \['z'\], which are not .*\['a', 'b'\]"),
        ((None, {"a": None}), "class_weight gives 'a' the weight None; a number of at"),
        ((None, {"a": np.nan}), "class_weight gives 'a' the weight nan; a number of a"),
        ((None, {"a": -1}), r"class_weight gives 'a' the weight -1; a number of at"),
        (([1, 1, 1],), r"sample_weight.shape == \(3,\), expected \(4,\)"),
        (([1, np.nan, 1, 1],), "NaN"),
        ((np.ones((4, 1)),), "Sample weights must be 1D"),
        ((["heavy"] * 4,), "sample_weight must hold one number per image .*heavy"),
    ],
)
def test_bad_weights_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        weights(*arguments)
