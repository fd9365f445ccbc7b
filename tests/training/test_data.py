"""The validation part: stratified, seeded, no class left empty."""

import numpy as np
import pytest

from skcnn.training.data import hold_out

# Sorted labels of four classes: 60, 30, 20 and 10 rows.
CODES = np.repeat([0, 1, 2, 3], [60, 30, 20, 10])


def test_the_parts_are_all_rows_and_share_none():
    train, held_out = hold_out(CODES, 0.2, seed=0)
    assert len(held_out) == 24
    assert sorted([*train, *held_out]) == list(range(120))


@pytest.mark.parametrize("seed", range(5))
def test_every_class_has_its_share_in_both_parts(seed):
    train, held_out = hold_out(CODES, 0.1, seed)
    assert np.bincount(CODES[held_out]).tolist() == [6, 3, 2, 1]
    assert np.bincount(CODES[train]).tolist() == [54, 27, 18, 9]


def test_the_seed_decides_which_rows():
    first, again, other = (hold_out(CODES, 0.2, seed)[1] for seed in (0, 0, 1))
    assert first.tolist() == again.tolist() != other.tolist()


def test_classes_without_rows_are_no_hindrance():
    train, held_out = hold_out(np.repeat([0, 5], 10), 0.2, seed=0)
    assert (len(train), len(held_out)) == (16, 4)


@pytest.mark.parametrize(
    ("codes", "fraction"),
    [
        (np.repeat([0, 1], [50, 1]), 0.1),  # one row cannot be in two parts
        (np.repeat([0, 1, 2], 4), 0.1),  # two rows for three classes
        (np.repeat([0, 1, 2], 4), 0.9),  # one row for three classes
    ],
    ids=["single row", "small validation part", "small training part"],
)
def test_a_class_that_would_be_empty_is_an_error_with_the_cure(codes, fraction):
    with pytest.raises(ValueError, match=f"validation_fraction={fraction} .* empty"):
        hold_out(codes, fraction, seed=0)
