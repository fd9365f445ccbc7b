import lzma
import zlib
from pathlib import Path
from tokenize import TokenError

import pytest

from skcnn.datasets._files import data_folder, existing_file, reading


def test_an_existing_file_is_returned(tmp_path):
    path = tmp_path / "train.csv"
    path.touch()
    assert existing_file(str(path)) == path


def test_the_home_directory_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "train.csv").touch()
    assert existing_file("~/train.csv") == tmp_path / "train.csv"
    assert data_folder("mnist", "~/data") == tmp_path / "data" / "mnist"


def test_the_data_home_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("SKCNN_DATA", "environment")
    assert data_folder("mnist") == Path("environment", "mnist")
    assert data_folder("mnist", "argument") == Path("argument", "mnist")


@pytest.mark.parametrize("value", [None, ""])
def test_an_unset_or_empty_variable_names_no_folder(monkeypatch, value):
    if value is not None:
        monkeypatch.setenv("SKCNN_DATA", value)
    assert data_folder("mnist") is None


@pytest.mark.parametrize("kind", [FileNotFoundError, ValueError])
def test_a_missing_file_is_both_kinds_of_error_and_is_named(tmp_path, kind):
    with pytest.raises(kind, match=r"no file .*train\.csv"):
        existing_file(tmp_path / "train.csv")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        existing_file(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        EOFError(),
        KeyError("X.npy"),
        NotImplementedError("compression type 99"),
        OSError("Invalid data stream"),
        OSError(22, "Invalid argument"),
        TokenError("EOF in multi-line statement", (1, 2)),
        lzma.LZMAError("Corrupt input data"),
        zlib.error("Error -3\nwhile decompressing"),
    ],
)
def test_all_that_damage_raises_is_one_error_that_names_the_file(error):
    message = r"^a/x\.csv cannot be read as a CSV file: .+\. Look at it\.$"
    read = reading(Path("a/x.csv"), "a CSV file", "Look at it.")
    with pytest.raises(ValueError, match=message) as caught, read:
        raise error
    assert caught.value.__cause__ is error


def test_what_quotes_the_file_is_cut():
    read = reading(Path("a.npy"), "a .npy file", "Look at it.")
    with pytest.raises(ValueError, match=r"x{300}\.\.\. Look") as caught, read:
        raise SyntaxError("x" * 10_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), MemoryError(), ImportError()]
)
def test_what_is_not_due_to_the_file_stays(error):
    read = reading(Path("a.csv"), "a CSV file", "Look at it.")
    with pytest.raises(type(error)) as caught, read:
        raise error
    assert caught.value is error
