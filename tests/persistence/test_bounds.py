"""Tests of what `load` builds: no more than the weights in the file account for."""

import json

import pytest

from skcnn import load, save

BILLION = 10**9


@pytest.fixture
def forge_build(path, forge, make_fitted):
    """Give a function that saves an estimator and changes how its network is built."""

    def forge_build(name, change, part="_spec"):
        save(make_fitted(name), path)
        forge(lambda m: change(m["estimator"]["fitted"][part]["build"]))

    return forge_build


def sizes(*numbers):
    """Return a tuple as it is in a file."""
    return {"type": "tuple", "items": [*numbers]}


@pytest.mark.parametrize(
    ("name", "keyword", "value"),
    [
        ("CNNClassifier", "convs_per_block", sizes(BILLION)),
        ("CNNClassifier", "filters", sizes(BILLION)),
        ("CNNClassifier", "kernel_size", sizes(sizes(10**5, 10**5))),
        ("CNNClassifier", "dense_units", sizes(BILLION)),
        ("CNNClassifier", "dense_units", sizes(*[1] * 10**4)),
        ("ResNetClassifier", "blocks", sizes(BILLION)),
        ("ResNetClassifier", "filters", sizes(BILLION)),
        ("ResNetClassifier", "stem_kernel_size", sizes(10**5, 10**5)),
        ("ConvAutoencoder", "code_units", BILLION),
        ("ConvAutoencoder", "filters", sizes(BILLION)),
        ("TransferClassifier", "dense_units", sizes(BILLION)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_network_is_not_built_beyond_its_weights(
    name, keyword, value, forge_build, path
):
    def change(build):
        items = [pair for pair in build["keywords"]["items"] if pair[0] != keyword]
        build["keywords"]["items"] = [*items, [keyword, value]]

    forge_build(name, change)
    with pytest.raises(ValueError, match=r"cannot be: it has more weights than .* \d"):
        load(path)


@pytest.mark.parametrize(("number", "name"), [(0, "shape"), (1, "n_classes")])
def test_images_and_classes_of_a_network_are_bound_by_its_weights(
    number, name, forge_build, path
):
    def change(build):
        large = [sizes(10**6, 10**6, 1), BILLION]
        build["args"][number] = large[number]

    forge_build("CNNClassifier", change)
    with pytest.raises(ValueError, match="cannot be: it has more weights than"):
        load(path)


def test_a_backbone_is_not_built_beyond_its_weights(forge_build, path):
    def change(build):
        build.clear()
        build |= {
            "by": "application",
            "name": "MobileNetV2",
            "shape": [32, 32, 3],
            "keywords": {"type": "dict", "items": [["alpha", 1e6]]},
        }

    forge_build("TransferClassifier", change, part="_extractor")
    with pytest.raises(ValueError, match="cannot be: it has more weights than"):
        load(path)


@pytest.fixture
def forge_layers(forge_build):
    """Give a function that changes the layers in the description of a network."""

    def forge_layers(change):
        def rewrite(build):
            description = json.loads(build["description"])
            change(description["layers"])
            build["description"] = json.dumps(description)

        forge_build("NetworkClassifier", rewrite)

    return forge_layers


def test_a_described_layer_is_not_built_beyond_its_weights(forge_layers, path):
    def change(layers):
        layers[2]["config"]["units"] = BILLION

    forge_layers(change)
    with pytest.raises(ValueError, match="cannot be: it has more weights than"):
        load(path)


def test_a_description_has_an_end(forge_layers, path):
    forge_layers(lambda layers: layers.extend([layers[1]] * 1000))
    with pytest.raises(ValueError, match=r"cannot be: \d+ layers and calls of layers"):
        load(path)


def test_a_description_is_in_order(forge_layers, path):
    def change(layers):
        def taking(number):
            text = json.dumps(layers[1])
            text = text.replace(layers[0]["name"], f"layer {number}")
            return json.loads(text) | {"name": f"layer {number - 1}"}

        layers[1:1] = [taking(number) for number in range(150)]

    forge_layers(change)
    with pytest.raises(ValueError, match=r"cannot be: 1\d\d of its layers take what"):
        load(path)


def test_layers_that_repeat_something_have_a_bound(forge_layers, path):
    def change(layers):
        config = {"num_ops": BILLION, "name": "many"}
        layers[1] |= {"class_name": "RandAugment", "config": config}

    forge_layers(change)
    with pytest.raises(ValueError, match="cannot be: num_ops=1000000000, and 4096"):
        load(path)


@pytest.mark.parametrize(
    ("module", "name", "config", "match"),
    [
        ("metrics", "AUC", {"num_thresholds": BILLION}, "num_thresholds=1000000000"),
        ("metrics", "MeanIoU", {"num_classes": 10**6}, "num_classes=1000000"),
    ],
)
def test_objects_of_keras_have_a_bound(
    module, name, config, match, make_fitted, path, forge
):
    save(make_fitted("NetworkClassifier"), path)
    description = {
        "module": f"keras.{module}",
        "class_name": name,
        "config": config,
        "registered_name": None,
    }
    node = {"type": "keras", "description": description}
    forge(lambda m: m["estimator"]["parameters"].update(metrics=[node]))
    with pytest.raises(ValueError, match=match):
        load(path)


def test_a_layer_as_a_parameter_is_not_built(make_cnn, shapes, path, forge):
    import keras

    save(make_cnn(augment=keras.layers.RandomFlip(seed=0)).fit(*shapes), path)

    def change(manifest):
        description = manifest["estimator"]["parameters"]["augment"]["description"]
        config = {"name": "large", "units": 10**6}
        shape = {"input_shape": [None, 10**6]}
        description |= {"class_name": "Dense", "config": config, "build_config": shape}

    forge(change)
    assert not load(path).augment.weights
