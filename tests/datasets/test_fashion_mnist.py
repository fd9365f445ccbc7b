import hashlib
from pathlib import Path

import numpy as np
import pytest

from skcnn.datasets import fetch_fashion_mnist
from skcnn.datasets._fashion_mnist import FASHION_MNIST, five_labels


def write_five_labels(write_idx, monkeypatch, labels):
    """Write label files of task T5 that pass for the right ones."""
    for name, values in (("train", labels[:60]), ("t10k", labels[60:])):
        name = f"{name}-labels5-idx1-ubyte"
        path = write_idx(f"fashion-mnist/{name}", values.astype(np.uint8))
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        monkeypatch.setitem(FASHION_MNIST.md5, name, md5)


def test_a_bunch_holds_the_same_and_the_names_of_the_garments(small_home):
    X, y = fetch_fashion_mnist(data_home=small_home)
    bunch = fetch_fashion_mnist(data_home=small_home, return_X_y=False)
    np.testing.assert_array_equal(bunch.data, X)
    np.testing.assert_array_equal(bunch.target, y)
    assert bunch.target_names[[0, 8, 9]].tolist() == [
        "T-shirt/top",
        "Bag",
        "Ankle boot",
    ]
    assert bunch.index.tolist() == list(range(60))


def test_a_label_of_the_five_counts_the_thresholds_below_sum_plus_offset():
    # Garment 8 has offset 85356. White pixels add 255 each: 73 make 103971, more
    # than the last threshold of 103913.5; 72 make 103716, less.
    images = np.zeros((2, 28 * 28), np.uint8)
    images[0, :73] = 255
    images[1, :72] = 255
    labels = five_labels(images.reshape(2, 28, 28), np.array([8, 8]))
    assert labels.tolist() == [4, 3]


def test_the_cut_of_the_five_labels_is_a_permutation_of_all_images(small_home):
    train, test, everything = (
        fetch_fashion_mnist("five", split, data_home=small_home, return_X_y=False)
        for split in ("train", "test", "all")
    )
    order = np.random.default_rng(0).permutation(70)
    np.testing.assert_array_equal(everything.index, order)
    np.testing.assert_array_equal(train.index, order[:60])
    np.testing.assert_array_equal(test.index, order[60:])
    for key in ("data", "target"):
        np.testing.assert_array_equal(
            everything[key], np.concatenate([train[key], test[key]])
        )
    assert train.target_names.tolist() == [0, 1, 2, 3, 4]


def test_the_index_leads_from_the_five_labels_back_to_the_garments(small_home):
    X, garments = fetch_fashion_mnist(split="all", data_home=small_home)
    five = fetch_fashion_mnist("five", data_home=small_home, return_X_y=False)
    np.testing.assert_array_equal(five.data, X[five.index])
    np.testing.assert_array_equal(
        five.target, five_labels(five.data, garments[five.index])
    )


def test_five_labels_come_from_their_files_where_both_are_there(
    small_home, write_idx, monkeypatch
):
    labels = np.arange(70) % 5
    write_five_labels(write_idx, monkeypatch, labels)
    five = fetch_fashion_mnist("five", data_home=small_home, return_X_y=False)
    np.testing.assert_array_equal(five.target, labels[five.index])
    assert five.target.dtype == np.int64


def test_five_labels_are_computed_where_one_file_is_missing(
    small_home, write_idx, monkeypatch
):
    _, computed = fetch_fashion_mnist("five", data_home=small_home)
    write_five_labels(write_idx, monkeypatch, np.zeros(70))
    (small_home / "fashion-mnist" / "t10k-labels5-idx1-ubyte").unlink()
    _, labels = fetch_fashion_mnist("five", data_home=small_home)
    np.testing.assert_array_equal(labels, computed)


def test_five_labels_are_computed_for_downloaded_images(small_home, downloads, parts):
    downloads.result = parts
    X, y = fetch_fashion_mnist("five", "test")
    from_files, labels = fetch_fashion_mnist("five", "test", data_home=small_home)
    np.testing.assert_array_equal(X, from_files)
    np.testing.assert_array_equal(y, labels)


def test_a_wrong_label_file_is_refused(small_home, write_idx):
    for name in ("train", "t10k"):
        write_idx(f"fashion-mnist/{name}-labels5-idx1-ubyte.gz", np.zeros(60, np.uint8))
    with pytest.raises(ValueError, match=r"train-labels5-\S+ is not the off"):
        fetch_fashion_mnist("five", data_home=small_home)


def test_unknown_labels_are_refused():
    with pytest.raises(ValueError, match="labels must be one of 'garments', 'five'"):
        fetch_fashion_mnist("ten")


@pytest.mark.data
def test_the_rule_and_the_label_files_agree_on_all_70_000_images(real_home):
    folder = Path(real_home, "fashion-mnist")
    if not (folder / "train-labels5-idx1-ubyte.gz").exists():
        pytest.skip("the label files of task T5 are not there")
    X, garments = fetch_fashion_mnist(split="all", data_home=real_home)
    five = fetch_fashion_mnist("five", "all", data_home=real_home, return_X_y=False)
    assert five.target.shape == (70_000,)
    np.testing.assert_array_equal(
        five.target, five_labels(X[five.index], garments[five.index])
    )


@pytest.mark.data
def test_the_five_labels_are_quintiles(real_home):
    _, y = fetch_fashion_mnist("five", "all", data_home=real_home)
    np.testing.assert_allclose(np.bincount(y) / 70_000, 0.2, atol=0.001)


@pytest.mark.data
def test_the_official_files_are_accepted(real_home):
    X, y = fetch_fashion_mnist(data_home=real_home)
    assert X.shape == (60_000, 28, 28)
    assert np.bincount(y).tolist() == [6000] * 10


@pytest.mark.data
def test_our_sums_are_those_of_the_files_whose_packed_sums_are_published(real_home):
    # From the data set's README; they are of the packed files, ours of their content.
    published = {
        "train-images-idx3-ubyte": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte": "bb300cfdad3c16e7a12a480ee83cd310",
    }
    folder = Path(real_home, "fashion-mnist")
    for name, md5 in published.items():
        packed = (folder / f"{name}.gz").read_bytes()
        assert hashlib.md5(packed, usedforsecurity=False).hexdigest() == md5
        FASHION_MNIST.read(folder, name)
