import numpy as np
import pytest

from skcnn.description._duplicates import (
    contradicting_rows,
    hash_rows,
    repeated_rows,
    shared_rows,
)


@pytest.fixture(params=range(5))
def numbers(request):
    """Give 50 numbers below 30, so that some come again."""
    return np.random.default_rng(request.param).integers(0, 30, 50)


def test_a_row_is_repeated_if_an_earlier_one_is_equal(numbers):
    expected = [i for i in range(50) if numbers[i] in numbers[:i]]
    assert repeated_rows(numbers).tolist() == expected


def test_a_row_contradicts_if_an_equal_one_has_another_label(numbers):
    y_encoded = np.random.default_rng(0).integers(-1, 2, 50)
    expected = [
        i
        for i in range(50)
        if y_encoded[i] >= 0
        and any(y_encoded[(numbers == numbers[i]) & (y_encoded >= 0)] != y_encoded[i])
    ]
    assert contradicting_rows(numbers, y_encoded).tolist() == expected


def test_a_row_is_shared_if_it_is_among_the_others(numbers):
    others = np.arange(0, 30, 3)
    expected = [i for i in range(50) if numbers[i] % 3 == 0]
    assert shared_rows(numbers, others).tolist() == expected


def test_no_labels_contradict_nothing(numbers):
    assert contradicting_rows(numbers, np.full(50, -1)).size == 0


def test_hashes_tell_images_apart_by_any_single_pixel():
    rows = np.concatenate([np.zeros((1, 50), np.uint8), np.eye(50, dtype=np.uint8)])
    assert len(np.unique(hash_rows(rows))) == 51
    assert len(np.unique(hash_rows(rows / 2))) == 51


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.float16, np.float64])
def test_hashes_know_values_and_not_types(dtype):
    rows = np.random.default_rng(0).integers(0, 2, (20, 9), dtype=np.uint8)
    expected = hash_rows(rows)
    np.testing.assert_array_equal(hash_rows(rows.astype(dtype)), expected)
    np.testing.assert_array_equal(hash_rows(np.asfortranarray(rows)), expected)


def test_a_row_has_its_hash_in_whatever_company():
    rows = np.array([[0, 255.0], [0.5, 1], [300, 2], [-1, 2], [-0.0, 255]])
    alone = [hash_rows(row[None])[0] for row in rows]
    assert hash_rows(rows).tolist() == alone
    assert alone[0] == alone[4]
    assert len(set(alone)) == 4
