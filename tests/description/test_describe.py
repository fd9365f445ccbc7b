import json
import os
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from skcnn import HOGFeatures
from skcnn.base.scaling import decide_rescale
from skcnn.datasets import Description, describe, fetch_fashion_mnist


@pytest.fixture
def images():
    """Give 40 different images of 6x6 pixels, uint8, 0 to 255."""
    images = np.random.default_rng(0).integers(0, 256, (40, 6, 6), dtype=np.uint8)
    images[0, 0, :2] = 0, 255
    return images


@pytest.fixture
def labels():
    """Give labels of four classes of ten images each."""
    return np.repeat(["a", "b", "c", "d"], 10)


def only_warning(description):
    """Return the one warning there is."""
    (text,) = description.warnings
    return text


def test_good_data_are_described_without_a_warning(images, labels):
    description = describe(images, labels)
    assert isinstance(description, Description)
    assert description.shape == (40, 6, 6)
    assert (description.n_images, description.n_pixels) == (40, 36)
    assert description.image_shape == (6, 6, 1)
    assert (description.dtype, description.n_bytes) == ("uint8", 1440)
    assert (description.minimum, description.maximum) == (0, 255)
    assert description.mean == pytest.approx(images.mean())
    assert description.class_counts.to_dict() == dict.fromkeys("abcd", 10)
    assert description.imbalance == 1
    assert description.warnings == ()
    assert "No warnings." in str(description)


def test_all_layouts_are_described_alike(layout):
    description = describe(layout.X, layout.y)
    images = layout.images
    assert description.n_images == len(images)
    assert description.n_pixels == images[0].size
    assert description.minimum == images.min()
    assert description.maximum == images.max()
    assert description.mean == pytest.approx(images.mean())
    assert description.dtype == "uint8"
    if not layout.name.startswith(("flat colour", "frame colour")):
        assert description.image_shape == layout.image_shape
    assert describe(images, X_test=layout.X).leaked_rows.size == len(images)


def test_labels_may_be_missing_altogether(images):
    description = describe(images)
    assert description.class_counts is None
    assert description.imbalance is None
    assert "no labels" in str(description)


@pytest.mark.parametrize(
    "y",
    [
        [0, 1] * 20,
        pd.Series([0, 1] * 20, index=range(40, 80)),
        pd.DataFrame({"y": [0, 1] * 20}),
        np.array([[0], [1]] * 20),
        pd.Categorical([0, 1] * 20, categories=[0, 1, 2]),
    ],
)
def test_labels_come_in_any_container(images, y):
    assert describe(images, y).class_counts.to_dict() == {0: 20, 1: 20}


def test_missing_and_infinite_pixels_are_counted_and_left_out(images):
    X = images.astype(float)
    X[3, 0, 0], X[3, 1, 1], X[7, 2, 2] = np.nan, np.inf, np.nan
    description = describe(X)
    assert (description.n_missing, description.n_infinite) == (2, 1)
    assert description.incomplete_rows.tolist() == [3, 7]
    assert description.mean == pytest.approx(np.mean(X[np.isfinite(X)]))
    assert description.maximum == 255
    assert "2 images of X (rows 3, 7)" in only_warning(description)


@pytest.mark.parametrize("dtype", ["float64", "Int64", object])
def test_empty_cells_of_a_frame_are_missing_pixels(images, dtype):
    frame = pd.DataFrame(images.reshape(40, 36)).astype(dtype)
    frame.iloc[5, 5] = None
    assert describe(frame).n_missing == 1
    assert describe(frame).incomplete_rows.tolist() == [5]


def test_pixels_that_are_all_missing_have_no_range():
    description = describe(np.full((3, 2, 2), np.nan))
    assert np.isnan([description.minimum, description.maximum, description.mean]).all()
    assert description.to_dict()["mean"] is None


def test_constant_images_and_pixels_are_counted(images):
    images[4] = 7
    images[:, 5, 5] = 7
    description = describe(images)
    assert description.constant_rows.tolist() == [4]
    assert description.n_constant_pixels == 1
    assert "1 image of X is of one value only (row 4)" in only_warning(description)


def test_duplicates_are_the_later_ones_and_leave_each_image_once(images, labels):
    images[[5, 9]] = images[2]
    description = describe(images, labels)
    assert description.duplicate_rows.tolist() == [5, 9]
    assert description.contradicting_rows.size == 0
    assert "2 images of X repeat an earlier one" in only_warning(description)
    cleaned = np.delete(images, description.duplicate_rows, axis=0)
    assert describe(cleaned).duplicate_rows.size == 0
    assert len(cleaned) == 38


def test_equal_images_with_different_labels_contradict_each_other(images, labels):
    images[35] = images[2]
    description = describe(images, labels)
    assert description.contradicting_rows.tolist() == [2, 35]
    assert "2 images are there several times with different" in description.warnings[0]


def test_leaks_are_the_test_rows_and_their_share_bounds_the_error(images, labels):
    test = np.concatenate([255 - images[:8], images[[1, 1]]])
    description = describe(images, labels, X_test=test, y_test=labels[:10])
    assert description.leaked_rows.tolist() == [8, 9]
    # Two of ten: a model that knows them by heart is right on both.
    assert "2 of 10 test images are in X, too" in description.warnings[0]
    assert "by up to 0.2." in description.warnings[0]


def test_leaks_are_found_whatever_the_type_and_the_layout(images):
    test = pd.DataFrame(images[:3].reshape(3, 36).astype(float))
    assert describe(images, X_test=test).leaked_rows.tolist() == [0, 1, 2]
    fractions = images / 255
    test = fractions.astype(np.float32)
    assert describe(fractions, X_test=test).leaked_rows.size == 40


def test_one_pixel_of_difference_is_no_duplicate(images):
    test = images.copy()
    test[:, 5, 5] ^= 1
    assert describe(images, X_test=test).leaked_rows.size == 0


def test_classes_that_training_lacks_are_named(images, labels):
    description = describe(
        images, labels, X_test=255 - images[:20], y_test=["a"] * 19 + ["z"]
    )
    assert description.unseen_classes == ["z"]
    assert "No training image has class 'z'" in only_warning(description)
    assert "class z      0 (0.0%); test 1 (5.0%)" in str(description)


def test_test_images_of_another_scale_are_told(images):
    description = describe(images, X_test=(255 - images) / 255)
    assert "0 to 255, but those of the test images from 0 to 1." in only_warning(
        description
    )


def test_one_extreme_pixel_is_no_other_scale(images):
    X = (images / 255).astype(np.float32)
    test = 1 - X
    test[3, 2, 2] = 99
    assert describe(X, X_test=test).warnings == ()
    test[:, 2] = 99
    assert "those of the test images from 0 to 99." in only_warning(
        describe(X, X_test=test)
    )


def test_missing_pixels_do_not_hide_another_scale(images):
    X, test = images.astype(float), (255 - images) / 255
    X[0, 0, 0] = test[1, 1, 1] = np.nan
    description = describe(X, X_test=test)
    assert description.has_other_scale
    assert description.to_dict()["has_other_scale"] is True
    assert not describe(X, X_test=test * np.nan).has_other_scale


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_labels_are_no_class(images, labels, missing):
    y = list(labels)
    y[3] = missing
    description = describe(images, y)
    assert description.n_missing_labels == 1
    assert description.class_counts.sum() == 39
    assert only_warning(description).startswith("1 label is missing.")


def test_classes_too_small_for_five_folds_are_named(images):
    y = np.repeat(["a", "b", "c", "d"], [12, 12, 12, 4])
    assert "Fewer than 5 images have class 'd'" in describe(images, y).warnings[0]


def test_unequal_classes_are_told(images):
    y = np.repeat(["a", "b"], [32, 8])
    text = only_warning(describe(images, y))
    assert "Class 'a' has 4 times as many images as class 'b'" in text


def test_a_single_class_is_told(images):
    assert "All images have the label 5;" in only_warning(describe(images, [5] * 40))


def test_ids_in_the_place_of_labels_are_told_once(images):
    text = only_warning(describe(images, np.arange(40)))
    assert text.startswith("y has 40 different labels for 40 images.")


def test_many_classes_are_summed_up(images):
    text = str(describe(np.repeat(images, 3, axis=0), np.arange(120) % 30))
    assert "classes     30, of 4 to 4 images" in text
    assert "class 0" not in text


@pytest.mark.parametrize(
    ("width", "cure"),
    [
        (37, "37 is 6 * 6 + 1: drop the column of ids or labels"),
        (108, "pass image_shape=(6, 6, 3)"),
        (109, "6 * 6 * 3 + 1: drop"),
        (58, "58 columns, which is no square image"),
    ],
)
def test_rows_that_are_no_square_get_the_cure_that_estimators_name(width, cure):
    X = np.random.default_rng(0).integers(0, 256, (9, width), dtype=np.uint8)
    description = describe(X)
    assert description.image_shape is None
    text = only_warning(description)
    assert cure in text
    with pytest.warns(UserWarning, match="columns") as said:
        HOGFeatures(pixels_per_cell=1, cells_per_block=1).fit(X)
    assert text == str(said[0].message)


def test_channels_in_front_are_told():
    X = np.random.default_rng(0).integers(0, 256, (9, 3, 8, 8), dtype=np.uint8)
    assert "np.moveaxis(X, 1, -1)" in only_warning(describe(X))


@pytest.mark.parametrize("highest", [2, 15, 63, 64, 127, 128, 254])
def test_bytes_are_dim_where_estimators_leave_them_dark(images, highest):
    images = (images.astype(int) * highest // 255).astype(np.uint8)
    scaling = decide_rescale("auto", images[..., None])
    description = describe(images)
    if images.max() * scaling.scale >= 0.5:
        assert description.warnings == ()
    else:
        warning = only_warning(description)
        assert f"none is above {highest}," in warning
        assert f"divide them by {round(1 / scaling.scale)}, which" in warning


def test_zeros_and_ones_are_not_dim(images):
    assert describe(images > 99).dtype == "uint8"
    assert describe(images > 99).warnings == ()


def test_warnings_are_printed_within_a_terminal_and_complete(images, labels):
    images[:3] = 7
    description = describe(images, labels, X_test=images, y_test=labels)
    text = str(description)
    assert repr(description) == text
    assert max(map(len, text.splitlines())) <= 88
    said = " ".join(text.split("Warnings")[1].split())
    assert all(warning in said for warning in description.warnings)


def test_the_frame_has_the_printed_lines(images, labels):
    description = describe(images, labels)
    frame = description.to_frame()
    assert list(frame.columns) == ["value"]
    assert all(value in str(description) for value in frame["value"])
    assert frame.loc["class a", "value"] == "10 (25.0%)"


def test_the_dict_is_json(images, labels):
    description = describe(images, labels, X_test=images[:5], y_test=labels[:5])
    plain = json.loads(json.dumps(description.to_dict(), allow_nan=False))
    assert plain["class_counts"] == dict.fromkeys("abcd", 10)
    assert plain["n_leaked_rows"] == 5
    assert plain["test"]["n_images"] == 5
    assert plain["warnings"] == list(description.warnings)


def test_the_data_are_left_as_they_are(images, labels):
    before = images.copy()
    images.setflags(write=False)
    describe(images, labels, X_test=images)
    np.testing.assert_array_equal(images, before)


def test_no_copy_of_all_images_is_made():
    X = np.random.default_rng(0).integers(0, 256, (20_000, 784), dtype=np.uint8)
    tracemalloc.start()
    describe(X, np.arange(20_000) % 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A chunk and what is computed from it, and two numbers per image.
    assert peak < X.nbytes / 2


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((0, 8, 8)), r"Found array with 0 sample\(s\)"),
        (np.zeros((3, 0)), r"Found array with 0 feature\(s\)"),
        ([], "images are"),
        (np.zeros(8), r"shape \(8,\), but images are"),
        (np.zeros((1, 2, 3, 4, 5)), r"images are \(n, height, width\)"),
        ([np.zeros((8, 8)), np.zeros((8, 9))], r"X\[0\] .* \(8, 8\) and X\[1\]"),
        (np.array([["a", "b"]]), r"X holds text \('a'\), and pixels are numbers"),
        (np.array([["a", 1]], object), r"X holds text \('a'\)"),
        (pd.DataFrame({"p": [1], "Label": ["x"]}), r"X\['Label'\] holds text"),
    ],
)
def test_what_is_no_image_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        describe(X)


def test_labels_that_do_not_fit_are_refused(images, labels):
    with pytest.raises(ValueError, match="40 images, but y has 39 labels"):
        describe(images, labels[:-1])
    with pytest.raises(ValueError, match=r"one-hot, pass np\.argmax\(y, axis=1\)"):
        describe(images, np.eye(40))
    with pytest.raises(ValueError, match="3 images, but y_test has 40 labels"):
        describe(images, labels, X_test=images[:3], y_test=labels)


def test_test_images_that_do_not_fit_are_refused(images, labels):
    with pytest.raises(ValueError, match=r"36 pixels .* but X_test has 30"):
        describe(images, X_test=images[:, 1:])
    with pytest.raises(ValueError, match=r"single image pass .* \(X is X_test here"):
        describe(images, X_test=images[0, 0])
    with pytest.raises(ValueError, match="y_test came without X_test"):
        describe(images, labels, y_test=labels)


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("SKCNN_DATA"), reason="SKCNN_DATA is not set")
def test_fashion_mnist_at_a_glance():
    X, y = fetch_fashion_mnist()
    X_test, y_test = fetch_fashion_mnist(split="test")
    description = describe(X, y, X_test=X_test, y_test=y_test)
    assert description.class_counts.tolist() == [6000] * 10
    assert len(description.duplicate_rows) == len(X) - len(
        {image.tobytes() for image in X}
    )
    assert description.leaked_rows.size == 0


# --- image files ----------------------------------------------------------------------


@pytest.fixture
def files():
    """Give a table as readers of pictures make it: three sizes, one file cut off."""
    rows = [
        ("a/1.jpg", 480, 640, "RGB", ""),
        ("a/2.jpg", 640, 480, "RGB", ""),
        ("b/1.png", 20, 30, "L", ""),
        ("b/2.png", 20, 30, "L", "truncated"),
        ("b/3.png", 0, 0, "", "no image"),
    ]
    return pd.DataFrame(rows, columns=["file", "height", "width", "mode", "error"])


def test_files_are_described_by_sizes_modes_and_what_is_broken(images, labels, files):
    description = describe(images, labels, files=files)
    lines = description.to_frame()["value"]
    assert lines["files"] == "5, 2 broken"
    assert lines["sizes"] == (
        "3, from 20 x 30 to 640 x 480 (height x width), shorter side 250 in the "
        "median, 1 upright"
    )
    assert lines["modes"] == "2 RGB, 2 L"
    message = "2 of 5 files cannot be read as images: b/2.png (truncated), b/3.png (no"
    assert only_warning(description).startswith(message)
    assert json.loads(json.dumps(description.to_dict()))["files"][0]["height"] == 480


def test_files_that_are_all_alike_take_few_words(images, files):
    alike = files[files.height == 20].assign(error="")
    lines = describe(images, files=alike).to_frame()["value"]
    assert lines["files"] == "2, 0 broken"
    assert lines["sizes"] == "all 20 x 30 (height x width)"
    assert lines["modes"] == "2 L"
