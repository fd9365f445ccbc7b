"""Tests of what `load` refuses: nothing in a file is executed or believed."""

import io
import json
import pickle
import random
import zipfile

import numpy as np
import pytest
from PIL import Image
from sklearn.pipeline import make_pipeline

from skcnn import ImageLoader, load, save
from skcnn.base.scaling import decide_rescale
from skcnn.persistence._networks import _decode_scaling, _encode_scaling


class Evil:
    """Notes that it was unpickled."""

    def __reduce__(self):
        return _note, ()


NOTES = []


def _note():
    NOTES.append("executed")


@pytest.fixture
def cnn_file(make_fitted, path):
    """Give the path of a saved CNNClassifier."""
    save(make_fitted("CNNClassifier"), path)
    return path


@pytest.fixture
def hog_file(make_fitted, path):
    """Give the path of a saved HOGFeatures."""
    save(make_fitted("HOGFeatures"), path)
    return path


@pytest.fixture
def network_file(make_fitted, path):
    """Give the path of a saved NetworkClassifier, with a description by Keras."""
    save(make_fitted("NetworkClassifier"), path)
    return path


def member_of(path, part):
    """Return the name of the first member with this part in its name."""
    with zipfile.ZipFile(path) as file:
        return next(name for name in file.namelist() if part in name)


def as_npy(array, **options):
    """Return an array as the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


# --- the file -------------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.skcnn' does not exist"):
        load(tmp_path / "nothing.skcnn")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a zip", pickle.dumps(Evil())])
def test_what_is_no_zip_is_refused(content, path):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model.skcnn' is no file that skcnn\.save"):
        load(path)
    assert not NOTES


def test_a_zip_of_something_else_is_refused(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("other.txt", "hello")
    with pytest.raises(ValueError, match=r"is a zip, but none that skcnn\.save"):
        load(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(share, cnn_file):
    content = cnn_file.read_bytes()
    cnn_file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="is damaged: its end is missing"):
        load(cnn_file)


def test_a_changed_byte_is_found(make_fitted, cnn_file):
    weights = make_fitted("CNNClassifier")._state.weights[0].tobytes()
    content = bytearray(cnn_file.read_bytes())
    content[content.index(weights)] ^= 1
    cnn_file.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights\.0\.npy' in it cannot be .*CRC"):
        load(cnn_file)


def test_a_compressed_member_is_refused_unread(cnn_file, forge):
    forge(compression=zipfile.ZIP_DEFLATED, bomb=bytes(10**6))
    with pytest.raises(ValueError, match="is compressed, and ours never are"):
        load(cnn_file)


def test_a_member_that_is_missing_is_named(cnn_file, forge):
    member = member_of(cnn_file, "weights.0")
    forge(**{member: None})
    with pytest.raises(ValueError, match=r"weights\.0\.npy' is missing"):
        load(cnn_file)


def test_a_member_that_is_there_twice_is_refused(hog_file):
    with (
        zipfile.ZipFile(hog_file, "a") as file,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        file.writestr("estimator.json", "{}")
    with pytest.raises(ValueError, match=r"'estimator\.json' is in it 2 times"):
        load(hog_file)


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"format": "other"}']
)
def test_a_manifest_that_is_none_is_refused(content, hog_file, forge):
    forge(**{"estimator.json": content})
    with pytest.raises(ValueError, match=r"is no JSON|none that skcnn\.save"):
        load(hog_file)


def test_a_newer_format_says_to_upgrade(hog_file, forge):
    def change(manifest):
        manifest["format_version"] = 99
        manifest["versions"]["skcnn"] = "9.0"

    forge(change)
    with pytest.raises(ValueError, match=r"skcnn 9\.0, and this is .* in its folder"):
        load(hog_file)


def test_another_version_is_named_where_something_is_wrong(hog_file, forge):
    def change(manifest):
        manifest["versions"]["skcnn"] = "0.9"
        manifest["estimator"]["class"] = "FutureClassifier"

    forge(change)
    with pytest.raises(
        ValueError, match=r"'FutureClassifier'\. It was written by .*0\.9"
    ):
        load(hog_file)


def test_a_parameter_that_is_not_in_the_file_has_its_default(hog_file, forge):
    forge(lambda manifest: manifest["estimator"]["parameters"].pop("block_norm"))
    assert load(hog_file).block_norm == "L1-sqrt"


def test_whatever_bytes_are_changed_gives_an_estimator_or_a_value_error(
    make_fitted, path
):
    save(make_fitted("SVMClassifier"), path)
    whole, draw = path.read_bytes(), random.Random(0)
    directory = whole.index(b"PK\x01\x02")
    refused = 0
    for number in range(400):
        content = bytearray(whole)
        # Half of them in the table of contents, where nothing has a checksum.
        start = directory if number % 2 else 0
        content[draw.randrange(start, len(content))] = draw.randrange(256)
        path.write_bytes(content)
        try:
            load(path)
        except ValueError:
            refused += 1
    assert refused > 200


# --- arrays ---------------------------------------------------------------------------


def test_a_pickled_array_is_not_executed(cnn_file, forge):
    array = np.array([Evil()], dtype=object)
    forge(**{member_of(cnn_file, "weights.0"): as_npy(array, allow_pickle=True)})
    with pytest.raises(ValueError, match="it holds object, and only plain numbers"):
        load(cnn_file)
    assert not NOTES


def test_an_array_that_claims_to_be_large_is_refused_unread(cnn_file, forge):
    member = member_of(cnn_file, "weights.0")
    content = as_npy(np.zeros((3, 3), np.float32))
    forged = content.replace(b"(3, 3), }            ", b"(3, 9000000000), }   ")
    assert forged != content
    forge(**{member: forged})
    with pytest.raises(ValueError, match="are 108000000000 bytes, and it has 36"):
        load(cnn_file)


def test_texts_of_no_characters_take_no_memory(cnn_file, forge):
    # The file has not a byte for any of them, and NumPy makes one for each.
    buffer = io.BytesIO()
    header = {"shape": (10**7,), "fortran_order": False, "descr": "|S0"}
    np.lib.format.write_array_header_1_0(buffer, header)
    forge(**{member_of(cnn_file, "classes.npy"): buffer.getvalue()})
    with pytest.raises(ValueError, match="it holds texts of no characters"):
        load(cnn_file)


@pytest.mark.parametrize(
    "array",
    [np.zeros((3, 3, 1, 5), np.float32), np.zeros(4, np.float32)],
    ids=["more filters", "a vector"],
)
def test_weights_of_another_shape_are_refused(array, cnn_file, forge):
    forge(**{member_of(cnn_file, "weights.0"): as_npy(array)})
    # Where the network is built already, the weights meet it; else none is built.
    match = "weights that do not fit its network|more weights than the file"
    with pytest.raises(ValueError, match=match):
        load(cnn_file)


def test_too_few_weights_are_refused(cnn_file, forge):
    def change(manifest):
        manifest["estimator"]["fitted"]["_state"]["weights"].pop()

    forge(change)
    match = "weights that do not fit its network|more weights than the file"
    with pytest.raises(ValueError, match=match):
        load(cnn_file)


def test_weights_that_are_no_floats_are_refused(cnn_file, forge):
    array = np.zeros((3, 3, 1, 4), np.int32)
    forge(**{member_of(cnn_file, "weights.0"): as_npy(array)})
    with pytest.raises(ValueError, match="weights of int32"):
        load(cnn_file)


def test_classes_that_do_not_fit_the_network_are_refused(cnn_file, forge):
    forge(**{member_of(cnn_file, "classes.npy"): as_npy(np.array(["a", "b"]))})
    with pytest.raises(ValueError, match="has 2 classes, and its network gives 3"):
        load(cnn_file)


# --- names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "node",
    [
        {"type": "function", "module": "os", "name": "system"},
        {"type": "function", "module": "skcnn.networks", "name": "build_application"},
        {"type": "function", "module": "skcnn.persistence", "name": "load"},
        {"type": "keras_class", "module": "keras.utils", "name": "get_file"},
        {"type": "keras_class", "module": "keras.layers", "name": "Lambda"},
        {"type": "keras_class", "module": "os", "name": "system"},
        {"type": "pickle", "value": "gASVIAAAAAAAAAA="},
        {"type": "numpy", "name": "load"},
    ],
    ids=lambda node: node.get("name", node["type"]),
)
def test_names_outside_the_lists_are_refused(node, hog_file, forge):
    def change(manifest):
        manifest["estimator"]["parameters"]["image_shape"] = node

    forge(change)
    with pytest.raises(ValueError, match=r"which is none of|unknown"):
        load(hog_file)


@pytest.mark.parametrize("name", ["os.system", "Popen", "Comparison", "recipes"])
def test_classes_outside_the_list_are_refused(name, hog_file, forge):
    forge(lambda manifest: manifest["estimator"].update({"class": name}))
    with pytest.raises(ValueError, match=f"the unknown class '{name}'"):
        load(hog_file)


@pytest.mark.parametrize(
    "attribute", ["predict", "__class__", "transform", "_plain_model"]
)
def test_attributes_outside_the_list_are_refused(attribute, hog_file, forge):
    forge(lambda manifest: manifest["estimator"]["fitted"].update({attribute: 1}))
    with pytest.raises(ValueError, match=f"unknown attributes .*{attribute}"):
        load(hog_file)


def test_a_network_is_built_by_functions_of_the_list_only(cnn_file, forge):
    def change(manifest):
        build = manifest["estimator"]["fitted"]["_spec"]["build"]
        build["by"] = "build_report_backbone"

    forge(change)
    with pytest.raises(ValueError, match="unknown 'build_report_backbone'"):
        load(cnn_file)


LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"name": "evil", "function": {"class_name": "__lambda__", "config": {}}},
    "registered_name": None,
    "name": "evil",
    "inbound_nodes": [],
}


@pytest.mark.parametrize(
    "layer",
    [
        LAMBDA,
        {**LAMBDA, "class_name": "TFSMLayer", "config": {"filepath": "/tmp"}},
        {**LAMBDA, "class_name": "TorchModuleWrapper"},
        {**LAMBDA, "class_name": "StringLookup", "config": {"vocabulary": "/etc"}},
        {**LAMBDA, "module": "keras.utils", "class_name": "get_file"},
        {**LAMBDA, "module": "os", "class_name": "system"},
        {**LAMBDA, "module": "builtins", "class_name": "function", "config": "exec"},
        {**LAMBDA, "class_name": "__lambda__", "config": {"value": "x"}},
        {**LAMBDA, "class_name": "Dense", "registered_name": "mine>Dense"},
        {"class_name": "Dense", "config": {}},
        {**LAMBDA, "class_name": "Dense", "config": {"kernel_initializer": LAMBDA}},
    ],
    ids=lambda layer: f"{layer.get('module')}.{layer['class_name']}",
)
def test_parts_of_keras_outside_the_list_are_refused(layer, network_file, forge):
    def change(manifest):
        build = manifest["estimator"]["fitted"]["_spec"]["build"]
        description = json.loads(build["description"])
        description["layers"][1] = layer
        build["description"] = json.dumps(description)

    forge(change)
    with pytest.raises(ValueError, match="is none of the parts of Keras"):
        load(network_file)


def test_an_optimizer_that_is_none_is_refused(cnn_file, forge):
    def change(manifest):
        description = {**LAMBDA, "module": "keras.saving", "class_name": "load_model"}
        node = {"type": "keras", "description": description}
        manifest["estimator"]["parameters"]["optimizer"] = node

    forge(change)
    with pytest.raises(ValueError, match=r"'load_model' of the module 'keras\.saving'"):
        load(cnn_file)


def test_a_backbone_of_an_application_may_not_name_weights(make_fitted, path, forge):
    save(make_fitted("TransferClassifier"), path)

    def change(manifest):
        manifest["estimator"]["fitted"]["_extractor"]["build"] = {
            "by": "application",
            "name": "MobileNetV2",
            "shape": [32, 32, 3],
            "keywords": {"type": "dict", "items": [["weights", "/etc/passwd"]]},
        }

    forge(change)
    with pytest.raises(
        ValueError, match=r"MobileNetV2 with the arguments \['weights'\]"
    ):
        load(path)


# --- folders --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "folder"),
    [("CNNClassifier", "checkpoint_dir"), ("TransferClassifier", "memory")],
)
def test_a_file_does_not_say_where_to_write(name, folder, make_fitted, path, forge):
    save(make_fitted(name), path)
    forge(lambda manifest: manifest["estimator"]["parameters"].update({folder: "here"}))
    with pytest.raises(ValueError, match=rf"folders of this computer, as \['{folder}"):
        load(path)


def test_a_pipeline_does_not_say_where_to_write(make_fitted, path, forge):
    save(make_pipeline(make_fitted("HOGFeatures")), path)
    forge(lambda manifest: manifest["estimator"]["parameters"].update(memory="here"))
    with pytest.raises(ValueError, match=r"folders of this computer, as \['memory"):
        load(path)


# --- anything -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("HOGFeatures", 200),
        ("PatchFeatures", 100),
        ("patches and ridge", 60),
        ("SVMClassifier with all", 100),
        ("CNNClassifier", 100),
        ("NetworkClassifier", 100),
        ("TransferClassifier", 60),
        ("ConvAutoencoder", 60),
    ],
)
def test_a_damaged_file_is_refused_or_predicts_the_same_and_a_forged_one_ends(
    name, n, make_fitted, path, shapes, fuzz_files
):
    outcomes = fuzz_files.fuzz(make_fitted(name), path, shapes[0], n, seed=0)
    loaded = sum(count for (_, what), count in outcomes.items() if what == "loaded")
    assert 0 < loaded < n / 2


def test_a_scale_of_before_there_was_an_extent_has_its_range():
    images = np.float32([-3, 0, 2]).reshape(3, 1, 1, 1)
    scaling = decide_rescale("auto", images)
    node = _encode_scaling(scaling, None, ())
    assert _decode_scaling(node, None) == scaling
    del node["extent"]
    assert _decode_scaling(node, None) == scaling._replace(extent=3)


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [("dtype_", "object", "of the type 'object'"), ("dtype_", 8, "dtype_=8 where str")],
)
def test_what_no_loader_of_images_has_decided_is_refused(
    attribute, value, message, path, forge, tmp_path
):
    Image.new("L", (8, 6)).save(tmp_path / "1.png")
    save(ImageLoader().fit([tmp_path / "1.png"]), path)
    forge(lambda m: m["estimator"]["fitted"].update({attribute: value}))
    with pytest.raises(ValueError, match=message):
        load(path)
