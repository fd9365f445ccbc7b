"""Every cure that a message names is run, on what came, and what it gives passes."""

import re
from collections import deque

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from skcnn.base.images import check_images
from skcnn.base.layouts import view_images
from skcnn.base.scaling import check_scale, decide_rescale
from skcnn.base.targets import check_classes, check_labels, encode, row_weights

IMAGES = np.random.default_rng(0).integers(2, 256, (6, 8, 8, 3)).astype(np.uint8)
GREY = IMAGES[..., 0]
ROWS = GREY.reshape(6, 64)
LABELS = np.array([0, 1, 2, 0, 1, 2])
ONE_HOT = np.eye(3)[LABELS]
SEVERAL = ONE_HOT + np.eye(3)[0]

# A screen has 24 lines of 80 letters.
LONGEST = 24 * 80


class Net(ClassifierMixin, BaseEstimator):
    """The least that `check_images` needs to know of an estimator."""

    def __init__(self, image_shape=None):
        self.image_shape = image_shape


def series(items, **options):
    """Return a Series of arrays whose index is not that of a list."""
    return pd.Series(list(items), index=range(5, 5 + len(items)), **options)


class Column:
    """What a column of Hugging Face's datasets, or a data set of torch's, can do."""

    def __init__(self, items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, key):
        return Column(self.items[key]) if isinstance(key, slice) else self.items[key]


class Tensor:
    """What numpy() and torch's tensors can do."""

    def __init__(self, array):
        self.array = array
        self.shape, self.ndim = array.shape, array.ndim

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype)

    def __len__(self):
        return len(self.array)

    def __getitem__(self, key):
        return Tensor(self.array[key])


class Stream:
    """What can only be iterated over: tf.data, a loader of batches."""

    def __init__(self, items):
        self.items = list(items)

    def __iter__(self):
        return iter(self.items)


SEQUENCES = {
    "list": list,
    "tuple": tuple,
    "deque": deque,
    "Series": series,
    "column": Column,
    "tensor": Tensor,
    "column of tensors": lambda X: Column([Tensor(x) for x in X]),
    "column of lists": lambda X: Column(np.asarray(X).tolist()),
}
ARRAYS = {"array": np.asarray, **SEQUENCES}


@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
@pytest.mark.parametrize("images", [IMAGES, GREY, ROWS], ids=["colour", "grey", "flat"])
def test_every_sequence_of_arrays_is_images(make, images):
    net = Net()
    for reset in (True, False):
        read = check_images(net, make(images), reset=reset)
        np.testing.assert_array_equal(read.reshape(images.shape), images)


def cure_of(text):
    """Return the code that a message asks for."""
    asks = r"(?:[Pp]ass|Drop them:|for example) (?:[a-z ]+: )?(.+?)\.(?= |$)"
    return re.search(asks, text)[1]


def cured(check, **data):
    """Run the cures that messages name, one after the other, until all is well."""
    for n_cures in range(3):
        try:
            return check(**data), n_cures
        except (ValueError, TypeError) as error:
            code = cure_of(str(error))
        name = re.search(r"\b[Xy]\b(?!')", code)[0]
        scope = {"np": np, "pd": pd, **data}
        exec(code if " = " in code else f"{name} = {code}", scope)
        data = {name: scope[name] for name in data}
    raise AssertionError("no end of cures")


def to_text(separator, form="{}"):
    return [form.format(separator.join(map(str, row))) for row in ROWS]


CURES = {
    **{
        f"{n} channels in front, {name}": (
            make(np.moveaxis(IMAGES[..., [*range(3), *range(3)][:n]], -1, 1)),
            IMAGES[..., [*range(3), *range(3)][:n]],
        )
        for n in (1, 3, 4)
        for name, make in ARRAYS.items()
    },
    **{
        f"five axes, {name}": (make(IMAGES[:, None]), IMAGES)
        for name, make in ARRAYS.items()
    },
    **{
        f"{name} of batches": (make(IMAGES.reshape(2, 3, 8, 8, 3)), IMAGES)
        for name, make in [*ARRAYS.items(), ("stream", Stream), ("iterator", iter)]
    },
    **{
        f"{name} of pairs": (make([*zip(IMAGES, LABELS, strict=True)]), IMAGES)
        for name, make in [("list", list), ("column", Column), ("stream", Stream)]
    },
    **{
        f"{name} of pairs of batches": (
            make([(IMAGES[:4], LABELS[:4]), [IMAGES[4:], LABELS[4:]]]),
            IMAGES,
        )
        for name, make in [("list", list), ("column", Column), ("stream", Stream)]
    },
    **{
        f"{name} of dicts": (
            make([{"label": 1, "image": image} for image in IMAGES]),
            IMAGES,
        )
        for name, make in [("list", list), ("column", Column), ("stream", Stream)]
    },
    "stream of dicts of batches": (
        Stream([{"image": IMAGES[:4]}, {"image": IMAGES[4:]}]),
        IMAGES,
    ),
    "generator": ((image for image in IMAGES), IMAGES),
    "iterator of pairs": (zip(IMAGES, LABELS, strict=True), IMAGES),
    "stream": (Stream(IMAGES), IMAGES),
    "dict": ({"y": LABELS, "X": IMAGES}, IMAGES),
    "text in a frame": (
        pd.DataFrame({" Usage": "Training", " pixels": to_text(" "), "emotion": 1}),
        GREY,
    ),
    "text in a column": (pd.DataFrame({"pixels": to_text(" ")}), GREY),
    "text in a Series": (series(to_text(" ")), GREY),
    "text in a list": (to_text(", "), GREY),
    "text in an array": (np.array(to_text(",", "[{}]")), GREY),
    "text in rows": (np.array(to_text(" "), object)[:, None], GREY),
    "text in lists": ([[text] for text in to_text(" ")], GREY),
    "fractions in text": ([" ".join(map(str, row / 2)) for row in ROWS], GREY / 2),
    "images in a frame": (pd.DataFrame({"image": list(GREY), "label": 1}), GREY),
    "text among pixels": (
        pd.DataFrame(ROWS).add_prefix("pixel").assign(Usage="Training"),
        GREY,
    ),
    "text without a header": (
        pd.DataFrame([to_text(" ")]).T.set_axis([to_text(" ")[0] * 9], axis=1),
        GREY,
    ),
}


@pytest.mark.parametrize(("X", "images"), CURES.values(), ids=CURES)
def test_the_cure_of_unfit_images_runs_on_what_came(X, images):
    read, n_cures = cured(view_images, X=X)
    assert n_cures > 0
    np.testing.assert_array_equal(read.reshape(images.shape), images)


@pytest.mark.parametrize("name", ["array", "list", "Series", "tensor"])
@pytest.mark.parametrize("images", [IMAGES, GREY, ROWS], ids=["colour", "grey", "flat"])
def test_the_cure_of_a_single_image_runs_on_what_came(name, images):
    net = Net()
    check_images(net, images, reset=True)
    X = pd.Series(images[0]) if images is ROWS else images[0]
    X = X if name == "Series" else ARRAYS[name](images[0])
    read, _ = cured(lambda X: check_images(net, X, reset=False), X=X)
    np.testing.assert_array_equal(read.reshape(images[0].shape), images[0])


# (NumPy multiplies no Series of arrays.)
@pytest.mark.parametrize("make", [np.asarray, list, deque, Column, pd.DataFrame])
def test_the_cure_of_another_scale_runs_on_what_came(make):
    scaling = decide_rescale("auto", ROWS.reshape(6, 8, 8, 1))

    def check(X):
        images = view_images(X)
        check_scale(scaling, images)
        return images

    read, n_cures = cured(check, X=make(ROWS / 255))
    assert n_cures == 1
    np.testing.assert_array_equal(read.reshape(ROWS.shape), ROWS)


def to_frame(y):
    return pd.DataFrame(np.asarray(y))


MISSING = [None, "b", np.nan, "b", "a", "c"]
ROWS_OF_TEXT = [["a", "b"], ["b", "c"], ["a", "c"], ["c", "a"], ["a", "b"], ["b", "c"]]
RAGGED = [["a"], ["b", "c"], ["a"], ["c", "a"], ["a", "b"], ["b"]]
MIXED = [1, "b", 2, "b", "a", "c"]
ROWS_OF = {"array": np.asarray, "list": lambda y: np.asarray(y).tolist()}
LISTS_OF = {"list": list, "tuple": tuple, "Series": series}
UNFIT_LABELS = {
    **{
        f"one-hot {name}": (make(ONE_HOT), LABELS)
        for name, make in {**ROWS_OF, "frame": to_frame, "Series": series}.items()
    },
    **{
        f"several ones, {name}": (make(SEVERAL), SEVERAL.argmax(axis=1))
        for name, make in {**ROWS_OF, "frame": to_frame}.items()
    },
    **{
        f"rows of text, {name}": (make(ROWS_OF_TEXT), list("abacab"))
        for name, make in {**ROWS_OF, "frame": to_frame, "Series": series}.items()
    },
    **{
        f"lists of several lengths, {name}": (make(RAGGED), list("abacab"))
        for name, make in LISTS_OF.items()
    },
    **{
        f"mixed {name}": (make(MIXED), list("1b2bac"))
        for name, make in LISTS_OF.items()
    },
}


@pytest.mark.parametrize(("y", "wanted"), UNFIT_LABELS.values(), ids=UNFIT_LABELS)
def test_the_cure_of_unfit_labels_runs_on_what_came(y, wanted):
    labels, n_cures = cured(lambda y: check_labels(Net(), y, IMAGES), y=y)
    assert n_cures == 1
    assert labels.tolist() == list(wanted)


@pytest.mark.parametrize("images", [list, np.asarray, deque])
@pytest.mark.parametrize(
    "labels", [*LISTS_OF.values(), lambda y: pd.DataFrame({"y": y})]
)
@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_the_cure_of_missing_labels_runs_on_what_came(images, labels):
    def check(X, y):
        X = view_images(X)
        return X, check_labels(Net(), y, X)

    (X, y), n_cures = cured(check, X=images(IMAGES), y=labels(MISSING))
    assert n_cures == 1
    assert y.tolist() == list("bbac")
    np.testing.assert_array_equal(X, IMAGES[[1, 3, 4, 5]])


LONG = "a long text " * 999
CLASSES = np.arange(9999)
MANY = [f"class {n}" for n in CLASSES]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: view_images(np.arange(9999.0)),
        lambda: view_images(np.arange(999.0) + 1j),
        lambda: view_images(LONG),
        lambda: view_images([LONG]),
        lambda: view_images([[LONG]]),
        lambda: view_images(pd.DataFrame({LONG: [LONG]})),
        lambda: view_images({n: n for n in MANY}),
        lambda: view_images([dict.fromkeys(MANY)]),
        lambda: view_images([set(MANY), set(MANY)]),
        lambda: view_images([GREY[0], MANY]),
        lambda: view_images([[[1, 2], [3]], [[1, 2], [3]]]),
        lambda: view_images(object()),
        lambda: view_images(None),
        lambda: view_images([]),
        lambda: view_images(GREY, image_shape=MANY),
        lambda: view_images(pd.DataFrame(ROWS, columns=MANY[:64]).iloc[:, :0]),
        lambda: check_labels(Net(), LONG, IMAGES),
        lambda: check_labels(Net(), (label for label in LABELS), IMAGES),
        lambda: check_labels(Net(), [MANY, MANY], IMAGES),
        lambda: check_labels(Net(), [MANY, MANY[1:]], IMAGES),
        lambda: check_labels(Net(), np.zeros((6, 8, 8)), IMAGES),
        lambda: check_labels(Net(), [*LABELS[:5], LONG], IMAGES),
        lambda: check_classes(np.array([LONG])),
        lambda: check_classes(np.array([])),
        lambda: encode(np.array([LONG]), np.array(MANY[:9])),
        lambda: encode(np.array(["x"]), np.array(MANY)),
        lambda: row_weights([LONG] * 6, None, IMAGES, LABELS, CLASSES),
        lambda: row_weights(None, {LONG: 1}, IMAGES, LABELS, CLASSES),
        lambda: row_weights(None, {0: LONG}, IMAGES, LABELS, CLASSES),
    ],
)
def test_no_message_is_longer_than_a_screen(ask):
    with pytest.raises((ValueError, TypeError)) as caught:
        ask()
    assert 20 < len(str(caught.value)) < LONGEST
