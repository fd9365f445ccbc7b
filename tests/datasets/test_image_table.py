"""Labels in a table, pictures in a folder."""

import pytest
from PIL import Image

from skcnn.datasets import read_image_table


@pytest.fixture
def photos(tmp_path):
    """Give a folder of four pictures of two sizes, each of its own grey."""
    folder = tmp_path / "train"
    (folder / "more").mkdir(parents=True)
    for value, name in enumerate(["a01.png", "a02.jpg", "more/b.1.png", "b2.png"]):
        side = 8 if value % 2 else 12
        Image.new("L", (side, side), value * 40).save(folder / name, quality=100)
    return folder


@pytest.fixture
def write(tmp_path):
    """Give a function that writes a table and returns its path."""

    def write(text):
        path = tmp_path / "train.csv"
        path.write_text(text)
        return path

    return write


def greys(X):
    """Return the grey of each picture, which says which one it is."""
    return (X.mean(axis=(1, 2)).round() / 40).astype(int).tolist()


@pytest.mark.parametrize(
    "names",
    [
        ["a02", "b2", "a01", "b.1"],
        ["a02.jpg", "b2.png", "a01.png", "more/b.1.png"],
        ["a02.png", "./b2", "a01", "more/b.1"],
    ],
)
def test_names_may_lack_suffix_and_folder(write, photos, names):
    rows = [f"{name},{label}" for name, label in zip(names, "xyxy", strict=True)]
    X, y = read_image_table(write("\n".join(["id,label", *rows])), photos)
    assert X.shape == (4, 10, 10)
    assert greys(X) == [1, 3, 0, 2]
    assert y.tolist() == ["x", "y", "x", "y"]


def test_columns_are_found_by_what_they_hold(write, photos):
    table = write("who,breed,picture\nme,7,a01\nme,8,b2\nyou,7,a02\n")
    with pytest.raises(ValueError, match=r"which column .* are who, breed, picture"):
        read_image_table(table, photos)
    bunch = read_image_table(table, photos, target="breed", return_X_y=False)
    assert bunch.ids.tolist() == ["a01", "b2", "a02"]
    assert bunch.filenames.tolist() == ["a01.png", "b2.png", "a02.jpg"]
    assert bunch.target.tolist() == [7, 8, 7]
    assert bunch.target_names.tolist() == [7, 8]
    assert bunch.loader.image_shape_ == (8, 8, 1)
    assert bunch.files.error.tolist() == [""] * 3


def test_columns_can_be_named(write, photos):
    table = write("x;a;b\na01;a02;1\na02;a01;2\n")
    X, y = read_image_table(table, photos, sep=";", id="a", target="b")
    assert greys(X) == [1, 0]
    assert y.tolist() == [1, 2]
    for argument in ("id", "target"):
        message = rf"no column {argument}='c'; its columns are x, a, b"
        with pytest.raises(ValueError, match=message):
            read_image_table(table, photos, sep=";", **{argument: "c"})


def test_a_table_of_names_alone_has_no_labels(write, photos):
    X, y = read_image_table(write("id\nb2\na01\n"), photos, size=(4, 4))
    assert X.shape == (2, 4, 4)
    assert y is None


def test_numbers_that_are_labels_are_not_taken_for_names(tmp_path, write):
    for i in range(9):
        Image.new("L", (3, 3), i * 20).save(tmp_path / f"{i}.png")
    rows = "\n".join(f"{i % 2},{i}" for i in range(8, -1, -1))
    bunch = read_image_table(write(f"a,b\n{rows}\n"), tmp_path, return_X_y=False)
    assert bunch.ids.tolist() == [*map(str, range(8, -1, -1))]
    assert bunch.target.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0]


def test_missing_files_are_named_or_skipped(write, photos):
    table = write("id,label\na01,x\nnone,y\nb2,y\n")
    message = r"1 of 3 files cannot be read as images: none \(there is no such file\)"
    with pytest.raises(ValueError, match=message):
        read_image_table(table, photos)
    with pytest.warns(UserWarning, match=message):
        X, y = read_image_table(table, photos, on_error="skip")
    assert greys(X) == [0, 3]
    assert y.tolist() == ["x", "y"]


def test_another_folder_is_told(write, photos):
    table = write("id,label\nc1,x\nc2,y\n")
    message = r"No column .*train\.csv names .*'a01\.png'.* are id, label.* is c1, x"
    with pytest.raises(ValueError, match=message):
        read_image_table(table, photos)


def test_a_name_that_two_files_have_is_told(write, photos):
    Image.new("L", (3, 3)).save(photos / "more" / "b2.png")
    X, _ = read_image_table(write("id,label\nb2,x\na01,y\n"), photos)
    assert len(X) == 2  # the one on top is meant
    Image.new("L", (3, 3)).save(photos / "b2.gif")
    with pytest.raises(ValueError, match=r"'b2' .* may be any of b2\.gif, b2\.png"):
        read_image_table(write("id,label\nb2,x\na01,y\n"), photos)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label\na01,x\na02,y\nb2,x y\n", r"several labels .*'x y'.*one label per"),
        ("id,label\na01,x\na02,y\nb2,x|y\n", r"several labels .*'x\|y'"),
        ("id,label\na01,\"['x', 'y']\"\n", "several labels"),
        ("id,label\na01,x\na01,y\n", "different labels for one image, such as 'a01'"),
        ("id,x,y\na01,1,1\na02,0,1\n", r"several are 1 for one .*target='x' first"),
        ("id,x,y\na01,1,0\na02,0,1\n", r"for each class \(x, y\).*idxmax\(axis=1\)"),
        ("id,label\na01,x\na02,\n", r"no label for 'a02' \(row 1"),
        ("a01,x\na02,y\n", r"no header: its first line names the file 'a01'\. Write"),
        ("id,label\n", "no rows below it"),
        ("", "cannot be read as a CSV file"),
    ],
)
def test_labels_that_are_not_one_per_image_are_refused(write, photos, text, message):
    with pytest.raises(ValueError, match=message):
        read_image_table(write(text), photos)


def test_names_of_classes_may_have_blanks(write, photos):
    table = write("id,label\na01,red car\na02,blue car\nb2,red bus\n")
    assert read_image_table(table, photos)[1][2] == "red bus"


def test_what_is_not_there_is_told(write, photos, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*test\.csv"):
        read_image_table(tmp_path / "test.csv", photos)
    with pytest.raises(FileNotFoundError, match=r"no folder .*trian"):
        read_image_table(write("id,label\na01,x\n"), tmp_path / "trian")
