import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from skcnn.datasets import read_idx


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize("shape", [(7,), (0,), (3, 4), (5, 2, 3), (2, 2, 3, 1)])
def test_an_array_of_any_shape_comes_back_packed_or_plain(write_idx, name, shape):
    values = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    read = read_idx(write_idx(name, values))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, values)
    assert read.shape == shape


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(8, "u1"), (9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")],
)
def test_every_type_comes_back_in_native_byte_order(tmp_path, code, dtype):
    values = np.array([1, 2, 100], dtype=dtype)
    path = tmp_path / "values"
    big_endian = values.astype(values.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(bytes([0, 0, code, 1]) + struct.pack(">I", 3) + big_endian)
    read = read_idx(path)
    assert read.dtype == values.dtype
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, values)


def test_a_packed_file_is_known_by_its_content_not_by_its_name(write_idx, tmp_path):
    values = np.arange(5, dtype=np.uint8)
    packed = write_idx("labels.gz", values).rename(tmp_path / "labels")
    np.testing.assert_array_equal(read_idx(packed), values)


def test_the_array_may_be_written_to(write_idx):
    read = read_idx(write_idx("labels", np.zeros(3, np.uint8)))
    read[0] = 1
    assert read.tolist() == [1, 0, 0]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="labels-idx1-ubyte"):
        read_idx(tmp_path / "labels-idx1-ubyte")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0",
        b"<html>not found</html>",
        b"\x89PNG\r\n\x1a\n",
        bytes([0, 0, 7, 1, 0, 0, 0, 1, 5]),  # no type has code 7
        bytes([0, 0, 8, 0, 5]),  # no dimensions
        bytes([0, 0, 8, 255]) + bytes(4 * 255),
    ],
)
def test_what_is_no_idx_file_is_refused_with_its_first_bytes(tmp_path, content):
    path = tmp_path / "page.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"page\.gz is not an IDX file.*begins with"):
        read_idx(path)


def test_a_file_that_ends_within_its_header_is_truncated(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 1]))
    with pytest.raises(ValueError, match=r"images is truncated.* after 8 bytes"):
        read_idx(path)


@pytest.mark.parametrize(
    ("change", "said"), [(-1, "truncated.*but 23"), (1, "too long.*but more")]
)
def test_a_file_of_another_length_than_promised_is_refused(write_idx, change, said):
    path = write_idx("images", np.zeros((2, 3, 4), np.uint8))
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + bytes(change))
    before, after = said.split(".*")
    message = rf"images is {before}: .*\(2, 3, 4\) of uint8, 24 bytes, {after} bytes"
    with pytest.raises(ValueError, match=message):
        read_idx(path)


def test_sizes_too_large_for_any_memory_are_refused_at_once(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(bytes([0, 0, 8, 3]) + b"\xff" * 12 + b"pixels")
    with pytest.raises(ValueError, match="truncated"):
        read_idx(path)


def test_a_truncated_gzip_file_is_refused(write_idx):
    path = write_idx("labels.gz", np.arange(200, dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"labels\.gz cannot be read as an IDX file"):
        read_idx(path)


def test_a_corrupt_gzip_file_is_refused(write_idx):
    path = write_idx("labels.gz", np.arange(200, dtype=np.uint8))
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF  # within the check sum
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"labels\.gz cannot be read as an IDX file"):
        read_idx(path)


def test_no_more_is_unpacked_than_the_header_says(write_idx):
    path = write_idx("images.gz", np.zeros((2, 3, 4), np.uint8))
    content = gzip.decompress(path.read_bytes()) + bytes(2**23)
    path.write_bytes(gzip.compress(content, 1))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"images\.gz is too long"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_packed_file_cannot_hold_more_than_gzip_can_pack(tmp_path):
    path = tmp_path / "images.gz"
    header = bytes([0, 0, 8, 3]) + struct.pack(">3I", 60_000, 2000, 2000)
    path.write_bytes(gzip.compress(header + bytes(10_000)))
    with pytest.raises(ValueError, match=r"images\.gz is truncated.* even a packed"):
        read_idx(path)


def test_a_gzip_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "notes.gz"
    path.write_bytes(gzip.compress(b"hello"))
    with pytest.raises(ValueError, match=r"notes\.gz is not an IDX file"):
        read_idx(path)
