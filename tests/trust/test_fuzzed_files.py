"""Damaged and forged files: what was written, or a ValueError that names the file."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from PIL import Image

from skcnn import HOGFeatures, SVMClassifier, load, save
from skcnn.datasets import read_csv, read_idx, read_image_folder, read_npz

# No file here is larger than 20 kB, and none may cost more than this. (Pillow warns of
# images from 89 million pixels on, and refuses those of twice as many.)
MEGABYTES, SECONDS = 1024, 10

# Numbers that a header can be forged with.
HUGE = [
    b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0", b"\xff" * 8,
    b"\0" * 8, b"\xff\xff\xff\x7f", b"1000000000", b"-1", b"1e999", b"nan", b'"',
    b"{", b"\n",
]  # fmt: skip


# --- mutations of bytes -----------------------------------------------------------


def mutated(content, draw):
    """Return bytes that differ from `content` in one to three places."""
    content = bytearray(content)
    for _ in range(int(draw.integers(1, 4))):
        MUTATIONS[draw.integers(len(MUTATIONS))](content, draw)
    return bytes(content)


def _place(content, draw):
    """Return a position; headers are hit as often as all the rest."""
    end = len(content) if draw.integers(2) else min(len(content), 128)
    return int(draw.integers(0, max(end, 1)))


def _flip(content, draw):
    if content:
        content[_place(content, draw) % len(content)] ^= 1 << int(draw.integers(8))


def _truncate(content, draw):
    del content[_place(content, draw) :]


def _cut(content, draw):
    at = _place(content, draw)
    del content[at : at + int(draw.integers(1, 64))]


def _insert(content, draw):
    at = _place(content, draw)
    content[at:at] = draw.bytes(int(draw.integers(1, 32)))


def _splice(content, draw):
    at, source = _place(content, draw), _place(content, draw)
    length = int(draw.integers(1, 64))
    content[at : at + length] = content[source : source + length]


def _forge(content, draw):
    number = HUGE[draw.integers(len(HUGE))]
    at = _place(content, draw)
    content[at : at + len(number)] = number


def _digit(content, draw):
    """Make one of the digits in a text another one, or more of them."""
    digits = [at for at, byte in enumerate(content[:4096]) if 48 <= byte <= 57]
    if digits:
        at = digits[draw.integers(len(digits))]
        content[at : at + 1] = [b"9", b"0", b"999999999", b"-7", b"0.5"][
            draw.integers(5)
        ]


MUTATIONS = [_flip, _flip, _truncate, _cut, _insert, _splice, _forge, _forge, _digit]


# --- the same behind repaired checksums -------------------------------------------


def in_zip(content, draw, spared=""):
    """Change a member of a zip, not the spared one, and repair its checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {name: old.read(name) for name in old.namelist()}
        kinds = {info.filename: info.compress_type for info in old.infolist()}
    names = sorted(members.keys() - {spared})
    name = names[draw.integers(len(names))]
    if draw.integers(5) == 0:  # two members change places
        other = names[draw.integers(len(names))]
        members[name], members[other] = members[other], members[name]
    else:
        members[name] = mutated(members[name], draw)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for name, member in members.items():
            new.writestr(name, member, kinds[name])
    return file.getvalue()


def in_gzip(content, draw):
    """Change what is packed, and pack it anew."""
    return gzip.compress(mutated(gzip.decompress(content), draw), 1, mtime=0)


def in_png(content, draw):
    """Change one chunk of a PNG, and give all of them the right checksum."""
    chunks, at = [], 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    number = int(draw.integers(len(chunks)))
    chunks[number] = chunks[number][0], mutated(chunks[number][1], draw)
    return content[:8] + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


# --- files and their readers ------------------------------------------------------

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 5)).astype(np.uint8)


def idx_bytes(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + bytes(
        array.tobytes()
    )


def npz_bytes(write, *arrays, **named):
    file = io.BytesIO()
    write(file, *arrays, **named)
    return file.getvalue()


def image_bytes(kind, mode):
    file, image = io.BytesIO(), Image.fromarray(PIXELS[0]).resize((12, 9))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image, np.uint16) * 200)
    image.convert(mode).save(file, kind)
    return file.getvalue()


def csv_text():
    rows = [",".join(["label", *(f"p{at}" for at in range(20))])]
    rows += [
        ",".join([str(row % 2), *map(str, image.ravel())])
        for row, image in enumerate(PIXELS)
    ]
    return ("\n".join(rows) + "\n").encode()


def zip_bytes(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", content)
    return file.getvalue()


def read_labelled(path):
    return read_csv(path, target=0)


PACKED_NPZ = npz_bytes(np.savez_compressed, X=PIXELS, y=np.arange(6))
NPZ = npz_bytes(np.savez, X=PIXELS, y=np.arange(6))
CSV = csv_text()
IDX = idx_bytes(PIXELS)
# Name: (file name, its right content, mutation, reader).
FILES = {
    "csv": ("a.csv", CSV, mutated, read_labelled),
    "csv in gz": ("a.csv.gz", gzip.compress(CSV, mtime=0), in_gzip, read_labelled),
    "csv.gz": ("a.csv.gz", gzip.compress(CSV, mtime=0), mutated, read_labelled),
    "csv.bz2": ("a.csv.bz2", bz2.compress(CSV), mutated, read_labelled),
    "csv.xz": ("a.csv.xz", lzma.compress(CSV), mutated, read_labelled),
    "csv.zip": ("a.csv.zip", zip_bytes(CSV), mutated, read_labelled),
    "idx": ("a-idx3-ubyte", IDX, mutated, read_idx),
    "idx.gz": ("a.gz", gzip.compress(IDX, mtime=0), mutated, read_idx),
    "idx in gz": ("a.gz", gzip.compress(IDX, mtime=0), in_gzip, read_idx),
    "npy": ("a.npy", npz_bytes(np.save, PIXELS), mutated, read_npz),
    "npz": ("a.npz", NPZ, mutated, read_npz),
    "in npz": ("a.npz", NPZ, in_zip, read_npz),
    "packed npz": ("a.npz", PACKED_NPZ, mutated, read_npz),
    "in packed npz": ("a.npz", PACKED_NPZ, in_zip, read_npz),
    **{
        f"{kind} {mode}": (
            f"a/1.{kind.lower()}",
            image_bytes(kind, mode),
            mutation,
            lambda path: read_image_folder(path.parents[1]),
        )
        for kind, mode, mutation in [
            ("PNG", "L", mutated),
            ("PNG", "RGBA", in_png),
            ("PNG", "P", in_png),
            ("PNG", "I;16", in_png),
            ("JPEG", "RGB", mutated),
            ("BMP", "RGB", mutated),
            ("GIF", "P", mutated),
            ("TIFF", "F", mutated),
            ("TIFF", "L", mutated),
            ("WEBP", "RGB", mutated),
        ]
    },
}


def check_read(result):
    """Raise where a reader gave what it never should."""
    X, y = result if isinstance(result, tuple) else (result, None)
    assert isinstance(X, np.ndarray)
    assert X.dtype.kind in "buif"
    assert y is None or len(y) == len(X)


@pytest.fixture
def fuzzed(promptly, tmp_path):
    """Give a function that reads a file in many mutations; it returns the counts."""

    def run(name, content, mutation, read, check, n_times):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        check(read(path))
        n_read, draw = 0, np.random.default_rng(0)
        for number in range(n_times):
            forged = mutation(content, draw)
            path.write_bytes(forged)
            try:
                with promptly(SECONDS):
                    check(_bounded(read, path))
                n_read += 1
            except ValueError as error:
                # An error of another member of the folder would name it, too.
                if path.name not in str(error):
                    raise AssertionError(f"mutation {number} of {name}") from error
            except Exception as error:
                raise AssertionError(f"mutation {number} of {name}") from error
        return f"{n_times} mutations, {n_read} read, {n_times - n_read} refused"

    return run


def _bounded(read, path):
    """Read, and raise where that takes much memory."""
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEGABYTES * 2**20, f"{peak} bytes at once"
    return result


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_of_images_is_read_or_refused_by_name(name, fuzzed, effort):
    done = fuzzed(*FILES[name], check_read, effort(10, 1500))
    effort.say(f"files: {name}: {done}, 0 wrong")


# --- saved estimators -------------------------------------------------------------


def saved_bytes(estimator, path):
    save(estimator, path)
    return path.read_bytes()


@pytest.fixture
def fitted(cnn, images):
    """Give fitted estimators by name, and what they say of the images."""
    X, y = images
    estimators = {
        "cnn": cnn().fit(X, y),
        "svm": SVMClassifier().fit(X, y),
        "hog": HOGFeatures(pixels_per_cell=2).fit(X),
    }
    return X, estimators


def answer(estimator, X):
    """Return the bytes of what an estimator gives."""
    for name in ("predict_proba", "decision_function", "transform"):
        if hasattr(estimator, name):
            return np.asarray(getattr(estimator, name)(X)).tobytes()
    return None


# Who may write the manifest, where the digests are, decides what the model says.
HOW = {"bytes": mutated, "members": partial(in_zip, spared="estimator.json")}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("kind", ["cnn", "svm", "hog"])
def test_a_damaged_model_gives_the_same_answers_or_is_refused_by_name(
    kind, how, fitted, fuzzed, effort, tmp_path
):
    X, estimators = fitted
    content = saved_bytes(estimators[kind], tmp_path / "right.skcnn")
    # A machine of scikit-learn-intelex is scikit-learn's in the file.
    expected = answer(load(tmp_path / "right.skcnn"), X)

    def check(loaded):
        assert answer(loaded, X) == expected

    done = fuzzed("a.skcnn", content, HOW[how], load, check, effort(4, 600))
    effort.say(f"files: load {kind} ({how}): {done}, 0 wrong")


def forged_manifest(content, draw):
    """Change one number or text of the manifest, its digests left as they are."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(members["estimator.json"])
    places = list(_places(manifest["estimator"]))
    parent, key = places[draw.integers(len(places))]
    parent[key] = FORGED[draw.integers(len(FORGED))]
    members["estimator.json"] = json.dumps(manifest).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for name, member in members.items():
            new.writestr(name, member)
    return file.getvalue()


def _places(node):
    """Give (container, key) of all that is in a tree of JSON."""
    for key in node if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], (dict, list)):
            yield from _places(node[key])


FORGED = [
    10**9, 10**18, -1, 0, 1.5, 1e308, "", "junk", None, True, [], {}, [10**9] * 3,
    [[1]], "float64", "relu", "__class__",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["cnn", "svm", "hog"])
def test_a_model_with_a_forged_manifest_is_loaded_or_refused_soon(
    kind, fitted, fuzzed, effort, tmp_path
):
    X, estimators = fitted
    content = saved_bytes(estimators[kind], tmp_path / "right.skcnn")

    def check(loaded):
        # What it says is his who wrote the manifest; not how it fails.
        with suppress(ValueError, TypeError):
            answer(loaded, X)

    done = fuzzed("a.skcnn", content, forged_manifest, load, check, effort(4, 600))
    effort.say(f"files: load {kind} (forged manifest): {done}, 0 wrong")
