"""Tests of HistoryDisplay: what is drawn, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import (
    AutoencoderClassifier,
    CNNClassifier,
    ConvAutoencoder,
    NetworkClassifier,
    SVMClassifier,
)
from skcnn.base.palette import COLOURS
from skcnn.plots import ComparisonDisplay, HistoryDisplay
from skcnn.plots._history import _own_losses


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


@pytest.fixture(scope="module")
def validated(shapes, make_cnn):
    X, y = shapes
    return make_cnn().fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])


def history(**columns):
    return pd.DataFrame({"loss": [3.0, 2.0], "accuracy": [0.5, 0.7], **columns})


def folds(losses, name="cnn"):
    """Return histories whose folds have the given losses, epoch by epoch."""
    frames = [
        pd.DataFrame({"estimator": name, "fold": i, "epoch": range(1, 1 + len(loss))})
        for i, loss in enumerate(losses)
    ]
    return pd.concat([f.assign(loss=x) for f, x in zip(frames, losses, strict=True)])


def test_lines_are_the_history_of_the_estimator(validated):
    display = HistoryDisplay.from_estimator(validated)
    columns = ["loss", "val_loss", "accuracy", "val_accuracy"]
    assert [column for _, column in display.lines_] == columns
    for (_, column), line in display.lines_.items():
        assert_allclose(line.get_ydata(), validated.history_[column])
        assert_allclose(line.get_xdata(), validated.history_.index)
    assert display.bands_ == {}


def test_panels_are_named(validated):
    display = HistoryDisplay.from_estimator(validated)
    loss, accuracy = display.axes_
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("Loss", "Accuracy")
    assert accuracy.get_xlabel() == "Epoch"
    assert loss.get_title() == "CNNClassifier"
    assert texts(display.legend_) == ["training", "validation"]
    assert len(loss.lines) == len(accuracy.lines) == 2


def test_without_validation_there_is_one_line_per_panel(fitted_cnn):
    display = HistoryDisplay.from_estimator(fitted_cnn, name="small")
    assert [len(ax.lines) for ax in display.axes_] == [1, 1]
    assert texts(display.legend_) == ["training"]
    assert display.axes_[0].get_title() == "small"


def test_epoch_that_was_kept_is_marked():
    histories = folds([[3.0, 2.0, 2.5]])
    display = HistoryDisplay(histories, best_epoch=2).plot()
    (panel,) = display.axes_
    assert_allclose(panel.lines[-1].get_xdata(), 2)
    assert texts(display.legend_) == ["training", "epoch 2, kept"]


def test_early_stopping_tells_the_epoch_that_was_kept(fitted_cnn):
    stopped = CNNClassifier()
    stopped._state, stopped.history_ = None, fitted_cnn.history_
    stopped.best_iter_ = 1
    assert HistoryDisplay.from_estimator(stopped).best_epoch == 1
    assert HistoryDisplay.from_estimator(fitted_cnn).best_epoch is None


def test_network_in_a_pipeline_is_found(fitted_cnn):
    pipeline = make_pipeline(FunctionTransformer(), fitted_cnn)
    display = HistoryDisplay.from_estimator(pipeline)
    assert next(iter(display.lines_)) == ("CNNClassifier", "loss")


def test_band_is_mean_and_standard_deviation_of_the_folds():
    display = HistoryDisplay(folds([[4.0, 2.0], [2.0, 1.0], [3.0, 0.0]])).plot()
    assert_allclose(display.lines_["cnn", "loss"].get_ydata(), [3, 1])
    # The standard deviation with ddof=1 is 1 in both epochs.
    corners = display.bands_["cnn", "loss"].get_paths()[0].vertices
    for epoch, ends in {1: (2, 4), 2: (0, 2)}.items():
        heights = corners[corners[:, 0] == epoch, 1]
        assert_allclose((heights.min(), heights.max()), ends)
    assert display.axes_[0].get_title() == "cnn: mean and sd over 3 folds"


def test_folds_that_stopped_early_count_as_long_as_they_ran():
    display = HistoryDisplay(folds([[4.0, 2.0, 1.0], [2.0, 1.0]])).plot()
    assert_allclose(display.lines_["cnn", "loss"].get_ydata(), [3, 1.5, 1])


def test_comparison_draws_only_networks(comparison):
    display = HistoryDisplay.from_comparison(comparison)
    assert list(display.lines_) == [("cnn", "loss"), ("cnn", "accuracy")]
    histories = comparison.histories_
    assert_allclose(
        display.lines_["cnn", "loss"].get_ydata(),
        histories.groupby("epoch")["loss"].mean(),
    )
    assert list(display.bands_) == list(display.lines_)


def test_several_networks_have_a_colour_each_and_dashes_for_validation():
    losses = [[3.0, 2.0], [2.0, 1.0]]
    histories = pd.concat([folds(losses, "wide"), folds(losses, "deep")])
    histories["val_loss"] = histories["loss"] + 1
    display = HistoryDisplay(histories).plot()
    lines = display.lines_
    colours = {key: line.get_color() for key, line in lines.items()}
    assert colours["wide", "loss"] == colours["wide", "val_loss"]
    assert colours["wide", "loss"] != colours["deep", "loss"]
    assert lines["wide", "val_loss"].get_linestyle() == "--"
    assert texts(display.legend_) == ["wide", "deep", "training", "validation"]


def test_a_network_keeps_its_colour_whoever_else_is_drawn():
    histories = pd.concat([folds([[3.0, 2.0]], name) for name in ("wide", "deep")])
    histories["val_loss"] = histories["loss"] + 1
    places = {"wide": 2, "deep": 5}
    both = HistoryDisplay(histories, places=places).plot()
    deep = histories[histories["estimator"] == "deep"]
    alone = HistoryDisplay(deep, places=places).plot()
    for column in ("loss", "val_loss"):
        first, second = (one.lines_["deep", column] for one in (both, alone))
        assert first.get_color() == second.get_color() == COLOURS[5]
        assert first.get_linestyle() == second.get_linestyle()


def test_a_comparison_gives_history_and_scores_the_same_colours(comparison):
    histories = HistoryDisplay.from_comparison(comparison)
    for scores in (
        ComparisonDisplay.from_comparison(comparison),
        ComparisonDisplay.from_comparison(comparison, name="cnn"),
    ):
        point, *_ = scores.points_["cnn"].lines
        assert histories.lines_["cnn", "loss"].get_color() == point.get_color()


def test_a_squared_error_has_a_panel_of_its_own():
    histories = pd.concat([folds([[0.3, 0.2]], "codes"), folds([[3.0, 2.0]], "cnn")])
    losses = {"codes": "Squared error"}
    display = HistoryDisplay(histories, losses=losses).plot()
    titles = [ax.get_ylabel() for ax in display.axes_]
    assert titles == ["Loss", "Squared error"]
    assert display.lines_["cnn", "loss"].axes is display.axes_[0]
    assert display.lines_["codes", "loss"].axes is display.axes_[1]


@pytest.mark.parametrize(
    ("estimator", "loss"),
    [
        (CNNClassifier(), None),
        (SVMClassifier(), None),
        (AutoencoderClassifier(), "Squared error"),
        (make_pipeline(ConvAutoencoder(), SVMClassifier()), "Squared error"),
        (NetworkClassifier(len), None),
        (NetworkClassifier(len, loss="categorical_crossentropy"), None),
        (NetworkClassifier(len, loss="categorical_hinge"), "Categorical hinge"),
        (GridSearchCV(NetworkClassifier(len, loss="mse"), {}), "Mse"),
    ],
)
def test_losses_that_are_no_cross_entropy_are_known(estimator, loss):
    assert _own_losses({"a": estimator}) == ({} if loss is None else {"a": loss})


def test_keras_history_counts_epochs_from_one():
    display = HistoryDisplay.from_history({"loss": [2.0, 1.0], "lr": [1, 1]})
    (panel,) = display.axes_
    assert_allclose(panel.lines[0].get_xdata(), [1, 2])


def test_index_of_epochs_is_kept():
    rows = history().set_axis(pd.Index([11, 12], name="epoch"))
    display = HistoryDisplay.from_history(rows)
    assert_allclose(display.axes_[0].lines[0].get_xdata(), [11, 12])


def test_one_epoch_is_a_point_that_can_be_seen():
    display = HistoryDisplay.from_history(history().iloc[:1])
    assert display.lines_["Training", "loss"].get_marker() == "o"


def test_given_axes_are_used():
    figure, axes = plt.subplots(1, 2)
    display = HistoryDisplay.from_history(history(), ax=axes)
    assert display.figure_ is figure
    assert [len(ax.lines) for ax in axes] == [1, 1]
    assert display.legend_.axes in axes


def test_wrong_number_of_axes_is_refused():
    with pytest.raises(
        ValueError, match=r"draws 2 panels.*1 axes came.*subplots\(2, 1"
    ):
        HistoryDisplay.from_history(history(), ax=[plt.subplots()[1]])


def test_figure_instead_of_axes_is_refused():
    with pytest.raises(TypeError, match="draws on matplotlib Axes, got Figure"):
        HistoryDisplay.from_history(history(), ax=[plt.figure(), plt.figure()])


def test_constructor_draws_nothing():
    HistoryDisplay(folds([[1.0]]))
    assert plt.get_fignums() == []


def test_unfitted_network_is_refused():
    with pytest.raises(NotFittedError):
        HistoryDisplay.from_estimator(CNNClassifier())


def test_estimator_without_epochs_is_refused(shapes):
    svm = SVMClassifier().fit(*shapes)
    with pytest.raises(TypeError, match=r"SVMClassifier\(\) has none.*CNNClassifier"):
        HistoryDisplay.from_estimator(svm)


def test_estimator_without_epochs_of_a_comparison_is_refused(comparison):
    with pytest.raises(ValueError, match=r"'svm' has no epochs.*Networks.*\['cnn'\]"):
        HistoryDisplay.from_comparison(comparison, name="svm")


def test_history_without_loss_is_refused():
    with pytest.raises(ValueError, match=r"column 'loss'.*got the columns \['acc'\]"):
        HistoryDisplay.from_history({"acc": np.ones(3)})
