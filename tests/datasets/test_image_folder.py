import numpy as np
import pytest
from PIL import Image

from skcnn.datasets import read_image_folder


@pytest.fixture
def save(tmp_path):
    """Give a function that saves pixels, or an image, below ``photos/``."""

    def save(name, pixels, **options):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
        image.save(path, **options)
        return path

    (tmp_path / "photos").mkdir()
    return save


@pytest.fixture
def photos(tmp_path):
    """Give the path of the folder that `save` fills."""
    return tmp_path / "photos"


def grey(value=0, shape=(4, 6)):
    """Return a grey image that is brighter to the right."""
    return np.full(shape, value, np.uint8) + np.arange(shape[1], dtype=np.uint8)


def colour(value=0, shape=(4, 6)):
    """Return an image whose channels differ."""
    return np.stack([grey(value, shape), grey(value + 50, shape), grey(9, shape)], -1)


def test_classes_are_folders_in_the_order_of_their_names(save, photos):
    save("rose/b.png", grey(30))
    save("rose/a.png", grey(20))
    save("daisy/z.png", grey(10))
    X, y = read_image_folder(photos)
    assert X.dtype == np.uint8
    np.testing.assert_array_equal(X, [grey(10), grey(20), grey(30)])
    assert y.tolist() == ["daisy", "rose", "rose"]


def test_a_bunch_also_holds_classes_and_file_names(save, photos):
    save("rose/deep/a.png", grey())
    save("daisy/z.png", grey())
    bunch = read_image_folder(str(photos), return_X_y=False)
    assert bunch.data.shape == (2, 4, 6)
    assert bunch.target.tolist() == ["daisy", "rose"]
    assert bunch.target_names.tolist() == ["daisy", "rose"]
    assert bunch.filenames.tolist() == ["daisy/z.png", "rose/deep/a.png"]


def test_without_labels_all_images_are_read_and_names_are_ids(save, photos):
    save("2.png", grey(20))
    save("1.png", grey(10))
    save("more/3.png", grey(30))
    bunch = read_image_folder(photos, labels=None, return_X_y=False)
    assert bunch.target is None
    assert bunch.target_names is None
    assert bunch.filenames.tolist() == ["1.png", "2.png", "more/3.png"]
    assert bunch.data[:, 0, 0].tolist() == [10, 20, 30]
    assert read_image_folder(photos, labels=None)[1] is None


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "tif", "TIFF"])
def test_lossless_formats_give_the_very_pixels(save, photos, suffix):
    save(f"a/1.{suffix}", grey(40))
    np.testing.assert_array_equal(read_image_folder(photos)[0][0], grey(40))


@pytest.mark.parametrize("suffix", ["jpg", "JPEG", "webp"])
def test_lossy_formats_give_nearly_the_pixels(save, photos, suffix):
    save(f"a/1.{suffix}", np.full((8, 8, 3), 90, np.uint8), quality=95)
    X, _ = read_image_folder(photos)
    assert X.shape == (1, 8, 8, 3)
    assert np.abs(X.astype(int) - 90).max() <= 3


@pytest.mark.parametrize(
    ("first", "second"), [(grey(), colour()), (colour(), grey()), (colour(), colour())]
)
def test_images_are_colour_as_soon_as_one_is(save, photos, first, second):
    save("a/1.png", first)
    save("a/2.png", second)
    X, _ = read_image_folder(photos)
    expected = [
        image if image.ndim == 3 else np.stack([image] * 3, -1)
        for image in (first, second)
    ]
    np.testing.assert_array_equal(X, expected)


def test_the_colours_can_be_said(save, photos):
    save("a/1.png", grey(7))
    save("a/2.png", colour(7))
    assert read_image_folder(photos, color="grayscale")[0].shape == (2, 4, 6)
    (photos / "a/2.png").unlink()
    X, _ = read_image_folder(photos, color="rgb")
    np.testing.assert_array_equal(X[0], np.stack([grey(7)] * 3, -1))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_grey_of_sixteen_bits_stays_so(save, photos, suffix):
    deep = np.array([[0, 256, 4095], [4096, 65534, 65535]], np.uint16)
    save(f"a/1.{suffix}", deep)
    X, _ = read_image_folder(photos)
    assert X.dtype == np.uint16
    np.testing.assert_array_equal(X[0], deep)
    X, _ = read_image_folder(photos, color="rgb")
    assert X.dtype == np.uint8
    assert X[0, ..., 1].tolist() == [[0, 1, 16], [16, 255, 255]]
    X, _ = read_image_folder(photos, size=(4, 6))
    assert X.dtype == np.uint16
    assert X.shape == (1, 4, 6)
    assert X.max() == 65535


def test_grey_of_fractions_stays_so(save, photos):
    save("a/1.tif", np.array([[0.25, -1e6]], np.float32))
    X, _ = read_image_folder(photos)
    assert X.dtype == np.float32
    assert X.tolist() == [[[0.25, -1e6]]]
    with pytest.raises(ValueError, match=r"1\.tif \(grey values that are fractions"):
        read_image_folder(photos, color="rgb")


def test_images_of_unlike_depth_are_named(save, photos):
    save("a/1.png", grey())
    save("a/2.png", grey().astype(np.uint16))
    message = r"a/1\.png is uint8 and .*a/2\.png is uint16.*color='rgb'"
    with pytest.raises(ValueError, match=message):
        read_image_folder(photos)
    assert read_image_folder(photos, color="rgb")[0].shape == (2, 4, 6, 3)


def test_bilevel_images_are_black_and_white(save, photos):
    save("a/1.png", Image.fromarray(grey() > 3))
    assert np.unique(read_image_folder(photos)[0]).tolist() == [0, 255]


def test_palettes_are_colour(save, photos):
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.putpixel((1, 0), 1)
    save("a/1.png", image)
    assert read_image_folder(photos)[0].tolist() == [[[[0, 0, 0], [200, 100, 50]]]]


def test_a_palette_without_colour_is_grey(save, photos):
    image = Image.new("P", (2, 1))
    image.putpalette([9, 9, 9, 90, 90, 90])
    image.putpixel((1, 0), 1)
    save("a/1.png", image)
    assert read_image_folder(photos)[0].tolist() == [[[9, 90]]]


def test_transparent_parts_are_white(save, photos):
    # Black ink, of which the second pixel is none.
    save("a/1.png", np.array([[[0, 255], [0, 0]]], np.uint8))
    assert read_image_folder(photos)[0].tolist() == [[[0, 255]]]
    save("a/1.png", np.array([[[0, 0, 0, 255], [0, 0, 0, 0]]], np.uint8))
    assert read_image_folder(photos)[0].tolist() == [[[[0, 0, 0], [255, 255, 255]]]]


def test_photographs_are_turned_upright(save, photos):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: turn clockwise
    save("a/1.png", grey(), exif=exif)
    X, _ = read_image_folder(photos)
    np.testing.assert_array_equal(X[0], np.rot90(grey(), -1))


def test_an_animation_gives_its_first_image(save, photos):
    frames = [Image.fromarray(grey(value)) for value in (10, 90)]
    save("a/1.gif", frames[0], save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_image_folder(photos)[0], [grey(10)])


def test_a_size_is_height_and_width(save, photos):
    save("a/1.png", grey())
    save("a/2.png", grey(shape=(8, 12)))
    X, _ = read_image_folder(photos, size=(2, 3))
    assert X.shape == (2, 2, 3)
    # Every second column: neighbours are averaged, not left out.
    assert np.abs(X[0, 0].astype(float) - [0.5, 2.5, 4.5]).max() <= 1


def test_images_of_another_size_are_named_with_the_cure(save, photos):
    save("a/1.png", grey())
    save("b/2.png", grey(shape=(5, 6)))
    message = r"a/1\.png is \(4, 6\) and that of .*b/2\.png is \(5, 6\).*size=\(4, 6\)"
    with pytest.raises(ValueError, match=message):
        read_image_folder(photos, size=None)


def test_hidden_and_other_files_are_left_alone(save, photos):
    save("a/1.png", grey())
    save("a/.hidden.png", grey())
    save("a/.cache/2.png", grey())
    save(".git/3.png", grey())
    save("__MACOSX/4.png", grey())
    (photos / "a" / "notes.txt").write_text("no image")
    (photos / "labels.csv").write_text("no image")
    bunch = read_image_folder(photos, return_X_y=False)
    assert bunch.filenames.tolist() == ["a/1.png"]
    assert len(read_image_folder(photos, labels=None)[0]) == 1


def test_all_damaged_files_are_named_before_anything_is_returned(save, photos):
    save("a/1.png", grey())
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
    for name in ("a/2.png", "b/3.jpg", "b/4.bmp", "b/5.webp"):
        path = save(name, noise)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (photos / "b/6.png").write_text("no image")
    (photos / "b/7.png").touch()
    message = (
        r"In .*photos 6 of 7 files cannot be read as images: a/2\.png \(.*trunc.*"
        r"b/3\.jpg .*b/4\.bmp .*b/5\.webp .*b/6\.png \(no image .*b/7\.png.*"
        r"on_error='skip'"
    )
    with pytest.raises(ValueError, match=message):
        read_image_folder(photos)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*phots"):
        read_image_folder(tmp_path / "phots")


def test_a_file_is_no_folder(save):
    with pytest.raises(ValueError, match=r"1\.png is a file; pass the folder"):
        read_image_folder(save("1.png", grey()))


def test_a_folder_without_class_folders_gets_the_cure(save, photos):
    with pytest.raises(ValueError, match="holds no images and no folders"):
        read_image_folder(photos)
    with pytest.raises(ValueError, match="photos holds no images"):
        read_image_folder(photos, labels=None)
    save("1.png", grey())
    with pytest.raises(ValueError, match=r"1 images, but no folders.*labels=None"):
        read_image_folder(photos)


def test_an_empty_class_is_named(save, photos):
    save("a/1.png", grey())
    (photos / "b").mkdir()
    with pytest.raises(ValueError, match=r"The class folder .*b holds no images"):
        read_image_folder(photos)


def test_images_beside_the_class_folders_are_named(save, photos):
    save("a/1.png", grey())
    save("stray.png", grey())
    with pytest.raises(ValueError, match=r"1 image\(s\) beside .* \(stray\.png\)"):
        read_image_folder(photos)


@pytest.mark.parametrize("size", [28, (28,), (28, 0), (28.0, 28), "28", (1, 2, 3)])
def test_a_wrong_size_is_refused(photos, size):
    with pytest.raises(ValueError, match="size must be 'auto', None or"):
        read_image_folder(photos, size=size)


def test_unknown_words_are_refused(photos):
    with pytest.raises(ValueError, match="color must be one of 'auto', 'gray"):
        read_image_folder(photos, color="grey")
    with pytest.raises(ValueError, match=r"labels .* must be one of 'inferred'"):
        read_image_folder(photos, labels=["a"])


@pytest.mark.parametrize("meant", ["train", "Train"])
def test_folders_of_class_folders_are_no_classes(save, photos, meant):
    for name in ("dev/cats/1.png", "dev/dogs/2.png", f"{meant}/cats/3.png"):
        save(name, grey())
    with pytest.raises(
        ValueError, match=r"only folders with images \(cats, dogs\)"
    ) as e:
        read_image_folder(photos)
    assert f"Did you mean {photos / meant}?" in str(e.value)
    assert read_image_folder(photos / "dev")[1].tolist() == ["cats", "dogs"]
    assert len(read_image_folder(photos, labels=None)[0]) == 3


# --- pictures as people have them -----------------------------------------------------


def test_pictures_of_many_sizes_become_squares(save, photos):
    for i, shape in enumerate([(40, 30), (20, 26), (24, 50)]):
        save(f"a/{i}.png", colour(shape=shape))
    assert read_image_folder(photos)[0].shape == (3, 24, 24, 3)
    assert read_image_folder(photos, size=(8, 9))[0].shape == (3, 8, 9, 3)


def test_the_way_of_resizing_can_be_said(save, photos):
    save("a/1.png", np.repeat([[0, 100, 255]], 8, axis=1).astype(np.uint8).repeat(8, 0))
    middle = read_image_folder(photos, size=(8, 8))[0]
    whole = read_image_folder(photos, size=(8, 8), resize="pad")[0]
    assert np.unique(middle).tolist() == [100]
    assert whole.min() == 0
    assert whole.max() == 255
    with pytest.raises(ValueError, match="resize must be one of 'crop', 'pad'"):
        read_image_folder(photos, resize="fit")


def test_a_loader_brings_other_pictures_to_the_same_shape(save, photos):
    save("a/1.png", grey())
    bunch = read_image_folder(photos, return_X_y=False)
    new = save("new.png", colour(shape=(30, 20)))
    assert bunch.loader.transform([new]).shape == (1, 4, 6, 1)
    np.testing.assert_array_equal(
        bunch.loader.transform([photos / "a/1.png"])[..., 0], bunch.data
    )


@pytest.fixture
def with_broken(save, photos):
    """Give a folder of two whole files, one of text and one that is cut off."""
    save("a/1.png", grey(10))
    save("b/3.png", grey(30))
    cut = save("a/2.png", np.random.default_rng(0).integers(0, 99, (40, 40), np.uint8))
    cut.write_bytes(cut.read_bytes()[:900])
    (photos / "b/4.png").write_text("no image")
    return photos


def test_broken_files_may_be_skipped_and_are_listed(with_broken):
    message = r"2 of 4 files .*a/2\.png \(.*b/4\.png \(no image.*They are skipped"
    with pytest.warns(UserWarning, match=message) as warned:
        bunch = read_image_folder(with_broken, on_error="skip", return_X_y=False)
    assert warned[0].filename == __file__
    assert bunch.filenames.tolist() == ["a/1.png", "b/3.png"]
    assert bunch.target.tolist() == ["a", "b"]
    np.testing.assert_array_equal(bunch.data, [grey(10), grey(30)])
    files = bunch.files.set_index("file")
    assert files.index.tolist() == ["a/1.png", "a/2.png", "b/3.png", "b/4.png"]
    assert files.loc["a/1.png"].tolist() == [4, 6, "L", ""]
    assert (files.error != "").tolist() == [False, True, False, True]


def test_no_file_that_can_be_read_is_no_folder_of_images(with_broken):
    (with_broken / "a/1.png").unlink()
    (with_broken / "b/3.png").unlink()
    with pytest.raises(ValueError, match="2 of 2 files cannot be read"):
        read_image_folder(with_broken, on_error="skip")


def test_one_folder_in_each_class_is_read(save, photos):
    save("cat/images/1.png", grey())
    save("dog/pictures/1.png", grey())
    assert read_image_folder(photos)[1].tolist() == ["cat", "dog"]


@pytest.mark.parametrize("names", [("train/a", "test/a"), ("Train/a", "val/b")])
def test_parts_of_a_set_with_one_class_each_are_no_classes(save, photos, names):
    for name in names:
        save(f"{name}/1.png", grey())
    with pytest.raises(ValueError, match=r"Did you mean .*[tT]rain"):
        read_image_folder(photos)


def test_what_is_left_out_is_listed_but_for_the_systems_own(save, photos):
    save("a/1.png", grey())
    for name in ("a/2.heic", "a/notes.txt", "README"):
        (photos / name).touch()
    for name in ("a/Thumbs.db", "a/desktop.ini", "a/.DS_Store", ".hidden"):
        (photos / name).touch()
    bunch = read_image_folder(photos, return_X_y=False)
    assert bunch.left_out == ["README", "a/2.heic", "a/notes.txt"]


def test_a_folder_of_formats_that_are_not_read_says_which(photos):
    (photos / "a").mkdir(parents=True)
    for i in range(3):
        (photos / f"a/{i}.HEIC").touch()
    with pytest.raises(ValueError, match=r"a holds no images, only 3 \.heic, which"):
        read_image_folder(photos)


@pytest.mark.parametrize("suffix", ["ppm", "tga", "jp2", "ico"])
def test_whatever_pillow_reads_is_read(save, photos, suffix):
    save(f"a/1.{suffix}", Image.fromarray(colour(shape=(16, 16))))
    assert read_image_folder(photos)[0].shape == (1, 16, 16, 3)
