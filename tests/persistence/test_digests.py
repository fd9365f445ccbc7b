"""Tests of the digests: the zip is in order, and yet it is not what was saved."""

import json
import zipfile

import numpy as np
import pytest

from skcnn import load, save


@pytest.fixture
def members(make_fitted, path, read):
    """Give the members of a saved CNNClassifier, to be changed and written back."""
    save(make_fitted("CNNClassifier"), path)
    return read()


def weights_of(members):
    """Return the names of the members with the network's weights."""
    return [name for name in members if "_state.weights" in name]


def test_every_member_has_a_digest(members):
    assert list(members)[-1] == "digests.json"
    digests = json.loads(members["digests.json"])
    assert set(digests) == set(members) - {"digests.json"}


def test_arrays_that_were_swapped_are_found(members, write, path):
    first, *_, last = [n for n in weights_of(members) if "weights" in n]
    members[first], members[last] = members[last], members[first]
    write(members)
    with pytest.raises(ValueError, match=r"weights\.0.* is not what was saved"):
        load(path)


@pytest.mark.parametrize("part", ["weights.0", "classes", "estimator.json"])
def test_a_bit_that_was_flipped_behind_a_right_sum_is_found(part, members, write, path):
    name = next(name for name in members if part in name)
    content = bytearray(members[name])
    # In the manifest it is a digit of the scale of the pixels.
    at = content.index(b'"high": 2') + 8 if part == "estimator.json" else -1
    content[at] ^= 1
    members[name] = bytes(content)
    write(members)
    with pytest.raises(ValueError, match=f"{part}.*is not what was saved"):
        load(path)


def test_members_that_are_missing_renamed_or_added_are_named(members, write, path):
    first, second, *_ = weights_of(members)
    write({n: c for n, c in members.items() if n != first})
    with pytest.raises(ValueError, match=rf"{first}' is missing"):
        load(path)
    write({**members, "extra.npy": b""})
    with pytest.raises(ValueError, match=r"'extra\.npy' does not belong in it"):
        load(path)
    other = {("new.npy" if n == second else n): c for n, c in members.items()}
    write(other)
    with pytest.raises(ValueError, match=rf"{second}' is missing"):
        load(path)


@pytest.mark.parametrize("digests", [None, b"[]", b"{", b"{}"])
def test_a_file_without_its_digests_is_damaged(digests, members, write, path):
    del members["digests.json"]
    if digests is not None:
        members["digests.json"] = digests
    write(members)
    with pytest.raises(ValueError, match=r"is damaged: .*(digests|does not belong)"):
        load(path)


def test_files_of_before_the_digests_are_still_read(
    members, write, path, make_fitted, shapes
):
    manifest = json.loads(members["estimator.json"])
    manifest["format_version"] = 1
    members["estimator.json"] = json.dumps(manifest).encode()
    del members["digests.json"]
    write(members)
    np.testing.assert_array_equal(
        load(path).predict_proba(shapes[0]),
        make_fitted("CNNClassifier").predict_proba(shapes[0]),
    )


def test_the_same_estimator_gives_the_same_bytes(make_fitted, path):
    save(make_fitted("HOGFeatures"), path)
    first = path.read_bytes()
    save(make_fitted("HOGFeatures"), path)
    assert path.read_bytes() == first


def test_a_large_array_is_written_piece_by_piece(path, monkeypatch):
    from skcnn.persistence import _archive

    sizes, write = [], _archive._Hashed.write

    def note(self, content):
        sizes.append(len(content))
        return write(self, content)

    monkeypatch.setattr(_archive._Hashed, "write", note)
    with path.open("wb") as file, _archive.Writer(file) as archive:
        archive.write_array("large.npy", np.zeros(2**25, np.uint8))
    assert max(sizes) <= 2**24
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
