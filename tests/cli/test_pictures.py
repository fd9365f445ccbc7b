"""A folder of photographs, as people have them: look, compare, fit, predict."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.pipeline import Pipeline

from skcnn import ImageLoader, SVMClassifier, load, save

# Skipped files are told as a warning, which the command shows in its own way.
pytestmark = pytest.mark.filterwarnings("always:.*They are skipped")

KINDS = ("dots", "rows", "stripes")


def photo(kind, height, width, seed):
    """Return a picture of its kind in colours of its own, (height, width, 3)."""
    rng = np.random.default_rng(seed)
    down, across = np.indices((height, width)) / min(height, width)
    waves = {
        "rows": np.sin(25 * down),
        "stripes": np.sin(25 * across),
        "dots": np.sin(25 * down) * np.sin(25 * across),
    }
    grey = 110 + 90 * waves[kind] + rng.normal(0, 10, (height, width))
    return (grey[..., None] * rng.uniform(0.6, 1, 3)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def album(tmp_path_factory):
    """Give photographs of three kinds. Careful: do not change them.

    Attributes
    ----------
    train : a folder of 150 in folders by kind, of many sizes; one was taken with the
        camera on its side, one is transparent, one is grey, one is cut off.
    new : a folder of 12 others, of other sizes.
    kinds : the kinds of these, by file name.
    """
    folder = tmp_path_factory.mktemp("album")
    rng = np.random.default_rng(0)
    for row in range(150):
        kind = KINDS[row % 3]
        image = Image.fromarray(photo(kind, *rng.integers(40, 90, 2), row))
        _save(folder / "train" / kind, f"{row:03}", image, row)
    (folder / "train/rows/notes.txt").write_text("taken in May")
    (folder / "train/rows/Thumbs.db").touch()
    kinds = {}
    for row in range(12):
        kinds[f"p{row}.jpg"] = kind = KINDS[row % 3]
        image = Image.fromarray(photo(kind, *rng.integers(30, 300, 2), 900 + row))
        (folder / "new").mkdir(exist_ok=True)
        image.save(folder / "new" / f"p{row}.jpg")
    return SimpleNamespace(train=folder / "train", new=folder / "new", kinds=kinds)


def _save(folder, name, image, row):
    folder.mkdir(parents=True, exist_ok=True)
    if row == 4:  # turned as it is stored, and EXIF says so
        exif = Image.Exif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(
            folder / f"{name}.jpg", exif=exif
        )
    elif row == 5:
        image.putalpha(240)
        image.save(folder / f"{name}.png")
    elif row == 6:
        image.convert("L").save(folder / f"{name}.png")
    else:
        image.save(folder / f"{name}.jpg")
    if row == 7:
        path = folder / f"{name}.jpg"
        path.write_bytes(path.read_bytes()[:500])


@pytest.fixture(scope="module")
def album_model(album, command, tmp_path_factory):
    """Give the file of a model that the command has fitted on the album."""
    path = tmp_path_factory.mktemp("model") / "album.skcnn"
    done = command(f"fit {album.train} --skip-broken --model hog --out {path}")
    assert done.exit_code == 0, done.output
    return path


# --- look -----------------------------------------------------------------------------


def test_describe_tells_sizes_modes_and_broken_files(succeed, album):
    output = succeed(f"describe {album.train}")
    lines = {line.split("  ")[0]: line for line in output.splitlines()}
    assert lines["files"].endswith("150, 1 broken")
    assert "(height x width)" in lines["sizes"]
    assert "147 RGB, " in lines["modes"]
    assert {"1 RGBA", "1 L"} <= set(lines["modes"].split(", ")[1:])
    words = " ".join(output.split())
    assert "1 of 150 files cannot be read as images: rows/007.jpg (" in words
    assert "1 file left out: 1 .txt" in output
    assert "cropped to" in output


def test_a_broken_file_ends_a_fit_with_its_name_and_the_option(fail, album, tmp_path):
    error = fail(f"fit {album.train} --model svm --out {tmp_path / 'm.skcnn'}")
    assert "1 of 150 files cannot be read as images" in error
    assert "007.jpg" in error
    assert "In a shell: --skip-broken." in error
    assert not list(tmp_path.iterdir())


# --- from files to labels -------------------------------------------------------------


def test_compare_takes_the_folder(succeed, album):
    output = succeed(
        f"compare {album.train} --skip-broken --models svm,hog --cv 3 "
        "--scoring accuracy"
    )
    assert re.search(r"149 images of (\d\d)x\1x3, uint8, 3 classes", output)
    assert re.search(r"sizes, cropped to .*; --size and --resize change it", output)
    assert "hog" in output


def test_new_pictures_of_other_sizes_are_predicted(succeed, album, album_model):
    output = succeed(f"predict {album_model} {album.new} --quiet")
    rows = dict(line.split(",") for line in output.splitlines()[1:])
    assert rows.keys() == album.kinds.keys()
    assert np.mean([rows[name] == kind for name, kind in album.kinds.items()]) > 0.8


def test_a_single_picture_is_predicted_as_it_is_among_others(
    succeed, album, album_model
):
    among = succeed(f"predict {album_model} {album.new} --quiet").splitlines()
    alone = succeed(f"predict {album_model} {album.new / 'p3.jpg'} --quiet")
    assert alone.splitlines()[1:] == [one for one in among if one.startswith("p3.jpg,")]


def test_the_model_is_a_pipeline_that_takes_paths(album, album_model, succeed):
    model = load(album_model)
    assert isinstance(model, Pipeline)
    assert isinstance(model[0], ImageLoader)
    labels = model.predict([str(album.new / name) for name in album.kinds])
    output = succeed(f"predict {album_model} {album.new} --quiet")
    rows = dict(line.split(",") for line in output.splitlines()[1:])
    assert [rows[name] for name in album.kinds] == labels.tolist()


def test_a_broken_new_picture_is_named_or_skipped(
    succeed, fail, album, album_model, tmp_path
):
    Image.new("RGB", (50, 40)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no image")
    line = f"predict {album_model} {tmp_path}"
    assert "b.png (no image of a known format)" in fail(line)
    output = succeed(f"{line} --skip-broken")
    assert "b.png (no image" in output
    assert sum(one.startswith("a.png,") for one in output.splitlines()) == 1


def test_test_pictures_are_brought_to_the_size_of_the_training(
    succeed, album, tmp_path
):
    for name, kind in album.kinds.items():
        (tmp_path / kind).mkdir(exist_ok=True)
        (tmp_path / kind / name).write_bytes((album.new / name).read_bytes())
    output = succeed(
        f"fit {album.train} --test {tmp_path} --skip-broken --model hog "
        "--size 48x40 --resize stretch"
    )
    assert "149 images of 48x40x3" in output
    assert "12 images of 48x40x3" in output
    assert "stretched to 48x40 as the model wants" in output
    assert "test accuracy: " in output


def test_a_report_of_such_a_model_takes_folders(succeed, album, album_model, tmp_path):
    page = tmp_path / "page.html"
    succeed(f"report {album_model} {album.train} --skip-broken --out {page}")
    assert "stripes" in page.read_text(encoding="utf-8")


# --- options --------------------------------------------------------------------------


def test_what_the_model_has_decided_is_not_said_again(fail, album, album_model):
    for option in ("--size 32x32", "--resize pad", "--color rgb"):
        error = fail(f"predict {album_model} {album.new} {option}")
        assert f"{option.split()[0]} was decided when the model was fitted" in error


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--size 32", "--size is a height and a width"),
        ("--resize fit", "resize must be one of 'crop', 'pad', 'stretch'"),
        ("--color blue", "color must be one of 'auto', 'grayscale', 'rgb'"),
        ("--images-dir .", "--images-dir is for a CSV file"),
    ],
)
def test_wrong_options_are_refused(fail, album, option, message):
    assert message in fail(f"describe {album.train} {option}")


def test_options_for_pictures_are_refused_for_other_kinds(fail):
    for option in ("--size 8x8", "--resize pad", "--color rgb"):
        assert f"{option.split()[0]} is for a folder" in fail(
            f"describe digits {option}"
        )


def test_one_picture_is_no_training_set(fail, album, tmp_path):
    error = fail(f"fit {album.new / 'p0.jpg'} --out {tmp_path / 'm.skcnn'}")
    assert "p0.jpg is one picture, without a label" in error


@pytest.mark.parametrize("channels", [1, 3])
def test_a_model_that_was_fitted_on_arrays_knows_its_size(
    succeed, album, tmp_path, channels
):
    X = np.random.default_rng(0).integers(0, 255, (12, 20, 16, channels), np.uint8)
    model = SVMClassifier().fit(X, ["a", "b"] * 6)
    save(model, tmp_path / "m.skcnn")
    output = succeed(f"predict {tmp_path / 'm.skcnn'} {album.new}")
    assert "stretched to 20x16 as the model wants" in output
    loader = ImageLoader(
        size=(20, 16), color="rgb" if channels == 3 else "grayscale", resize="stretch"
    )
    paths = [album.new / name for name in album.kinds]
    labels = model.predict(loader.fit_transform(paths))
    rows = [line.split(",") for line in output.splitlines() if line[:1] == "p"]
    assert {name: label for name, label in rows if name in album.kinds} == dict(
        zip(album.kinds, labels, strict=True)
    )


# --- one column of names --------------------------------------------------------------


@pytest.fixture
def table(album, tmp_path):
    """Give the file of a table that names the album's pictures without suffix."""
    files = sorted(album.train.rglob("*.jpg"))
    rows = [(f.stem, f.parent.name) for f in files if f.stem != "007"]
    path = tmp_path / "train.csv"
    pd.DataFrame(rows, columns=["id", "label"]).to_csv(path, index=False)
    return path


def test_labels_may_stand_in_a_table(succeed, album, table, tmp_path):
    model, out = tmp_path / "m.skcnn", tmp_path / "out.csv"
    output = succeed(
        f"fit {table} --images-dir {album.train} --model hog --out {model}"
    )
    assert "147 images of " in output
    pd.DataFrame({"id": ["p3", "p1"]}).to_csv(tmp_path / "test.csv", index=False)
    succeed(
        f"predict {model} {tmp_path / 'test.csv'} --images-dir {album.new} --out {out}"
    )
    submission = pd.read_csv(out)
    assert submission.columns.tolist() == ["id", "Label"]
    assert submission.id.tolist() == ["p3", "p1"]


def test_a_table_without_its_folder_says_the_option(fail, table):
    assert "In a shell: --images-dir FOLDER." in fail(f"describe {table}")


def test_a_table_without_labels_is_told(fail, album, tmp_path):
    pd.DataFrame({"id": ["p3", "p1"]}).to_csv(tmp_path / "t.csv", index=False)
    line = f"fit {tmp_path / 't.csv'} --images-dir {album.new} --out {tmp_path}/m.skcnn"
    assert "has a column of names, id, and none of labels" in fail(line)
