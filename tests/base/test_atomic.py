"""Tests of files that are whole or not there."""

import os
import signal
import subprocess
import sys
import threading
import time
import zipfile

import numpy as np
import pytest

from skcnn.base.atomic import replacing


@pytest.fixture
def path(tmp_path):
    """Give the path of a file that says "old"."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


def test_a_file_takes_its_place_when_it_is_finished(path):
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_was_not_there_appears_only_whole(tmp_path):
    path = tmp_path / "file"
    with replacing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [OSError, ValueError, KeyboardInterrupt])
def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(error, path):
    def write_half():
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupt_amid_an_archive_waits_until_the_file_is_whole(path):
    """Python's zipfile made an error of its own of it, which hid the interrupt."""

    def write():
        with (
            replacing(path) as file,
            zipfile.ZipFile(file, "w") as archive,
            archive.open("entry", "w") as entry,
        ):
            signal.raise_signal(signal.SIGINT)
            entry.write(b"new")

    with pytest.raises(KeyboardInterrupt):
        write()
    with zipfile.ZipFile(path) as archive:
        assert archive.read("entry") == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_as_it_is_moved_leaves_the_old_file_and_nothing_else(path):
    def refuse(source, target):
        assert source.read_bytes() == b"new"
        raise PermissionError

    with pytest.raises(PermissionError), replacing(path, refuse) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("is_there", [True, False], ids=["old", "no old"])
def test_a_kill_in_the_middle_leaves_the_old_file_or_none(is_there, path):
    if not is_there:
        path.unlink()
    code = f"""
import os
from pathlib import Path
from skcnn.base.atomic import replacing
with replacing(Path({str(path)!r})) as file:
    file.write(b"half")
    file.flush()
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert path.exists() == is_there
    assert not is_there or path.read_bytes() == b"old"


def test_two_writers_at_once_do_not_mix(path):
    """The process is the same, so a name of the process alone would not do."""
    with replacing(path) as first:
        first.write(b"first, ")
        with replacing(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
        first.write(b"whole")
    assert path.read_bytes() == b"first, whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o777])
def test_the_mode_of_the_file_that_is_replaced_stays(mode, path):
    path.chmod(mode)
    with replacing(path) as file:
        file.write(b"new")
        (beside,) = path.parent.glob(".*.tmp")
        assert beside.stat().st_mode & 0o777 == mode  # also while it is written
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_a_new_file_has_the_mode_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "file"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_a_file_that_may_only_be_read_is_left_alone(path, monkeypatch):
    # Not by a mode, which the administrator's processes pass by.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match=str(path)), replacing(path):
        pass
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_another_process_takes_away_meanwhile_is_written(path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: path.unlink())
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_a_link_stays_and_what_it_points_to_is_replaced(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe, came = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(
        target=lambda: came.append(pipe.read_bytes()), daemon=True
    )
    reader.start()
    with replacing(pipe) as file:
        file.write(b"new")
    reader.join(timeout=10)
    assert came == [b"new"]
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(path, full_disk):
    with full_disk(), pytest.raises(OSError, match="too large"), replacing(path) as f:
        f.write(bytes(1000))
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_unfinished_files_of_yesterday_are_removed_and_no_others(path):
    folder, hex32 = path.parent, "0123456789abcdef" * 2
    old, young, others = f".a.{hex32}.tmp", f".b.{hex32}.tmp", [".c.tmp", f"d{hex32}"]
    for name in (old, young, *others):
        (folder / name).touch()
    yesterday = time.time() - 100_000
    for name in (old, *others):
        os.utime(folder / name, (yesterday, yesterday))
    with replacing(path):
        pass
    assert {one.name for one in folder.iterdir()} == {"file", young, *others}


# --- who writes with it; tests of others are with them -------------------------------


def test_features_that_cannot_be_written_leave_nothing(tmp_path, full_disk):
    from skcnn.transfer.feature_store import FeatureStore

    store = FeatureStore(tmp_path, "backbone", 1)
    with full_disk(), pytest.warns(RuntimeWarning, match="could not be kept .*large"):
        store.keep(np.zeros((2, 16), np.uint8), np.zeros((2, 1), np.float32))
    assert list(store.folder.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_a_model_that_is_saved_again_stays_as_private_as_it_was(path, fitted_cnn):
    from skcnn import save

    path.chmod(0o600)
    save(fitted_cnn, path)
    assert path.stat().st_mode & 0o777 == 0o600
