import gzip

import numpy as np
import pytest

from skcnn.datasets import fetch_fashion_mnist, fetch_mnist

both = pytest.mark.parametrize("fetch", [fetch_mnist, fetch_fashion_mnist])


@both
@pytest.mark.parametrize(("split", "part"), [("train", 0), ("test", 1)])
def test_a_split_is_what_its_files_hold(fetch, small_home, parts, split, part):
    X, y = fetch(split=split, data_home=small_home)
    np.testing.assert_array_equal(X, parts[part][0])
    np.testing.assert_array_equal(y, parts[part][1])
    assert (X.dtype, y.dtype) == (np.uint8, np.int64)


@both
def test_all_is_the_training_images_and_then_the_test_images(fetch, small_home, parts):
    X, y = fetch(split="all", data_home=small_home)
    np.testing.assert_array_equal(X, np.concatenate([part[0] for part in parts]))
    np.testing.assert_array_equal(y, np.concatenate([part[1] for part in parts]))


@both
def test_the_files_are_found_through_the_environment(
    fetch, small_home, monkeypatch, downloads
):
    monkeypatch.setenv("SKCNN_DATA", str(small_home))
    assert fetch()[0].shape == (60, 28, 28)
    assert downloads.calls == 0


@both
def test_unpacked_and_repacked_files_are_as_good(fetch, small_home):
    expected, _ = fetch(data_home=small_home)
    for path in small_home.glob("*/train-images-idx3-ubyte.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    for path in small_home.glob("*/train-labels-idx1-ubyte.gz"):
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    np.testing.assert_array_equal(fetch(data_home=small_home)[0], expected)


@both
@pytest.mark.parametrize("data_home", [None, ""])
@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_without_a_data_home_keras_downloads(
    fetch, data_home, split, downloads, parts, small_home, monkeypatch
):
    downloads.result = parts
    monkeypatch.setenv("SKCNN_DATA", "")
    X, y = fetch(split=split, data_home=data_home)
    from_files, labels = fetch(split=split, data_home=small_home)
    assert downloads.calls == 1
    np.testing.assert_array_equal(X, from_files)
    np.testing.assert_array_equal(y, labels)
    assert y.dtype == labels.dtype


@both
def test_a_failed_download_names_the_cure(fetch):
    with pytest.raises(OSError, match=r"(?s)URL fetch failure.*SKCNN_DATA.*data_home="):
        fetch()


@both
def test_a_missing_folder_is_named_with_both_cures(fetch, tmp_path, downloads):
    message = (
        r"mnist does not exist.*SKCNN_DATA.*data_home=.*train-images-idx3-ubyte.gz"
    )
    with pytest.raises(FileNotFoundError, match=message):
        fetch(data_home=tmp_path)
    assert downloads.calls == 0


@both
def test_a_missing_file_is_named(fetch, small_home):
    for path in small_home.glob("*/t10k-labels-idx1-ubyte.gz"):
        path.unlink()
    with pytest.raises(ValueError, match="mnist has no file t10k-labels-idx1"):
        fetch(split="test", data_home=small_home)


@both
def test_a_file_with_another_sum_is_named_with_both_sums(fetch, small_home, write_idx):
    other = write_idx("other.gz", np.zeros(60, np.uint8))
    for path in small_home.glob("*/train-labels-idx1-ubyte.gz"):
        path.write_bytes(other.read_bytes())
    message = r"train-labels\S+ is not .*MD5.* be [0-9a-f]{32}, but is [0-9a-f]{32}"
    with pytest.raises(ValueError, match=message):
        fetch(data_home=small_home)


@both
def test_a_damaged_file_is_named(fetch, small_home):
    for path in small_home.glob("*/train-labels-idx1-ubyte.gz"):
        path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"train-labels-idx1-ubyte\.gz cannot be read"):
        fetch(data_home=small_home)


@both
def test_an_unknown_split_is_refused_before_anything_is_read(fetch, downloads):
    with pytest.raises(ValueError, match="split must be one of 'train', 'test', 'all'"):
        fetch(split="valid")
    assert downloads.calls == 0
