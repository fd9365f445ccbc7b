import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skcnn.datasets import _csv_table, read_csv


@pytest.fixture
def images():
    """Give 12 images of 3x3 pixels, 0 to 255."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (12, 9), dtype=np.uint8)
    images[0, :2] = 0, 255
    return images


@pytest.fixture
def write(tmp_path):
    """Give a function that writes text as a file and returns its path."""

    def write(text, name="train.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def kaggle(tmp_path, images):
    """Give the path of ``Id,Label,1..9``."""
    frame = pd.DataFrame(images, columns=[str(i) for i in range(1, 10)])
    frame.insert(0, "Label", np.arange(12) % 5)
    frame.insert(0, "Id", np.arange(12))
    path = tmp_path / "kaggle.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def small_chunks(monkeypatch):
    """Make a chunk two rows of 9 pixels, so that some files have several."""
    monkeypatch.setattr(_csv_table, "_CELLS_PER_PIECE", 23)


def test_kaggle_training_file(kaggle, images):
    X, y = read_csv(kaggle, target="Label", drop="Id")
    assert X.dtype == np.uint8
    np.testing.assert_array_equal(X, images)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y, np.arange(12) % 5)


def test_kaggle_test_file_has_no_labels(tmp_path, images):
    frame = pd.DataFrame(images)
    frame.insert(0, "Id", np.arange(12))
    frame.to_csv(tmp_path / "test.csv", index=False)
    X, y = read_csv(tmp_path / "test.csv", drop=["Id"])
    np.testing.assert_array_equal(X, images)
    assert y is None


def test_fractions_without_header_and_with_the_label_last(tmp_path, images):
    frame = pd.DataFrame(images / 255).assign(label=np.arange(12) % 10)
    frame.to_csv(tmp_path / "noisy.csv", index=False, header=False)
    X, y = read_csv(tmp_path / "noisy.csv", target=-1)
    assert X.dtype == np.float32
    np.testing.assert_allclose(X, images / 255, rtol=1e-6)
    assert y.dtype == np.int64
    assert y.tolist() == [i % 10 for i in range(12)]


@pytest.mark.usefixtures("small_chunks")
def test_many_chunks_give_the_same_as_one(kaggle, images):
    X, y = read_csv(kaggle, target="Label", drop="Id")
    assert X.dtype == np.uint8
    np.testing.assert_array_equal(X, images)
    np.testing.assert_array_equal(y, np.arange(12) % 5)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("value", [0.5, 256, -1, 65535])
def test_a_late_value_that_is_no_byte_turns_all_rows_into_floats(
    tmp_path, images, value
):
    values = images.astype(float)
    values[10, 4] = value
    pd.DataFrame(values).to_csv(tmp_path / "late.csv", index=False)
    X, _ = read_csv(tmp_path / "late.csv")
    assert X.dtype == np.float32
    np.testing.assert_array_equal(X, values.astype(np.float32))


def test_whole_numbers_written_as_fractions_are_bytes(write):
    X, _ = read_csv(write("a,b\n0.0,255.0\n1e2,3\n"))
    assert X.dtype == np.uint8
    assert X.tolist() == [[0, 255], [100, 3]]


def test_numbers_too_large_for_any_integer_are_floats(write):
    X, _ = read_csv(write(f"a,b\n{2**64 - 1},1\n{10**25},-1\n"))
    np.testing.assert_allclose(X, [[2.0**64, 1], [1e25, -1]])


@pytest.mark.parametrize("target", [1, -10, "Label", np.int64(1)])
def test_columns_are_given_by_name_or_by_position(kaggle, images, target):
    X, y = read_csv(kaggle, target=target, drop=[0])
    np.testing.assert_array_equal(X, images)
    assert y.tolist() == [i % 5 for i in range(12)]


def test_a_name_of_digits_is_a_name_and_a_number_is_a_position(write):
    path = write("1,0\n5,6\n5,7\n")
    assert read_csv(path, target="0", header=0)[1].tolist() == [6, 7]
    assert read_csv(path, target=0, header=0)[1].tolist() == [5, 5]


@pytest.mark.parametrize(
    ("text", "n_rows"),
    [
        ("Id,Label,1,2\n0,1,7,7\n", 1),
        ("0,1,2,3\n5,5,5,5\n", 1),  # counts up: pixel names of a frame
        (",0,1,2\n0,5,5,5\n", 1),  # the same with the frame's index
        ("0,0,9,3\n5,5,5,5\n", 2),
        ("0,7,9,3\n5,5,5,5\n", 2),
        ("0,0,9,255\n5,5,5,5\n", 2),
    ],
)
def test_a_header_is_recognised(write, text, n_rows):
    assert len(read_csv(write(text), drop=0)[0]) == n_rows


def test_a_first_row_with_a_label_of_text_is_no_header(write):
    X, y = read_csv(write("0,0,9,cat\n1,0,9,dog\n"), target=-1)
    assert X.tolist() == [[0, 0, 9], [1, 0, 9]]
    assert y.tolist() == ["cat", "dog"]


def test_the_header_can_be_said(write):
    path = write("0,1,2\n5,5,5\n")
    assert len(read_csv(path, header=0)[0]) == 1
    assert len(read_csv(path, header=None)[0]) == 2


def test_labels_stay_text_even_where_pandas_would_see_a_missing_value(write):
    _, y = read_csv(write("y,1\nNA,0\nNone,1\n3,2\n"), target="y")
    assert y.tolist() == ["NA", "None", "3"]


@pytest.mark.usefixtures("small_chunks")
def test_labels_that_are_text_in_a_late_chunk_only_are_text_everywhere(write):
    rows = "\n".join(f"{i},0,0,0,0,0,0,0,0" for i in range(9))
    _, y = read_csv(
        write(f"y,1,2,3,4,5,6,7,8\n{rows}\nbag,1,2,3,4,5,6,7,8\n"), target=0
    )
    assert y.tolist() == [*"012345678", "bag"]


def test_labels_with_fractions_are_floats(write):
    _, y = read_csv(write("y,1\n0.5,0\n2,1\n"), target="y")
    assert y.tolist() == [0.5, 2.0]


PACKED = [".gz", ".bz2", ".xz", ".zip"]


@pytest.fixture
def packed(tmp_path, kaggle):
    """Give a function that packs ``Id,Label,1..9`` by a suffix; returns the path."""

    def pack(suffix):
        path = tmp_path / f"kaggle.csv{suffix}"
        pd.read_csv(kaggle).to_csv(path, index=False)
        return path

    return pack


@pytest.mark.parametrize("suffix", PACKED)
def test_packed_files_are_known_by_their_content(packed, tmp_path, images, suffix):
    path = packed(suffix).rename(tmp_path / "train.csv")
    np.testing.assert_array_equal(read_csv(path, target=1, drop=0)[0], images)


def test_a_zip_of_two_files_is_refused(packed):
    path = packed(".zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other.csv", "1,2")
    with pytest.raises(ValueError, match=r"kaggle\.csv\.zip .* zip of 2 files"):
        read_csv(path)


def test_cells_may_be_separated_by_blanks(write):
    X, y = read_csv(write("  0 0.5 3\n  1 0.25 4\n"), target=-1, sep=r"\s+")
    assert X.tolist() == [[0, 0.5], [1, 0.25]]
    assert y.tolist() == [3, 4]


def test_a_bunch_also_holds_names_and_dropped_columns(kaggle):
    X, y = read_csv(kaggle, target="Label", drop="Id")
    bunch = read_csv(kaggle, target="Label", drop="Id", return_X_y=False)
    np.testing.assert_array_equal(bunch.data, X)
    np.testing.assert_array_equal(bunch.target, y)
    assert bunch.feature_names.tolist() == list("123456789")
    assert bunch.dropped["Id"].tolist() == [str(row) for row in range(12)]


def test_a_bunch_has_as_many_dropped_rows_as_images(write):
    path = write("a,b\n1,2\n3,4\n")
    assert read_csv(path, return_X_y=False).dropped.shape == (2, 0)
    assert read_csv(path, drop=["a", 0], return_X_y=False).dropped.shape == (2, 1)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("sep", [",", ";"])
def test_quoted_cells_may_reach_over_lines(write, sep):
    """Wherever a chunk ends: a chunk is 11 rows of 2 columns here."""
    text = f'"la\nbel"{sep}1\n' + f'"x\r\n\n""y"{sep}7\nz"z{sep}8\n' * 30
    X, y = read_csv(write(text), target=0, sep=sep)
    assert X.ravel().tolist() == [7, 8] * 30
    assert y.tolist() == ['x\r\n\n"y', 'z"z'] * 30


@pytest.mark.usefixtures("small_chunks")
def test_dropped_columns_are_the_files_own_text(write):
    ids = ["00012", "1.10", "1234567.0", "", "NA", "1e5", str(10**22), "True"]
    path = write("Id,1,2\n" + "".join(f"{id},7,8\n" for id in ids))
    bunch = read_csv(path, drop="Id", return_X_y=False)
    assert bunch.dropped["Id"].fillna("").tolist() == ids
    assert bunch.data.tolist() == [[7, 8]] * len(ids)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*train\.csv"):
        read_csv(tmp_path / "train.csv", target="Label")


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_refused(write, text):
    with pytest.raises(ValueError, match=r"train\.csv is empty"):
        read_csv(write(text))


def test_a_header_alone_is_refused(write):
    with pytest.raises(ValueError, match="has a header, but no rows"):
        read_csv(write("Id,Label,1,2\n"), target="Label", drop="Id")


@pytest.mark.parametrize("argument", ["target", "drop"])
def test_an_unknown_column_is_refused_with_a_list_of_the_columns(kaggle, argument):
    message = f"kaggle.csv has no column {argument}='label'.*Id, Label, 1, 2.* 9 "
    with pytest.raises(ValueError, match=message):
        read_csv(kaggle, **{argument: "label"})


def test_a_long_list_of_columns_is_shortened(write):
    names = [f"pixel{i}" for i in range(784)]
    path = write(",".join(names) + "\n" + ",".join("0" * 784))
    with pytest.raises(
        ValueError, match=r"pixel9, \.\.\., pixel783 \(pos.* 0 to 783\)"
    ):
        read_csv(path, target="Label")


@pytest.mark.parametrize("target", ["Label", 3, -4])
def test_a_file_without_header_has_positions_only(write, target):
    with pytest.raises(ValueError, match="only positions: 0 to 2, or -1 for the last"):
        read_csv(write("0,0,5\n1,1,7\n"), target=target)


def test_a_file_of_labels_only_is_refused(write):
    with pytest.raises(ValueError, match="left for the pixels"):
        read_csv(write("Id,Label\n0,1\n"), target="Label", drop="Id")


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("x7", "holds 'x7'"),
        ("", "is empty"),
        ("inf", "holds 'inf'"),
        ("nan", "holds 'nan'"),
        ("True", "holds 'True'"),
        ("1e300", "holds '1e300'"),
    ],
)
def test_a_cell_that_is_no_number_is_named_by_line_and_column(kaggle, cell, state):
    lines = kaggle.read_text().splitlines()
    # Line 10 of the file, the pixel column "3", the fifth of the row.
    cells = lines[9].split(",")
    cells[4] = cell
    lines[9] = ",".join(cells)
    kaggle.write_text("\n".join(lines))
    with pytest.raises(
        ValueError, match=rf"csv, line 10, column '3': the cell {state}"
    ):
        read_csv(kaggle, target="Label", drop="Id")


def test_a_column_of_truth_values_is_text(write):
    with pytest.raises(ValueError, match="line 2, column 'b': the cell holds 'True'"):
        read_csv(write("a,b\n1,True\n2,False\n"))


@pytest.mark.usefixtures("small_chunks")
def test_blank_lines_are_skipped_but_counted(write):
    path = write("\na,b\n\n1,1\n  \n2,2\n\n3,three\n\n")
    with pytest.raises(ValueError, match="line 8, column 'b': the cell holds 'three'"):
        read_csv(path)


def test_lines_without_a_header_are_counted_from_one(write):
    with pytest.raises(ValueError, match="line 2, column '1': the cell is empty"):
        read_csv(write("0,0,5\n1,,7\n"))


def test_an_empty_label_is_named(write):
    with pytest.raises(
        ValueError, match=r"line 3, column 'y': the cell is empty.*label"
    ):
        read_csv(write("y,1\n5,0\n,1\n"), target="y")


def test_a_row_that_is_too_short_is_named(write):
    with pytest.raises(ValueError, match="line 3, column 'c': the cell is empty"):
        read_csv(write("a,b,c\n1,2,3\n1,2\n"))


def test_a_row_without_its_dropped_cells_is_named(write):
    with pytest.raises(ValueError, match="first line has 3 cells, but line 3 has 2"):
        read_csv(write("a,b,id\n1,2,x\n1,2\n"), drop="id")


@pytest.mark.parametrize(
    "text", ["a,b,c\n1,2,3\n1,2,3,4\n", "a,b,c\n1,2,3,4\n1,2,3,4\n", "a,b\n1,2,3,4\n"]
)
def test_rows_longer_than_the_header_are_refused(write, text):
    with pytest.raises(
        ValueError, match=r"train\.csv cannot be read as a CSV file: .*4"
    ):
        read_csv(write(text))


@pytest.mark.parametrize("name", ["train.csv", "train.csv.gz", "train.csv.zip"])
def test_what_is_no_text_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\0\0" * 9)
    with pytest.raises(ValueError, match=f"{name} cannot be read as a CSV file"):
        read_csv(path)


@pytest.mark.parametrize("suffix", PACKED)
def test_a_truncated_packed_file_is_refused(packed, suffix):
    path = packed(suffix)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match=rf"kaggle\.csv\{suffix} cannot be read"):
        read_csv(path)


@pytest.mark.parametrize("suffix", PACKED)
def test_a_packed_file_with_a_damaged_byte_is_refused(packed, suffix):
    path = packed(suffix)
    content = bytearray(path.read_bytes())
    content[80] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"kaggle\.csv\{suffix} cannot be read"):
        read_csv(path)


@pytest.mark.parametrize("before", [b"", b"a,b\n1,2\n"])
def test_a_line_too_long_for_an_image_is_refused_before_it_is_read(
    tmp_path, monkeypatch, before
):
    monkeypatch.setattr(_csv_table, "_LONGEST_LINE", 2**20)
    path = tmp_path / "train.csv"
    path.write_bytes(gzip.compress(before + b"0," * 2**20, 1))
    with pytest.raises(ValueError, match=r"train\.csv cannot .* line .* than 1 MB"):
        read_csv(path)


@pytest.mark.parametrize(
    ("text", "sep", "message"),
    [
        ("\na,b\n\n1,1\n  \n2,three\n", ",", "line 6, column 'b'.*holds 'three'"),
        ("a,b\n1,nan\n", ",", "line 2, column 'b'.*holds 'nan'"),
        ("a,b\n1,\n", ",", "line 2, column 'b'.*is empty"),
        ("a,b\n1\n", ",", "line 2, column 'b'.*is empty"),
        ("a,b\n1,2,3\n", ",", r"train\.csv cannot.* 2 cells, but line 2 has 3"),
        ("a b\n 1  x\n", r"\s+", "line 2, column 'b'.*holds 'x'"),
        ("a,b\n1,2\n1,1_0\n", ",", "line 3, column 'b'.*holds '1_0'"),
        ("a,b\n1,\uff11\n", ",", "line 2, column 'b'.*holds '\uff11'"),
        ('a,b\n1,2\n3,"4\n', ",", "train.csv cannot be read.* ends within a cell"),
    ],
)
def test_a_bad_cell_is_named_whatever_the_separator(write, text, sep, message):
    with pytest.raises(ValueError, match=message):
        read_csv(write(text), sep=sep)


def test_columns_cost_next_to_nothing(write):
    n = 2**14
    path = write("\n".join([",".join(map(str, range(n))), ",".join(["7"] * n)]))
    n_calls = 0

    def profile(frame, event, arg):
        nonlocal n_calls
        n_calls += event == "call"

    sys.setprofile(profile)
    try:
        X, _ = read_csv(path, target=0)
    finally:
        sys.setprofile(None)
    assert X.shape == (1, n - 1)
    # pandas makes a hundred for each column.
    assert n_calls < n


@pytest.mark.parametrize("sep", ["", ", ", "\n", '"', r"[;,]"])
def test_a_separator_of_several_characters_is_refused(kaggle, sep):
    with pytest.raises(ValueError, match="sep must be one character"):
        read_csv(kaggle, sep=sep)


@pytest.mark.usefixtures("small_chunks")
def test_quoted_cells_hold_what_is_between_the_quotes(write):
    rows = '"a,b","1","2"\r\n\'c\',3,4\r\n" d ""e""",5,"6"\r\n'
    X, y = read_csv(write(f'y,"p,0",1\r\n{rows}'), target="y")
    assert y.tolist() == ["a,b", "'c'", ' d "e"']
    assert X.tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("header", [1, True, "yes"])
def test_another_header_is_refused(kaggle, header):
    with pytest.raises(ValueError, match=r"header .* must be one of 'infer'; got"):
        read_csv(kaggle, header=header)


# Prints by how many bytes the peak of the memory grew; arguments: file, then code.
MEASURED = """
import resource, sys
import sklearn.datasets
from skcnn.datasets import read_csv
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
{}
unit = 1 if sys.platform == "darwin" else 1024
print((peak() - before) * unit)
"""


def bytes_of(path, code):
    """Return how many bytes a new process needs for `code`, beyond its program."""
    pytest.importorskip("resource", reason="memory is measured on POSIX only")
    command = [sys.executable, "-c", MEASURED.format(code), path]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(run.stdout)


def test_memory_stays_far_below_what_pandas_takes(tmp_path):
    rng = np.random.default_rng(0)
    rows = [",".join(map(str, rng.integers(0, 256, 784))) for _ in range(100)]
    path = tmp_path / "large.csv"
    path.write_text("".join(f"{i % 5},{rows[i % 100]}\n" for i in range(20_000)))
    code = "X, _ = read_csv(sys.argv[1], target=0); assert X.nbytes == 20_000 * 784"
    # The array is 16 MB, a chunk and its parser 55 MB; the frame would be 126 MB.
    assert bytes_of(path, code) < 100e6


@pytest.mark.slow
@pytest.mark.data
def test_sixty_thousand_images_of_kaggle_stay_far_below_400_megabytes(
    tmp_path, monkeypatch, real_home
):
    monkeypatch.setenv("SKCNN_DATA", real_home)
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    csv_file = pytest.importorskip("benchmarks.csv_file")
    path = tmp_path / "train.csv"
    csv_file.write(path)
    code = 'X, _ = read_csv(sys.argv[1], target="Label", drop="Id")'
    # The array is 47 MB.
    assert bytes_of(path, code) < 200e6

    text = path.read_text()
    path.write_text(text[: text.rindex(",")] + ",x\n")
    refused = """
try:
    read_csv(sys.argv[1], target="Label", drop="Id")
except ValueError as error:
    assert "line 60001, column '784': the cell holds 'x'" in str(error)
else:
    raise AssertionError
"""
    assert bytes_of(path, refused) < 300e6


@pytest.mark.parametrize("sep", [";", "\t", ","])
def test_another_separator_is_told_in_one_short_line(tmp_path, sep):
    path = tmp_path / "train.csv"
    path.write_text(sep.join(["Label", *map(str, range(500))]) + "\n")
    other = "," if sep != "," else ";"
    with pytest.raises(ValueError, match="are separated by") as error:
        read_csv(path, target="Label", sep=other)
    assert f"pass sep={sep!r}." in str(error.value)
    assert len(str(error.value)) < 100 + len(str(path))


def test_a_first_column_without_name_is_told(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text(",Label,a,b\n0,cat,1,2\n1,dog,3,4\n")
    with pytest.warns(UserWarning, match="drop=0"):
        read_csv(path, target="Label")
    X, _ = read_csv(path, target="Label", drop=0)
    assert X.tolist() == [[1, 2], [3, 4]]
