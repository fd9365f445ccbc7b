import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skcnn.cli._option_types import Source
from skcnn.cli._sources import read_images, read_training


def training(source, **options):
    return read_training(Source(str(source), **options), seed=0)[0]


# --- CSV --------------------------------------------------------------------------


def test_labels_and_ids_are_found_by_their_names(kaggle, shapes):
    images = training(kaggle.train)
    np.testing.assert_array_equal(images.X, shapes[0].reshape(60, 64))
    assert images.y.tolist() == shapes[1].tolist()
    assert images.ids.tolist() == [str(row) for row in range(60)]
    assert str(images).endswith(
        "60 images of 64 pixels, uint8, 3 classes (labels from column Label, "
        "without Id)"
    )


@pytest.mark.parametrize("name", ["target", "Class", "category"])
def test_labels_are_found_by_any_of_their_usual_names(kaggle, tmp_path, name):
    path = tmp_path / "train.csv"
    path.write_text(kaggle.train.read_text().replace("Label", name, 1))
    assert training(path).y.tolist() == training(kaggle.train).y.tolist()


@pytest.mark.parametrize("target", ["Label", "1", "-65"])
def test_a_column_is_named_or_numbered(kaggle, tmp_path, target):
    frame = pd.read_csv(kaggle.train).rename(columns={"1": "first"})
    frame.to_csv(tmp_path / "train.csv", index=False)
    assert training(tmp_path / "train.csv", target=target).y[0] == "left"


def test_a_name_of_digits_goes_before_a_position(kaggle):
    assert len(np.unique(training(kaggle.train, target="1", drop="Label").y)) > 3


def test_a_file_without_header_has_positions(tmp_path, shapes):
    frame = pd.DataFrame(shapes[0].reshape(60, 64)).assign(label=shapes[1])
    frame.to_csv(tmp_path / "plain.csv", header=False, index=False)
    images = training(tmp_path / "plain.csv", target="-1")
    assert images.X.shape == (60, 64)
    assert images.ids is None
    with pytest.raises(ValueError, match="no names, only positions: 0 to 64"):
        training(tmp_path / "plain.csv", target="Label")


def test_further_columns_are_dropped(kaggle, tmp_path):
    frame = pd.read_csv(kaggle.train).assign(when=2020, who="me")
    frame.to_csv(tmp_path / "train.csv", index=False)
    images = training(tmp_path / "train.csv", drop="when, who")
    assert images.X.shape == (60, 64)
    assert images.id_column == "Id"


def test_test_images_may_lack_columns_that_are_dropped(kaggle, tmp_path):
    path = tmp_path / "train.csv"
    pd.read_csv(kaggle.train).assign(when=2020).to_csv(path, index=False)
    source = Source(str(path), drop="Id,when", test=str(kaggle.labelled))
    images, test = read_training(source, seed=0)
    assert images.X.shape == (60, 64)
    assert test.X.shape == (30, 64)


def test_predictions_read_no_labels(kaggle):
    images = read_images(Source(str(kaggle.test)))
    assert images.X.shape == (30, 64)
    assert images.y is None
    assert images.ids.tolist() == [str(id) for id in range(900, 930)]


def test_a_column_of_labels_is_no_pixel_when_predicting(kaggle):
    assert read_images(Source(str(kaggle.labelled))).X.shape == (30, 64)


def test_rows_are_cut_into_images_that_are_no_squares(kaggle):
    images = training(kaggle.train, image_shape="4x16")
    assert images.X.shape == (60, 4, 16)


# --- other kinds ------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_labels_of_an_idx_file_are_beside_it(write_idx, shapes, packed):
    codes = np.unique(shapes[1], return_inverse=True)[1].astype(np.uint8)
    path = write_idx("train-images-idx3-ubyte", shapes[0])
    labels = write_idx("train-labels-idx1-ubyte", codes)
    if packed:
        import gzip

        labels.with_name(f"{labels.name}.gz").write_bytes(
            gzip.compress(labels.read_bytes())
        )
        labels.unlink()
    images = training(path)
    assert images.X.shape == (60, 8, 8)
    assert images.y.tolist() == codes.tolist()


def test_labels_come_from_a_file_of_their_own(write_idx, tmp_path, shapes):
    np.save(tmp_path / "y.npy", shapes[1])
    np.save(tmp_path / "X.npy", shapes[0])
    idx = write_idx("pictures.idx", shapes[0])
    for path in (tmp_path / "X.npy", idx):
        images = training(path, labels=str(tmp_path / "y.npy"))
        assert images.y.tolist() == shapes[1].tolist()


def test_a_file_of_both_parts_gives_test_images_for_the_test(tmp_path, shapes):
    X, y = shapes
    path = tmp_path / "both.npz"
    np.savez(path, x_train=X, y_train=y, x_test=X[:9] // 2, y_test=y[:9])
    images, test = read_training(Source(str(path), test=str(path)), seed=0)
    assert images.X.shape == (60, 8, 8)
    assert test.X.shape == (9, 8, 8)


@pytest.fixture
def folder(tmp_path, shapes):
    """Give a folder with a folder of two images for each class."""
    for label in np.unique(shapes[1]):
        (tmp_path / "set" / label).mkdir(parents=True)
        for at, pixels in enumerate(shapes[0][shapes[1] == label][:2]):
            Image.fromarray(pixels).save(tmp_path / "set" / label / f"{at}.png")
    return tmp_path / "set"


def test_a_folder_has_its_classes_as_labels(folder):
    images = training(folder)
    assert images.X.shape == (6, 8, 8)
    assert images.y.tolist() == ["left"] * 2 + ["spot"] * 2 + ["top"] * 2


def test_a_folder_to_predict_needs_no_classes_and_gives_names(folder):
    shutil.copy(folder / "top" / "0.png", folder / "new.png")
    images = read_images(Source(str(folder), size="4x4"))
    assert images.X.shape == (7, 4, 4)
    assert images.y is None
    assert images.ids[0] == "left/0.png"


def test_known_sets_need_no_file():
    assert training("digits").X.shape == (1797, 8, 8)


def test_a_sample_has_the_classes_in_their_shares(kaggle):
    few = training(kaggle.train, n_images=9)
    assert np.unique(few.y, return_counts=True)[1].tolist() == [3, 3, 3]
    np.testing.assert_array_equal(few.X, training(kaggle.train).X[few.ids.astype(int)])
    again = training(kaggle.train, n_images=9)
    np.testing.assert_array_equal(few.X, again.X)
    assert len(training(kaggle.train, n_images=59).X) == 59
    assert len(training(kaggle.train, n_images=99).X) == 60


# --- refusals ---------------------------------------------------------------------


def test_a_missing_file_is_told_with_the_known_sets(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"digts .*mnist.*Did you mean 'digits'"
    ):
        training("digts")
    with pytest.raises(FileNotFoundError, match=r"no file or folder no\.npy"):
        training("digits", labels="no.npy")


def test_a_file_of_unknown_kind_is_told_what_there_is(tmp_path):
    (tmp_path / "images.txt").write_text("1")
    with pytest.raises(ValueError, match=r"images\.txt is no kind.*\.csv.*\.npz.*IDX"):
        training(tmp_path / "images.txt")


def test_a_known_set_has_its_parts():
    with pytest.raises(ValueError, match="digits is not split"):
        training("digits:test")
    with pytest.raises(ValueError, match="split must be one of 'train', 'test'"):
        training("fashion:tset")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "Labl"}, r"no column 'Labl' \(--target\).* are Id, Label, 1, .*64"),
        ({"drop": "Idd"}, r"no column 'Idd' \(--drop\); its columns are Id, Label"),
        ({"target": "66"}, "no column '66'"),
        ({"size": "8x8"}, "--size is for a folder, but .* is a CSV file"),
        ({"image_shape": "9x9"}, "--image-shape 9x9 has 81 pixels, but .* has 64"),
        ({"n_images": 2}, "--images 2 is fewer than one for each of 3 classes"),
    ],
)
def test_options_that_do_not_fit_the_file(kaggle, options, message):
    with pytest.raises(ValueError, match=message):
        training(kaggle.train, **options)


def test_a_training_file_without_labels_lists_its_columns(kaggle):
    with pytest.raises(ValueError, match=r"Name it with --target; .* Id, 0, 1, .*63"):
        training(kaggle.test)


def test_images_without_labels_are_told_about_the_option(tmp_path, shapes):
    np.save(tmp_path / "X.npy", shapes[0])
    with pytest.raises(ValueError, match=r"X\.npy has no labels.*--labels"):
        training(tmp_path / "X.npy")


def test_labels_must_be_as_many_as_images(tmp_path, shapes):
    np.save(tmp_path / "X.npy", shapes[0])
    np.save(tmp_path / "y.npy", shapes[1][:50])
    message = r"holds 60 images, but .*y\.npy holds 50 labels"
    with pytest.raises(ValueError, match=message):
        training(tmp_path / "X.npy", labels=str(tmp_path / "y.npy"))


def test_labels_that_are_images_are_refused(tmp_path, shapes):
    np.save(tmp_path / "X.npy", shapes[0])
    source = Source(str(tmp_path / "X.npy"), labels=str(tmp_path / "X.npy"))
    with pytest.raises(ValueError, match=r"shape \(60, 8, 8\); one per image"):
        read_images(source, "labels")


def test_images_that_are_labels_are_refused(write_idx):
    path = write_idx("train-labels-idx1-ubyte", np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="holds 3 labels and no images"):
        training(path)


def test_an_option_for_columns_is_refused_for_other_kinds():
    with pytest.raises(ValueError, match="--target is for a CSV file, but digits is a"):
        training("digits", target="Label")
    with pytest.raises(ValueError, match="--drop is for a CSV file"):
        training("digits", drop="Id")


def test_labels_of_test_images_need_test_images():
    with pytest.raises(ValueError, match="--test-labels needs --test"):
        training("digits", test_labels="y.npy")


# --- Tables as people have them ---------------------------------------------------


def test_a_separator_is_named(kaggle, tmp_path, fail, succeed):
    path = tmp_path / "train.csv"
    for sep, option in ((";", "';'"), ("\t", "tab")):
        pd.read_csv(kaggle.train).to_csv(path, index=False, sep=sep)
        assert "In a shell: --sep ';' or --sep tab." in fail(f"describe {path}")
        assert "60 images of 64" in succeed(f"describe {path} --sep {option}")
    assert "--sep is for a CSV file" in fail("describe digits --sep tab")


@pytest.mark.parametrize("times", [1, 2])
def test_the_index_that_pandas_writes_is_left_out(kaggle, tmp_path, times):
    path = tmp_path / "train.csv"
    frame = pd.read_csv(kaggle.train).drop(columns="Id")
    for _ in range(times):
        frame.to_csv(path, index=times == 1 or "Unnamed: 0" not in frame)
        frame = pd.read_csv(path)
    images = training(path)
    assert images.X.shape == (60, 64)
    assert "without " in images.columns
    assert images.id_column == ""
    assert read_images(Source(str(path))).X.shape == (60, 64)


def test_a_first_column_without_name_may_hold_the_labels(kaggle, tmp_path):
    path = tmp_path / "train.csv"
    frame = pd.read_csv(kaggle.train).drop(columns="Id")
    frame.rename(columns={"Label": ""}).to_csv(path, index=False)
    images = training(path, target="0")
    assert images.y[0] == "left"
    assert images.X.shape == (60, 64)


def test_a_column_called_label_is_not_taken_for_pixels(kaggle, fail):
    error = fail(f"describe {kaggle.train} --target 3")
    assert "did you mean --target Label?" in error


def test_some_images_are_described(kaggle, succeed):
    for source in (kaggle.train, kaggle.test):
        assert ": 20 images of 64" in succeed(f"describe {source} --images 20")


def test_arrays_of_other_names_are_to_be_renamed(tmp_path, shapes, fail):
    np.savez(tmp_path / "foo.npz", foo=shapes[0], bar=shapes[1])
    error = fail(f"describe {tmp_path / 'foo.npz'}")
    assert "its arrays are foo, bar." in error
    assert "In a shell: arrays that are called X and y in the file." in error
