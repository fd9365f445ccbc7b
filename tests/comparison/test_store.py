import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

from skcnn.base.fingerprint import fingerprint
from skcnn.base.keys import Keys
from skcnn.comparison import Predictions
from skcnn.comparison._store import Store, data_parts
from skcnn.comparison._units import Data, Outcome, Unit

OUTCOME = Outcome(
    scores={"accuracy": 0.1 + 0.2, "neg_log_loss": np.nan},
    fit_seconds=1.25,
    predict_seconds=0.5,
    n_parameters=np.nan,
    history={"epoch": [1, 2], "loss": [0.5, 1 / 3]},
    predictions=Predictions(
        ["a", "b", "b"], ["a", "b", "b"], np.full((3, 2), 0.5), np.array(["a", "b"])
    ),
)
CLASSES = np.array(["a", "b"])
DATA = Data(np.zeros((5, 4)), np.array(["b", "a", "b", "a", "b"]), CLASSES)
UNIT = Unit("one", "name", GaussianNB(), 0, np.array([3, 4]), np.array([1, 2, 4]))
SCORES = ["accuracy", "neg_log_loss"]
WANTED = UNIT, DATA, SCORES


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
    for name in ("y_true", "y_pred", "proba", "classes"):
        kept = getattr(OUTCOME.predictions, name)
        np.testing.assert_array_equal(getattr(found.predictions, name), kept)
    assert found.predictions.indices.tolist() == [1, 2, 4]


def test_no_probabilities_stay_none(store):
    predictions = replace(OUTCOME.predictions, proba=None, confidence=None)
    store.keep("two", Outcome(scores={}, predictions=predictions))
    found = store.find(replace(UNIT, id="two"), DATA, [])
    assert found.predictions.proba is None


@pytest.mark.parametrize("shape", [(3,), (3, 2)])
def test_decision_values_are_kept(store, shape):
    values = np.arange(np.prod(shape)).reshape(shape) / 3
    said = replace(OUTCOME.predictions, proba=None, confidence=None, decision=values)
    store.keep("two", Outcome(scores={}, predictions=said))
    found = store.find(replace(UNIT, id="two"), DATA, [])
    np.testing.assert_array_equal(found.predictions.decision, values)
    assert found.predictions.confidence is None


def test_decision_values_of_other_data_are_computed_again(store):
    said = replace(OUTCOME.predictions, proba=None, decision=np.zeros((3, 4)))
    store.keep("two", Outcome(scores={}, predictions=said))
    with pytest.warns(RuntimeWarning, match="does not fit the data"):
        assert store.find(replace(UNIT, id="two"), DATA, []) is None


def test_what_was_not_kept_is_none(store):
    assert store.find(replace(UNIT, id="two"), DATA, SCORES) is None


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
    "wanted",
    [
        (replace(UNIT, test=np.arange(4)), DATA, SCORES),
        (UNIT, replace(DATA, classes=np.array(["a", "b", "c"])), SCORES),
        (UNIT, replace(DATA, classes=np.array(["b"])), SCORES),
        (UNIT, DATA, ["x"]),
    ],
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


# --- keys -----------------------------------------------------------------------------


def digest_of_data(*data):
    return fingerprint(*data_parts(*data))


def test_labels_of_another_width_are_the_same_data():
    X, codes = np.zeros((3, 4)), np.array([0, 1, 0])

    def digest(codes, classes):
        return digest_of_data(X, codes, np.array(classes))

    one = digest(codes, [5, 7])
    assert one == digest(codes.astype(np.int32), np.array([5, 7], np.int32))
    assert digest(codes, ["a", "b"]) == digest(codes, np.array(["a", "b"], object))
    assert one != digest(codes, [5, 8])
    assert one != digest(1 - codes, [5, 7])


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_images_that_are_paths_are_their_files(kind, tmp_path):
    path = tmp_path / "one.png"
    path.write_text("1")
    X, labels = kind([str(path)]), (np.array([0]), np.array([0]))
    before = digest_of_data(X, *labels)
    assert digest_of_data(X, *labels) == before
    path.write_text("22")
    assert digest_of_data(X, *labels) != before


def test_the_index_of_a_frame_is_no_part_of_the_images():
    X, labels = pd.DataFrame({"a": [1, 2]}), (np.array([0, 1]), np.array([0, 1]))
    assert digest_of_data(X, *labels) == digest_of_data(X.set_axis([5, 6]), *labels)


def test_what_has_no_fingerprint_has_keys_that_never_come_again():
    keys = Keys(warns=True)
    known = keys.key("the number", 1)
    with pytest.warns(RuntimeWarning, match=r"'mine' are .* not stored, .* generator"):
        own = keys.key("'mine'", (n for n in range(3)))
    units = [keys.unit(known, "rows"), keys.unit(known, own, "rows")]
    assert [keys.is_lasting(key) for key in (known, own, *units)] == [1, 0, 1, 0]
    assert units[0] == keys.unit(known, "rows") != keys.unit(known, "other rows")
