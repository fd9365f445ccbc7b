"""kill -9 at any moment: files are whole or absent, and who begins again goes on."""

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skcnn import load, save

# Deeds of victims.py, and how often each of them is killed.
N_KILLS = {
    "fit": 60,
    "save": 40,
    "compare": 20,
    "search": 15,
    "continuing search": 20,
    "memory": 20,
    "skcnn fit": 15,
    "skcnn predict": 15,
    "skcnn compare": 15,
}


# What deeds write anew, with seconds in it; they go on for a moment after that.
REPLACED = ("table.csv", "model.skcnn")


@pytest.fixture
def victims(process):
    """Give a function that orders a deed, and returns how its process ended."""
    server = process(Path(__file__).with_name("victims.py"))

    def order(deed, folder, moment):
        line = json.dumps({"deed": deed, "folder": str(folder), "moment": moment})
        server.stdin.write(line + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())

    return order


@pytest.fixture
def folder(tmp_path, cnn, images):
    """Give a folder with what the deeds need: tables, and two models."""
    folder = tmp_path / "before"
    folder.mkdir()
    X, y = images
    frame = pd.DataFrame(X.reshape(len(X), -1)).rename(columns="p{}".format)
    frame.to_csv(folder / "test.csv", index=False)
    frame.assign(label=y).to_csv(folder / "train.csv", index=False)
    save(cnn(random_state=1).fit(X, y), folder / "model.skcnn")
    save(cnn(random_state=2).fit(X, y), folder / "other.skcnn")
    (folder / "table.csv").write_text("what was there\n")
    return folder


def files_in(folder):
    """Return the content of each file, those of processes that died left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".tmp"
    }


def is_whole(path):
    """Tell whether a file can be read to its end, by whatever reads its kind."""
    if path.suffix == ".skcnn":
        load(path)
    elif path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays:
                arrays[name]
    elif path.suffix == ".json":
        json.loads(path.read_text())
    elif path.suffix == ".csv":
        assert path.read_text().endswith("\n")
    return True


def check_killed(folder, before, after):
    """Look at what a killed process has left; return whether it left a state."""
    left = files_in(folder)
    lost = before.keys() - left.keys()
    assert not lost
    for name, content in left.items():
        if content not in (before.get(name), after.get(name)):
            # A state that the whole run has removed, or one with seconds in it.
            assert is_whole(folder / name), name
            assert name not in before or name in REPLACED, name
    return len(left) > len(before) or any(folder.rglob("*.tmp"))


def make_old(folder):
    """Make unfinished files as old as they are when nobody writes them any more."""
    for path in folder.rglob("*.tmp"):
        os.utime(path, (0, 0))


@pytest.mark.trust
@pytest.mark.parametrize("deed", N_KILLS)
def test_what_was_killed_begins_again_and_ends_the_same(
    deed, victims, folder, tmp_path, record_property
):
    def run(place, moment):
        """Do the deed in a fresh folder, or in one that is there."""
        if not (tmp_path / place).exists():
            shutil.copytree(folder, tmp_path / place)
        return victims(deed, tmp_path / place, moment), tmp_path / place

    def result_in(place):
        return json.loads((place / "result.json").read_text())

    before = files_in(folder)
    code, whole = run("whole", None)
    assert code == 0, (tmp_path / "stderr").read_text()
    after = files_in(whole)
    n_calls = result_in(run("counted", 0)[1])
    # The package writes its files by this function, the command's in the last moments.
    n_before = result_in(run("until", "replacing")[1])
    draw = np.random.default_rng(0)
    resumed = 0
    for number in range(N_KILLS[deed]):
        moment = int(draw.integers(1 if number % 2 else n_before, n_calls))
        code, place = run(str(number), moment)
        assert code == -signal.SIGKILL
        resumed += check_killed(place, before, after)
        make_old(place)
        code, _ = run(str(number), None)
        assert code == 0, (tmp_path / "stderr").read_text()
        assert result_in(place) == result_in(whole)
        assert files_in(place).keys() == after.keys()
        assert not list(place.rglob("*.tmp"))
    n = N_KILLS[deed]
    record_property(
        "survived",
        f"kills: {n} of {deed}, {resumed} left a state, {n - resumed} none, 0 wrong",
    )
