"""Tests of ErrorGalleryDisplay: which mistakes are drawn, in which order and how."""

import re

import numpy as np
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB

from skcnn import CNNClassifier, ConvAutoencoder, SVMClassifier, compare
from skcnn.plots import ErrorGalleryDisplay

# Six images of the labels 3, 8 and 9; four are read wrongly, two of them an 8 as a 9.
Y_TRUE = np.array([8, 3, 8, 8, 9, 3])
Y_PRED = np.array([9, 3, 9, 3, 9, 8])
CONFIDENCE = np.array([0.5, 1.0, 0.9, 0.7, 0.8, 0.99999])
MISTAKES = [5, 2, 3, 0]  # by confidence


@pytest.fixture
def six(shapes):
    return shapes[0][:6]


@pytest.fixture
def gallery(six):
    def make(**options):
        options = {"confidence": CONFIDENCE, **options}
        return ErrorGalleryDisplay.from_predictions(six, Y_TRUE, Y_PRED, **options)

    return make


def drawn(display):
    return [ax for ax in display.axes_.flat if ax.images]


def below(display):
    return [ax.texts[0].get_text() for ax in drawn(display)]


def test_mistakes_are_drawn_the_most_confident_first(gallery, six):
    display = gallery()
    assert display.rows.tolist() == MISTAKES
    pictures = [ax.images[0].get_array() for ax in drawn(display)]
    assert_allclose(pictures, six[MISTAKES] / 255, rtol=1e-6)
    assert display.figure_.get_suptitle().startswith(
        "4 mistakes in 6 images, the most confident first\nAbove: true label."
    )


def test_true_label_is_above_and_the_predicted_one_with_its_share_below(gallery):
    display = gallery()
    assert [ax.get_title() for ax in drawn(display)] == ["3", "8", "8", "8"]
    wanted = ["8\n> 99.9 %", "9\n90.0 %", "3\n70.0 %", "9\n50.0 %"]
    assert below(display) == wanted


def test_wrong_ones_are_red_and_right_ones_are_not(gallery):
    wrong = gallery()
    assert {ax.texts[0].get_color() for ax in drawn(wrong)} == {"#C00000"}
    right = gallery(true=9, predicted=9)
    assert right.rows.tolist() == [4]
    assert drawn(right)[0].texts[0].get_color() == plt.rcParams["text.color"]


@pytest.mark.parametrize(
    ("asked", "rows", "heading"),
    [
        ({"true": 8, "predicted": 9}, [2, 0], "8 read as 9: 2 of 3"),
        ({"true": 8}, [2, 3, 0], "8 read wrongly: 3 of 3"),
        ({"predicted": 9}, [2, 0], "Wrongly read as 9: 2 of 3"),
        ({"n_images": 1}, [5], "4 mistakes in 6 images, the most confident"),
        ({"n_images": 2, "confidence": None}, [0, 2], "4 mistakes .*, the first 2"),
        ({"confidence": None}, [0, 2, 3, 5], "4 mistakes in 6 images$"),
        ({"name": "svm", "true": 3}, [5], "svm: 3 read wrongly: 1 of 2$"),
    ],
)
def test_what_is_asked_for_is_drawn(gallery, asked, rows, heading):
    display = gallery(**asked)
    assert display.rows.tolist() == rows
    assert re.match(heading, display.heading)


def test_without_confidence_there_is_no_number(gallery):
    display = gallery(confidence=None)
    assert below(display) == ["9", "9", "3", "8"]
    heading = display.figure_.get_suptitle()
    assert heading.endswith("Below: prediction, row in X.")


def test_every_image_has_its_row(gallery, six):
    display = gallery()
    names = [ax.texts[1].get_text() for ax in drawn(display)]
    assert names == [f"row {row}" for row in MISTAKES]
    for ax, row in zip(drawn(display), MISTAKES, strict=True):
        assert_allclose(ax.images[0].get_array(), six[row] / 255, rtol=1e-6)
    display.figure_.draw_without_rendering()
    label, name = (t.get_window_extent() for t in drawn(display)[0].texts)
    assert name.y1 <= label.y0 + 1


def test_names_stand_for_rows_and_stay_different_when_they_are_cut(gallery):
    files = [f"photos/many/image-{i}.jpg" for i in range(6)]
    display = gallery(image_names=files)
    assert display.image_names == [files[row] for row in MISTAKES]
    names = [ax.texts[1].get_text() for ax in drawn(display)]
    assert len(set(names)) == 4
    assert all(len(name) <= 15 and name.endswith(".jpg") for name in names)
    assert display.figure_.get_suptitle().endswith("prediction, probability, name.")


def test_labels_that_differ_stay_different_when_they_are_cut(gallery):
    names = [f"very long name {i} of a class" for i in ("one", "two", "six")]
    display = gallery(class_names=names, true=8, predicted=9)
    (ax, _) = drawn(display)
    assert ax.get_title() != ax.texts[0].get_text().partition("\n")[0]


def test_equal_confidences_stay_in_their_order(gallery):
    assert gallery(confidence=np.full(6, 0.5)).rows.tolist() == [0, 2, 3, 5]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "No mistakes in 6 images"),
        ({"true": 8, "predicted": 3}, "8 read as 3: none of 3"),
    ],
)
def test_no_mistake_is_said_in_empty_axes(six, asked, text):
    display = ErrorGalleryDisplay.from_predictions(six, Y_TRUE, Y_TRUE, **asked)
    (ax,) = display.axes_.flat
    assert not ax.images
    assert not ax.axison
    assert ax.texts[0].get_text() == text


def test_one_mistake_is_one_mistake(six):
    y_pred = [9, *Y_TRUE[1:]]
    display = ErrorGalleryDisplay.from_predictions(six, Y_TRUE, y_pred)
    assert display.heading == "1 mistake in 6 images"


def test_class_names_stand_for_labels(gallery):
    display = gallery(class_names=["three", "eight", "nine"], true=8, predicted=9)
    assert display.heading.startswith("eight read as nine: 2 of 3")
    assert display.y_true == ["eight", "eight"]
    assert below(display)[0] == "nine\n90.0 %"


def test_classifier_is_asked_for_labels_and_probabilities(fitted_cnn, mislabelled):
    X, y = mislabelled
    display = ErrorGalleryDisplay.from_estimator(fitted_cnn, X, y)
    y_pred, proba = fitted_cnn.predict(X), fitted_cnn.predict_proba(X).max(axis=1)
    wrong = np.flatnonzero(y_pred != y)
    assert len(wrong) >= 6
    assert sorted(display.rows) == sorted(wrong[np.argsort(-proba[wrong])][:20])
    assert_allclose(display.confidence, -np.sort(-proba[wrong])[:20])
    assert display.y_pred == y_pred[display.rows].tolist()


def test_names_are_those_of_all_classes_of_the_classifier(fitted_cnn, mislabelled):
    X, y = mislabelled
    is_left = y == "left"
    names = ["Left bar", "Spot", "Top bar"]
    display = ErrorGalleryDisplay.from_estimator(
        fitted_cnn, X[is_left], y[is_left], class_names=names
    )
    assert set(display.y_true) == {"Left bar"}


def test_classifier_without_probabilities_keeps_the_order(mislabelled):
    X, y = mislabelled
    svm = SVMClassifier(kernel="linear").fit(X[10:], y[10:])
    display = ErrorGalleryDisplay.from_estimator(svm, X, y)
    assert display.confidence is None
    assert (np.diff(display.rows) > 0).all()


def test_flat_rows_are_cut_as_the_classifier_cuts_them(make_cnn, mislabelled):
    X, y = mislabelled
    flat = X.reshape(60, 64)
    clf = make_cnn(image_shape=(4, 16), epochs=1).fit(flat, y)
    display = ErrorGalleryDisplay.from_estimator(clf, flat, y)
    assert drawn(display)[0].images[0].get_array().shape == (4, 16)


def test_comparison_is_drawn_from_its_out_of_fold_rows(comparison, mislabelled):
    X, _ = mislabelled
    display = ErrorGalleryDisplay.from_comparison(comparison, name="svm")
    table = comparison.predictions_.query("estimator == 'svm' and y_true != y_pred")
    table = table.sort_values("confidence", ascending=False, kind="stable")[:20]
    assert_array_equal(np.sort(display.rows), np.sort(table["row"]))
    assert_allclose(display.confidence, table["confidence"])
    truth = comparison.y_[display.rows].tolist()
    assert display.y_true == truth
    assert_allclose(drawn(display)[0].images[0].get_array(), X[display.rows[0]] / 255)
    assert display.heading.startswith("svm, out of fold: ")


def test_repeated_folds_draw_an_image_once(mislabelled):
    X, y = mislabelled
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=0)
    done = compare([GaussianNB()], X, y, cv=cv, random_state=0, verbose=0)
    wrong = done.predictions_.query("y_true != y_pred")
    display = ErrorGalleryDisplay.from_comparison(done, n_images=4)
    assert len(set(display.rows)) == 4
    most = wrong.sort_values("confidence", ascending=False, kind="stable")
    assert display.rows.tolist() == most["row"].drop_duplicates()[:4].tolist()
    assert display.heading.endswith(
        f"{len(wrong)} mistakes in 180 predictions, on {wrong['row'].nunique()} "
        "images, the 4 most confident"
    )


def test_classes_need_not_be_sorted(mislabelled):
    class Turned(GaussianNB):
        """Gives its classes and probabilities in the opposite order."""

        def fit(self, X, y):
            super().fit(X, y)
            self.model_ = GaussianNB().fit(X, y)
            self.classes_ = self.classes_[::-1]
            return self

        def predict(self, X):
            return self.model_.predict(X)

        def predict_proba(self, X):
            return self.model_.predict_proba(X)[:, ::-1]

    X, y = mislabelled[0].reshape(60, -1), mislabelled[1]
    turned = ErrorGalleryDisplay.from_estimator(Turned().fit(X, y), X, y)
    plain = ErrorGalleryDisplay.from_estimator(GaussianNB().fit(X, y), X, y)
    assert_array_equal(turned.confidence, plain.confidence)


def test_comparison_draws_its_best_and_may_lack_probabilities(comparison):
    best = ErrorGalleryDisplay.from_comparison(comparison)
    assert best.heading.startswith(comparison.best_)
    plain = ErrorGalleryDisplay.from_comparison(comparison, name="plain")
    assert plain.confidence is None


def test_given_axes_are_filled_as_far_as_they_go(gallery):
    figure, axes = plt.subplots(1, 2)
    display = gallery(ax=axes)
    assert display.figure_ is figure
    assert [ax.get_title() for ax in axes] == ["3", "8"]
    many = gallery(ax=plt.subplots(3, 3)[1])
    assert len(drawn(many)) == 4


def test_single_given_axes_have_the_heading_as_their_title(gallery):
    figure, ax = plt.subplots()
    display = gallery(name="svm", ax=ax)
    assert ax.get_title().replace("\n", " ") == (
        "svm: 4 mistakes in 6 images, the most confident 3"
    )
    assert len(display.rows) == 1
    figure.draw_without_rendering()
    assert ax.get_tightbbox().y1 <= figure.bbox.y1


def test_labels_do_not_touch(shapes):
    X, y = shapes
    y_pred = np.roll(np.char.add(y, " of the foot"), 20)
    y_true = np.char.add(y, " of the foot")
    display = ErrorGalleryDisplay.from_predictions(
        X, y_true, y_pred, confidence=np.linspace(0, 1, 60)
    )
    display.figure_.draw_without_rendering()
    first, second = display.axes_[0, :2]
    assert (
        first.texts[0].get_window_extent().x1 < second.texts[0].get_window_extent().x0
    )
    lower = display.axes_[1, 0].title.get_window_extent()
    assert first.texts[0].get_window_extent().y0 > lower.y1


def test_unknown_label_is_refused_with_those_there_are(gallery):
    with pytest.raises(ValueError, match="true=7 is no label here; there are 3, 8, 9"):
        gallery(true=7)
    with pytest.raises(ValueError, match="predicted='9' is no label here"):
        gallery(predicted="9")


@pytest.mark.parametrize("name", ["y_true", "y_pred", "confidence", "image_names"])
def test_other_lengths_are_refused(six, name):
    given = {"y_true": Y_TRUE, "y_pred": Y_PRED, "confidence": CONFIDENCE}
    given["image_names"] = list("abcdef")
    given[name] = given[name][:5]
    with pytest.raises(
        ValueError, match=f"{name} has 5 values, but there are 6 images"
    ):
        ErrorGalleryDisplay.from_predictions(six, **given)


def test_probabilities_of_all_classes_are_refused_with_the_cure(gallery):
    with pytest.raises(
        ValueError, match=r"confidence has shape \(6, 3\).*max\(axis=1\)"
    ):
        gallery(confidence=np.full((6, 3), 1 / 3))


def test_unfitted_classifier_is_refused(shapes):
    with pytest.raises(NotFittedError):
        ErrorGalleryDisplay.from_estimator(CNNClassifier(), *shapes)


def test_estimator_that_is_no_classifier_is_refused(shapes):
    with pytest.raises(TypeError, match="ConvAutoencoder is no classifier"):
        ErrorGalleryDisplay.from_estimator(ConvAutoencoder(), *shapes)


def test_other_number_of_labels_is_refused_before_predicting(fitted_cnn, shapes):
    X, y = shapes
    with pytest.raises(ValueError, match="y has 59 values, but there are 60 images"):
        ErrorGalleryDisplay.from_estimator(fitted_cnn, X, y[:59])


def test_unknown_name_of_a_comparison_is_refused(comparison):
    with pytest.raises(ValueError, match="'forest' is no estimator of this comparison"):
        ErrorGalleryDisplay.from_comparison(comparison, name="forest")
