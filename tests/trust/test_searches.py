"""A search that goes on: any parameters, a damaged store, threads on one store."""

import shutil
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from skcnn import ContinuingSearchCV
from skcnn.search._engine import Engine

SECONDS = 20


@pytest.fixture
def search(cnn):
    """Give a function that makes a search over pipelines, by default without networks.

    They go on by `partial_fit`, which takes milliseconds, or as networks do.
    """

    def make(store, has_networks=False):
        grids = [{"clf__alpha": [1e-5, 1e-2, 1.0], "clf__penalty": ["l1", "l2"]}]
        if has_networks:
            grids.append({"clf": [cnn(epochs=3)], "clf__learning_rate": [0.01, 0.02]})
        model = Pipeline(
            [("scale", MinMaxScaler()), ("clf", SGDClassifier(random_state=0))]
        )
        return ContinuingSearchCV(
            model, grids, cv=2, max_epochs=9, random_state=0, refit=False, store=store
        )

    return make


@pytest.fixture
def flat(images):
    """Give (X, y), the images of `small_images` as rows."""
    X, y = images
    return X.reshape(len(X), -1), y


def without_times(search):
    """Return the table without times, as text."""
    results = {k: v for k, v in search.cv_results_.items() if "_time" not in k}
    for name in [name for name in results if name.endswith("_history")]:
        results[name] = [
            one if one is None else one.drop(columns="seconds").to_csv()
            for one in results[name]
        ]
    return pd.DataFrame(results).map(repr)


# --- damaged files ----------------------------------------------------------------


def damaged(content, draw):
    """Return other bytes: some changed, cut off, put in, or another file's."""
    content, at = bytearray(content), int(draw.integers(len(content)))
    kind = draw.integers(4)
    if kind == 0:
        content[at] ^= 1 << int(draw.integers(8))
    elif kind == 1:
        del content[at:]
    elif kind == 2:
        content[at:at] = draw.bytes(int(draw.integers(1, 32)))
    else:
        del content[at : at + int(draw.integers(1, 64))]
    return bytes(content)


@pytest.fixture
def unfinished(search, flat, tmp_path, monkeypatch):
    """Give a store that a search has left when it was stopped, with all its files."""
    n_done, note = 0, Engine._note

    def counted(engine, unit, outcome):
        nonlocal n_done
        n_done += 1
        note(engine, unit, outcome)
        if n_done > 14:  # two units of the second rung are done
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "_note", counted)
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path / "stopped").fit(*flat)
    kinds = {path.suffix for path in (tmp_path / "stopped").iterdir()}
    assert kinds == {".json", ".state", ".steps"}
    return tmp_path / "stopped"


def test_a_search_with_a_damaged_store_ends_with_the_same_table(
    search, unfinished, flat, effort, promptly, tmp_path
):
    expected = without_times(search(None).fit(*flat))
    names = sorted(path.name for path in unfinished.iterdir())
    draw, n_times, n_told = np.random.default_rng(0), effort(8, 200), 0
    for number in range(n_times):
        store = shutil.copytree(unfinished, tmp_path / str(number))
        name = names[draw.integers(len(names))]
        content = (store / name).read_bytes()
        (store / name).write_bytes(damaged(content, draw))
        with promptly(SECONDS), warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            table = without_times(search(store).fit(*flat))
        assert table.equals(expected), (number, name)
        n_told += any(name in str(one.message) for one in told)
        shutil.rmtree(store)
    assert n_told > 0
    effort.say(
        f"files: store of a search: {n_times} mutations, {n_told} told by name, others "
        "not needed any more, 0 wrong"
    )


def test_files_that_changed_places_are_not_taken_for_each_other(
    search, unfinished, flat, tmp_path
):
    expected = without_times(search(None).fit(*flat))
    first, second, *_ = sorted(unfinished.glob("*.json"))
    first.write_bytes(second.read_bytes())
    with pytest.warns(RuntimeWarning, match="another file"):
        again = search(unfinished).fit(*flat)
    assert without_times(again).equals(expected)


# --- threads ----------------------------------------------------------------------


# scikit-learn warns where another thread has emptied the filters for a moment.
@pytest.mark.filterwarnings("ignore:.*delayed. should be used with:UserWarning")
def test_searches_in_threads_with_one_store_end_with_the_same_table(
    search, flat, effort, tmp_path
):
    has_networks, n_times = effort(False, True), effort(2, 5)
    expected = without_times(search(None, has_networks).fit(*flat))
    for number in range(n_times):
        made = [search(tmp_path / str(number), has_networks) for _ in range(4)]
        with ThreadPoolExecutor(4) as threads:
            tables = [*threads.map(lambda one: without_times(one.fit(*flat)), made)]
        assert all(table.equals(expected) for table in tables)
    effort.say(f"threads: {n_times} times four searches with one store, 0 wrong")
