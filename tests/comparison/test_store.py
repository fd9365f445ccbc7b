import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skcnn.comparison._store import Store
from skcnn.comparison._units import Outcome

OUTCOME = Outcome(
    scores={"accuracy": 0.1 + 0.2, "neg_log_loss": np.nan},
    fit_seconds=1.25,
    predict_seconds=0.5,
    n_parameters=np.nan,
    history={"epoch": [1, 2], "loss": [0.5, 1 / 3]},
    codes=np.array([0, 1, 1]),
    probabilities=np.full((3, 2), 0.5),
)
WANTED = ("one", 3, 2, ["accuracy", "neg_log_loss"])


@pytest.fixture
def store(tmp_path):
    """Give a store in a new folder, with one outcome under "one"."""
    store = Store(tmp_path / "new" / "folder")
    store.keep("one", OUTCOME)
    return store


def test_what_was_kept_is_found_to_the_bit(store):
    found = Store(store.folder).find(*WANTED)
    assert repr(found.scores) == repr(OUTCOME.scores)
    assert (found.fit_seconds, found.predict_seconds) == (1.25, 0.5)
    assert found.history == OUTCOME.history
    np.testing.assert_array_equal(found.codes, OUTCOME.codes)
    np.testing.assert_array_equal(found.probabilities, OUTCOME.probabilities)


def test_no_probabilities_stay_none(store):
    store.keep("two", Outcome(scores={}, codes=np.array([0])))
    assert store.find("two", 1, 2, []).probabilities is None


def test_what_was_not_kept_is_none(store):
    assert store.find("two", *WANTED[1:]) is None


def test_there_is_one_file_and_nothing_pickled_in_it(store):
    (path,) = store.folder.iterdir()
    with np.load(path, allow_pickle=False) as file:
        figures = json.loads(file["figures"].tobytes())
        assert all(file[name].dtype != object for name in file.files)
    assert figures["fit_seconds"] == 1.25


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    content = bytearray(path.read_bytes())
    # Of the probabilities, whose checksum the archive has.
    place = content.index(np.float64(0.5).tobytes() * 2)
    content[place] ^= 1
    path.write_bytes(content)


def strange(path):
    path.write_bytes(b"no archive")


def foreign(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("figures.npy", b"nothing")


def other(path):
    Store(path.parent).keep("two", OUTCOME)
    (path.parent / "two.npz").replace(path)


@pytest.mark.parametrize("damage", [cut, flip, strange, foreign, other])
def test_a_damaged_file_is_told_of_and_counts_for_nothing(damage, store):
    damage(store.folder / "one.npz")
    with pytest.warns(RuntimeWarning, match=r"one.npz' cannot be read .* again"):
        assert store.find(*WANTED) is None
    store.keep("one", OUTCOME)
    assert store.find(*WANTED) is not None


@pytest.mark.parametrize(
    "wanted", [("one", 4, 2, WANTED[3]), ("one", 3, 3, WANTED[3]), ("one", 3, 2, ["x"])]
)
def test_what_does_not_fit_the_data_counts_for_nothing(wanted, store):
    with pytest.warns(RuntimeWarning, match="does not fit"):
        assert store.find(*wanted) is None


def test_the_first_seed_stays_with_the_data(store):
    assert store.seed("data", 5) == 5
    assert Store(store.folder).seed("data", 6) == 5
    assert store.seed("others", 6) == 6
    (store.folder / "seed-data.json").write_text("{")
    assert store.seed("data", 7) == 7


def test_of_two_seeds_at_once_the_first_counts(store, monkeypatch):
    """Another process writes its seed between our look and our writing."""
    other, write = Store(store.folder), store._write

    def late(*arguments):
        assert other.seed("data", 5) == 5
        write(*arguments)

    monkeypatch.setattr(store, "_write", late)
    assert store.seed("data", 6) == 5
    assert other.seed("data", 7) == 5
    names = sorted(path.name for path in store.folder.iterdir())
    assert names == ["one.npz", "seed-data.json"]


def test_without_links_the_seed_stays_too(store, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert store.seed("data", 5) == 5
    assert store.seed("data", 6) == 5


def test_what_json_cannot_hold_is_a_warning(store):
    strange = replace(OUTCOME, history={"epoch": [1], "loss": [object()]})
    with pytest.warns(RuntimeWarning, match="could not be kept .*not JSON"):
        store.keep("two", strange)
    assert [path.name for path in store.folder.iterdir()] == ["one.npz"]


def test_a_place_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="is no folder that can be written to"):
        Store(tmp_path / "file")


def test_a_full_disk_is_a_warning(store, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", refuse)
    with pytest.warns(RuntimeWarning, match="could not be kept .*No space"):
        store.keep("two", OUTCOME)
    assert [path.name for path in store.folder.iterdir()] == ["one.npz"]
