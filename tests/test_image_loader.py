"""Paths of pictures of any size, in a Pipeline before a classifier."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags

from skcnn import ImageLoader, SVMClassifier, load, save


@pytest.fixture
def write(tmp_path):
    """Give a function that writes an image, and returns its path."""

    def write(name, image, **options):
        if isinstance(image, np.ndarray):
            image = Image.fromarray(image)
        image.save(tmp_path / name, **options)
        return str(tmp_path / name)

    return write


def picture(height, width, channels=3):
    """Return pixels that are brighter to the right, red on top and blue below."""
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    pixels = np.repeat(np.tile(ramp, (height, 1))[..., None], 3, axis=-1)
    pixels[: height // 2, :, 2] = pixels[height // 2 :, :, 0] = 0
    return pixels if channels == 3 else pixels[..., 1]


@pytest.fixture
def mixed(write):
    """Give the paths of pictures of three sizes."""
    sizes = [(40, 60), (50, 30), (20, 24)]
    return [write(f"{i}.png", picture(*size)) for i, size in enumerate(sizes)]


# --- size -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ([(28, 28)] * 3, (28, 28)),
        ([(20, 90)] * 3, (20, 90)),
        ([(480, 640)] * 2, (55, 74)),
        ([(40, 60), (50, 30), (20, 24)], (30, 30)),
        ([(400, 300), (300, 400), (90, 90)], (64, 64)),
    ],
)
def test_the_size_follows_from_the_training_files(write, sizes, wanted):
    paths = [write(f"{i}.png", picture(*size)) for i, size in enumerate(sizes)]
    loader = ImageLoader().fit(paths)
    assert loader.image_shape_ == (*wanted, 3)
    assert loader.transform(paths).shape == (len(paths), *wanted, 3)


def test_what_was_decided_holds_for_other_pictures(write, mixed):
    loader = ImageLoader(size=(10, 12)).fit(mixed)
    others = [
        write("grey.png", picture(70, 9, channels=1)),
        write("alpha.png", np.dstack([picture(8, 8), np.full((8, 8), 9, np.uint8)])),
        write("deep.png", picture(12, 90, channels=1).astype(np.uint16) * 257),
    ]
    images = loader.transform(others)
    assert images.shape == (3, 10, 12, 3)
    assert images.dtype == np.uint8
    # Grey is grey in colour, too.
    np.testing.assert_array_equal(images[0, ..., 0], images[0, ..., 2])
    # Nearly transparent is nearly white.
    assert images[1].min() > 240
    assert 120 < images[2].max() < 160


def test_crop_takes_the_middle_pad_keeps_all_stretch_squeezes(write):
    # Three stripes: dark, grey, white.
    path = write(
        "a.png", np.repeat(np.array([0, 100, 255], np.uint8), 8)[None].repeat(8, 0)
    )
    crop, pad, stretch = (
        ImageLoader(size=(8, 8), resize=how).fit_transform([path])[0, ..., 0]
        for how in ("crop", "pad", "stretch")
    )
    assert (crop == 100).all()
    assert pad.min() == 0
    assert pad.max() == 255
    # The edge goes on above and below.
    np.testing.assert_array_equal(pad[0], pad[3])
    np.testing.assert_array_equal(pad[-1], pad[3])
    assert stretch[:, 0].max() < 50
    assert stretch[:, -1].min() > 200


def test_any_size_becomes_any_other(write):
    rng = np.random.default_rng(0)
    paths = [write(f"{i}.png", picture(*rng.integers(2, 300, 2))) for i in range(60)]
    for size in [(59, 59), (7, 13), (1, 1), (90, 31)]:
        for how in ("crop", "pad", "stretch"):
            images = ImageLoader(size=size, resize=how).fit_transform(paths)
            assert images.shape == (60, *size, 3)
    assert ImageLoader(size=(9, 9), resize="pad").fit_transform(paths).max() > 200


def test_pad_goes_on_to_the_sides_with_the_edge(write):
    path = write("a.png", np.array([[10], [200]], np.uint8).repeat(4, axis=1))
    padded = ImageLoader(size=(2, 8), resize="pad").fit_transform([path])
    assert padded[0, ..., 0].tolist() == [[10] * 8, [200] * 8]


def test_without_a_size_all_must_have_one(mixed):
    assert ImageLoader(size=None).fit(mixed[:1]).image_shape_ == (40, 60, 3)
    with pytest.raises(ValueError, match=r"\(40, 60\) and .*1\.png is \(50, 30\)"):
        ImageLoader(size=None).fit(mixed)


def test_photographs_are_upright_before_their_size_counts(write):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: turn clockwise
    pixels = picture(40, 80)
    path = write("a.jpg", pixels, exif=exif, quality=95)
    loader = ImageLoader()
    images = loader.fit_transform([path])
    assert loader.image_shape_ == (80, 40, 3)
    turned = np.rot90(pixels, -1).astype(int)
    assert np.abs(images[0] - turned).mean() < 10


def test_a_large_photograph_is_what_it_is_when_decoded_whole(write):
    pixels = picture(900, 1200)
    path = write("a.jpg", pixels, quality=95)
    small = ImageLoader(size=(30, 40)).fit_transform([path])[0].astype(int)
    whole = Image.fromarray(pixels).resize((40, 30), Image.Resampling.BILINEAR)
    assert np.abs(small - np.asarray(whole, int)).mean() < 3


# --- colour and depth -------------------------------------------------------------


def test_grey_stays_grey_where_all_are(write):
    palette = Image.fromarray(picture(9, 9, channels=1)).convert("P")
    grey = [
        write("a.png", picture(9, 9, channels=1)),
        write("b.gif", palette),
        write("c.png", Image.fromarray(picture(9, 9, channels=1) > 99)),
        write("d.png", np.dstack([picture(9, 9, channels=1)] * 2)),
    ]
    assert ImageLoader().fit_transform(grey).shape == (4, 9, 9, 1)
    assert ImageLoader(color="rgb").fit_transform(grey).shape == (4, 9, 9, 3)
    colour = write("e.png", picture(9, 9))
    assert ImageLoader().fit_transform([*grey, colour]).shape == (5, 9, 9, 3)
    loader = ImageLoader(color="grayscale").fit([*grey, colour])
    assert loader.transform([colour]).shape == (1, 9, 9, 1)


def test_grey_of_sixteen_bits_keeps_them_where_all_have_them(write):
    values = np.array([[0, 4000], [40000, 65535]], np.uint16)
    deep = write("a.png", values)
    loader = ImageLoader().fit([deep])
    assert loader.dtype_ == "uint16"
    assert loader.transform([deep])[0, ..., 0].tolist() == values.tolist()
    flat = write("b.png", picture(2, 2, channels=1))
    with pytest.raises(ValueError, match=r"b\.png \(eight bits, where uint16 is"):
        loader.transform([flat])


# --- paths ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "as_input",
    [
        list,
        tuple,
        lambda paths: [*map(Path, paths)],
        np.array,
        lambda paths: np.array(paths, dtype=object),
        pd.Series,
        lambda paths: pd.DataFrame({"path": paths}),
    ],
    ids=["list", "tuple", "Path", "array", "objects", "Series", "frame"],
)
def test_paths_come_as_people_have_them(mixed, as_input):
    expected = ImageLoader().fit_transform(mixed)
    came = ImageLoader().fit_transform(as_input(mixed))
    np.testing.assert_array_equal(came, expected)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ("photos", r"X is one path.*pass \[X\].*rglob"),
        (Path("a.png"), "X is one path"),
        (np.zeros((3, 8, 8)), r"shape \(3, 8, 8\).*leave it out"),
        ([], "X is empty"),
        (["a.png", None], "None in row 1"),
        ([3.0], r"3\.0 in row 0"),
    ],
)
def test_what_is_no_list_of_paths_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        ImageLoader().fit(X)


@pytest.mark.parametrize(
    "parameters",
    [
        {"size": 64},
        {"size": "64"},
        {"size": (0, 8)},
        {"size": (1, 2, 3)},
        {"color": "grey"},
        {"resize": "fit"},
        {"on_error": "skip"},
    ],
)
def test_wrong_parameters_are_refused(mixed, parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        ImageLoader(**parameters).fit(mixed)


# --- broken files -----------------------------------------------------------------


@pytest.fixture
def broken(write, tmp_path, mixed):
    """Give paths of which the last three are none, cut off, and text."""
    whole = Path(write("cut.png", picture(60, 60))).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no image")
    names = ("nothing.png", "cut.png", "text.png")
    return [*mixed, *(str(tmp_path / name) for name in names)]


def test_all_broken_files_are_named(mixed, broken):
    loader = ImageLoader().fit(mixed)
    message = (
        r"3 of 6 files .*nothing\.png \(there is no such file\), .*cut\.png \(.*, "
        r".*text\.png \(no image of a known format\).*on_error='blank'"
    )
    with pytest.raises(ValueError, match=message):
        loader.transform(broken)
    with pytest.raises(ValueError, match=r"nothing\.png .*text\.png"):
        ImageLoader().fit(broken)


def test_an_error_is_no_longer_than_a_screen(tmp_path):
    paths = [str(tmp_path / f"{i}.png") for i in range(5000)]
    with pytest.raises(ValueError, match="and 4980 more") as error:
        ImageLoader().fit(paths)
    assert len(str(error.value)) < 80 * 40


def test_white_images_may_stand_for_broken_files(mixed, broken):
    loader = ImageLoader(on_error="blank").fit(broken)
    assert loader.image_shape_ == ImageLoader().fit(mixed).image_shape_
    with pytest.warns(UserWarning, match=r"3 of 6 .*cut\.png.*White images"):
        images = loader.transform(broken)
    np.testing.assert_array_equal(images[:3], loader.transform(mixed))
    assert (images[3:] == 255).all()
    with pytest.raises(ValueError, match="1 of 1 files cannot be read"):
        ImageLoader(on_error="blank").fit(broken[3:4])


def test_a_fit_that_fails_leaves_what_was_fitted(mixed, broken):
    loader = ImageLoader().fit(mixed)
    with pytest.raises(ValueError, match="cannot be read"):
        loader.fit(broken)
    assert loader.image_shape_ == (30, 30, 3)


# --- an ordinary transformer ------------------------------------------------------


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
    ],
)
def test_scikit_learns_checks_that_need_no_numbers(check):
    check("ImageLoader", ImageLoader())


def test_its_tags_say_that_it_takes_no_numbers():
    tags = get_tags(ImageLoader()).input_tags
    assert (tags.string, tags.one_d_array, tags.two_d_array) == (True, True, False)


def test_it_clones_pickles_and_names_its_features(mixed):
    loader = ImageLoader(size=(2, 2), color="grayscale").fit(mixed)
    assert clone(loader).get_params() == loader.get_params()
    expected = loader.transform(mixed)
    again = pickle.loads(pickle.dumps(loader)).transform(mixed)
    np.testing.assert_array_equal(again, expected)
    names = loader.get_feature_names_out()
    assert names.tolist() == [f"imageloader{i}" for i in range(4)]
    with pytest.raises(NotFittedError):
        ImageLoader().transform(mixed)


@pytest.fixture(scope="module")
def of_shapes(tmp_path_factory, shapes):
    """Give paths of `shapes` in three sizes, and their labels."""
    folder, paths = tmp_path_factory.mktemp("shapes"), []
    for row, pixels in enumerate(shapes[0]):
        side = (8, 16, 24)[row % 3]
        paths.append(str(folder / f"{row}.png"))
        Image.fromarray(pixels).resize((side, side), 0).save(paths[-1])
    return paths, shapes[1]


def test_a_pipeline_takes_paths_wherever_scikit_learn_cuts_them(of_shapes):
    paths, y = of_shapes
    model = make_pipeline(ImageLoader(), SVMClassifier())
    assert cross_val_score(model, paths, y, cv=3).min() > 0.8
    grid = {"imageloader__size": [(4, 4), (8, 8)]}
    search = GridSearchCV(model, grid, cv=2).fit(np.array(paths), y)
    assert search.best_score_ > 0.8


def test_a_saved_pipeline_takes_pictures_of_any_size(of_shapes, tmp_path, make_cnn):
    paths, y = of_shapes
    model = make_pipeline(ImageLoader(), make_cnn()).fit(paths, y)
    assert model[0].image_shape_ == (16, 16, 1)
    save(model, tmp_path / "model.skcnn")
    loaded = load(tmp_path / "model.skcnn")
    large = str(tmp_path / "large.jpg")
    Image.open(paths[0]).convert("RGB").resize((300, 200)).save(large)
    new = [*paths, large]
    np.testing.assert_array_equal(loaded.predict_proba(new), model.predict_proba(new))
    assert vars(loaded[0]) == vars(model[0])
