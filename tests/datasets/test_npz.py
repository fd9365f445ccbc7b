import struct
import zipfile

import numpy as np
import pytest

from skcnn.datasets import read_npz


@pytest.fixture
def images():
    """Give 6 images of 4x4 pixels."""
    return np.random.default_rng(0).integers(0, 256, (6, 4, 4), dtype=np.uint8)


@pytest.fixture
def labels():
    """Give their labels."""
    return np.array(["a", "b", "c"] * 2)


@pytest.fixture
def write(tmp_path):
    """Give a function that writes arrays by name and returns the path."""

    def write(**arrays):
        path = tmp_path / "images.npz"
        np.savez(path, **arrays)
        return path

    return write


@pytest.mark.parametrize(
    "names",
    [("X", "y"), ("x_train", "y_train"), ("images", "labels"), ("data", "target")],
)
def test_images_and_labels_are_known_by_their_names(write, images, labels, names):
    X, y = read_npz(write(**dict(zip(names, (images, labels), strict=True))))
    np.testing.assert_array_equal(X, images)
    assert X.dtype == np.uint8
    assert y.tolist() == labels.tolist()


def test_arrays_without_names_are_images_then_labels(tmp_path, images, labels):
    np.savez_compressed(tmp_path / "a.npz", images, labels)
    X, y = read_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(X, images)
    assert y.tolist() == labels.tolist()


def test_a_file_of_keras_has_two_parts(write, images, labels):
    path = write(
        x_train=images, y_train=labels, x_test=images[:2] // 2, y_test=labels[:2]
    )
    assert len(read_npz(path)[0]) == 6
    for X, y in (read_npz(path, images="x_test"), read_npz(path, target="y_test")):
        np.testing.assert_array_equal(X, images[:2] // 2)
        assert y.tolist() == ["a", "b"]


def test_names_can_be_said(write, images, labels):
    path = write(photos=images, kinds=labels, X=images // 2, y=labels[::-1])
    X, y = read_npz(path, images="photos", target="kinds")
    np.testing.assert_array_equal(X, images)
    assert y.tolist() == labels.tolist()
    assert read_npz(path, images="photos")[1] is None
    assert read_npz(path, target=None)[1] is None


def test_images_alone_have_no_labels(write, images):
    assert read_npz(write(X=images))[1] is None


def test_a_npy_file_has_images_only(tmp_path, images):
    np.save(tmp_path / "images.npy", images)
    X, y = read_npz(tmp_path / "images.npy")
    np.testing.assert_array_equal(X, images)
    assert y is None
    for names in ({"target": "y"}, {"images": "X"}):
        with pytest.raises(ValueError, match="holds one array without a name"):
            read_npz(tmp_path / "images.npy", **names)


def test_missing_arrays_are_refused_with_a_list(write, images, labels):
    path = write(photos=images, kinds=labels)
    with pytest.raises(ValueError, match=r"none of .*images=.* are photos, kinds\."):
        read_npz(path)
    for argument in ("images", "target"):
        message = rf"no array {argument}='z'; its arrays are photos, kinds\."
        with pytest.raises(ValueError, match=message):
            read_npz(path, **{"images": "photos", argument: "z"})


def test_python_objects_are_never_loaded(tmp_path, images):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("it was unpickled",))

    bombs = np.array([Bomb()], dtype=object)
    np.savez(tmp_path / "a.npz", X=images, y=bombs)
    np.save(tmp_path / "a.npy", bombs)
    with pytest.raises(ValueError, match=r"a\.npz, array 'y', .*holds Python objects"):
        read_npz(tmp_path / "a.npz")
    with pytest.raises(ValueError, match=r"a\.npy .*holds Python objects"):
        read_npz(tmp_path / "a.npy")


def test_labels_must_be_as_many_as_images(write, images, labels):
    with pytest.raises(ValueError, match="has 6 images, but 5 labels"):
        read_npz(write(X=images, y=labels[:5]))


@pytest.mark.parametrize("X", [np.arange(5), np.array([["a"]])])
def test_what_is_no_image_is_refused(write, X):
    with pytest.raises(ValueError, match=r"images\.npz have shape"):
        read_npz(write(X=X))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*a\.npz"):
        read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "content", [b"", b"Id,Label\n", b"PK\3\4 no zip", b"\x93NUMPY"]
)
def test_what_is_no_file_of_numpy_is_named(tmp_path, content):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npz cannot be read as a \.npy or \.npz"):
        read_npz(path)


@pytest.mark.parametrize("suffix", ["npz", "npy"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_truncated_file_is_named(tmp_path, images, suffix, share):
    path = tmp_path / f"a.{suffix}"
    with path.open("wb") as file:
        if suffix == "npz":
            np.savez_compressed(file, X=np.repeat(images, 50, axis=0))
        else:
            np.save(file, images)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(ValueError, match=rf"a\.{suffix} cannot be read"):
        read_npz(path)


def test_a_damaged_array_is_named(write, images):
    path = write(X=images)
    content = bytearray(path.read_bytes())
    at = bytes(content).index(images.tobytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a.*\.npz, array 'X', cannot be read"):
        read_npz(path)


HEADERS = {
    "that does not end": b"{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4, 4",
    "of 30 GB": b"{'descr': '|u1', 'fortran_order': False, 'shape': (29999999999,), }",
    "without a word": b"",
}


@pytest.mark.parametrize("in_zip", [False, True], ids=["npy", "npz"])
@pytest.mark.parametrize("name", HEADERS)
def test_an_array_with_a_damaged_header_is_named(tmp_path, name, in_zip):
    header = HEADERS[name].ljust(117) + b"\n"
    content = b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header
    path = tmp_path / "a.npz"
    path.write_bytes(content + bytes(96))
    if in_zip:
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("X.npy", content + bytes(96))
    with pytest.raises(ValueError, match=r"a\.npz.* cannot be read as"):
        read_npz(path)


def test_a_header_and_a_zip_may_say_too_much_together(tmp_path):
    header = repr({"descr": "<f8", "fortran_order": False, "shape": (2**28,)})
    content = np.lib.format.magic(1, 0) + struct.pack("<H", 118) + header.encode()
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("X.npy", content.ljust(127) + b"\n" + bytes(1000))
    forged = bytearray(path.read_bytes())
    at = forged.index(b"PK\1\2") + 24  # the size before it was packed, in 32 bits
    forged[at : at + 4] = b"\xfe\xff\xff\xff"
    path.write_bytes(forged)
    with pytest.raises(ValueError, match=r"a\.npz, array 'X', .*can be there"):
        read_npz(path)


@pytest.mark.parametrize(
    ("at", "value"),
    [(6, 1), (8, 99), (4, 99)],
    ids=["encrypted", "packed by an unknown method", "of a newer zip"],
)
def test_an_array_that_zipfile_cannot_unpack_is_named(write, images, at, value):
    path = write(X=images)
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        content[content.index(magic) + at + offset] = value
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"images\.npz.* cannot be read"):
        read_npz(path)


def test_a_member_that_is_no_array_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("X.npy", b"no array")
    with pytest.raises(ValueError, match=r"a\.npz, array 'X', cannot be read as"):
        read_npz(tmp_path / "a.npz")
