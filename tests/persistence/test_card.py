"""Tests of the model card, the README in a file."""

import zipfile

import pytest
from PIL import Image
from sklearn.pipeline import make_pipeline

from skcnn import HOGFeatures, ImageLoader, NetworkFeatures, SVMClassifier, save


@pytest.fixture
def card_of(path):
    """Give a function that saves an estimator and returns its card."""

    def read(estimator):
        save(estimator, path)
        with zipfile.ZipFile(path) as file:
            return file.read("README.md").decode()

    return read


def test_it_says_what_the_file_is(make_fitted, card_of):
    estimator = make_fitted("CNNClassifier")
    card = card_of(estimator)
    assert card.startswith("# CNNClassifier\n\nConvolutional network for image class")
    assert "| Images of CNNClassifier | 8 x 8 pixels, channels: 1 |" in card
    assert "| Classes (3) | left, spot, top |" in card
    assert f"| Weights of CNNClassifier | {estimator.n_parameters_} |" in card
    loss = estimator.history_.loss.iloc[-1]
    assert f"1 epochs; the last: loss {loss:.4g}" in card
    assert "skcnn.load(path)" in card
    assert "model.predict(images)" in card


def test_it_lists_the_parameters_that_are_not_the_default(make_fitted, card_of):
    card = card_of(make_fitted("CNNClassifier"))
    assert "- `filters = (4,)`" in card
    assert "- `random_state = 0`" in card
    assert "kernel_size" not in card


def test_it_names_the_own_code_that_is_not_in_the_file(make_fitted, card_of):
    card = card_of(make_fitted("NetworkClassifier"))
    assert "- `model`: the function 'perceptron' of the module" in card
    assert "- `model = " not in card


def test_of_a_pipeline_it_names_the_steps_and_their_parameters(
    make_cnn, card_of, shapes
):
    network = NetworkFeatures(make_cnn(filters=(4,), epochs=1))
    card = card_of(make_pipeline(network, SVMClassifier(C=2.0)).fit(*shapes))
    assert "| Parts | NetworkFeatures, SVMClassifier |" in card
    assert "- `svmclassifier__C = 2.0`" in card
    assert "- `networkfeatures__estimator = CNNClassifier`" in card
    assert "- `networkfeatures__estimator__filters = (4,)`" in card


def test_folders_of_this_computer_are_not_listed(card_of, make_cnn, path, shapes):
    cnn = make_cnn(filters=(4,), epochs=1, checkpoint_dir=path.parent / "secret")
    pipeline = make_pipeline(NetworkFeatures(cnn), SVMClassifier(C=2.0))
    card = card_of(pipeline.fit(*shapes))
    assert "- `svmclassifier__C = 2.0`" in card
    assert "checkpoint_dir" not in card


def test_labels_cannot_break_the_table(card_of, pair):
    X, y = pair
    labels = ["a|b" if label == "left" else "c\nd" for label in y]
    assert "| Classes (2) | a\\|b, c d |" in card_of(SVMClassifier().fit(X, labels))


def test_a_transformer_transforms(card_of, shapes):
    card = card_of(HOGFeatures(cells_per_block=1).fit(shapes[0]))
    assert "model.transform(images)" in card
    assert "Classes" not in card


def test_a_model_that_begins_with_files_says_that_it_takes_paths(card_of, tmp_path):
    names = [str(tmp_path / f"{i}.png") for i in range(4)]
    for i, name in enumerate(names):
        Image.new("L", (8, 6), i).save(name)
    card = card_of(make_pipeline(ImageLoader(), SVMClassifier()).fit(names, [0, 1] * 2))
    assert "model.predict(paths)" in card
    assert "| Images of ImageLoader | 6 x 8 pixels, channels: 1 |" in card
