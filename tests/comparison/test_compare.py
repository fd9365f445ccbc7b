import inspect
import os
import re
import subprocess
import sys
import textwrap
from html import escape

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.metrics import log_loss
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import skcnn
from skcnn import Comparison, SVMClassifier, compare

# Seconds differ from run to run.
SECONDS = ["fit_seconds", "predict_seconds", "seconds_per_1000"]


def quick(estimators, X, y, **changes):
    """Return a silent comparison on three folds."""
    settings = {"cv": 3, "random_state": 0, "verbose": 0} | changes
    return compare(estimators, X, y, **settings)


def without_seconds(table):
    """Return a table without the columns that no two runs share."""
    return table.drop(columns=SECONDS, errors="ignore")


@pytest.fixture(scope="module")
def comparison(make_cnn, shapes):
    """Give a comparison of a network, a vector machine and a tree of little depth."""
    X, y = shapes
    return quick(
        {
            "tree": DecisionTreeClassifier(max_depth=1),
            "SVM": SVMClassifier(),
            "CNN": make_cnn(epochs=2, random_state=None),
        },
        X,
        y,
    )


def test_the_table_has_all_columns_and_the_best_first(comparison):
    table = comparison.table_
    assert isinstance(comparison, Comparison)
    assert table.index.name == "estimator"
    assert table.columns.tolist() == [
        *("accuracy", "accuracy_sd", "f1_macro", "f1_macro_sd"),
        *("neg_log_loss", "neg_log_loss_sd"),
        *("fit_seconds", "predict_seconds", "seconds_per_1000"),
        *("n_parameters", "rank", "error"),
    ]
    assert comparison.best_ == table.index[0] == "SVM"
    assert table["accuracy"].is_monotonic_decreasing
    assert table["rank"].tolist() == [1, 1 + (table["accuracy"].iloc[1] < 1), 3]
    assert (table["error"] == "").all()
    assert comparison.scoring_ == ("accuracy", "f1_macro", "neg_log_loss")


def test_means_and_deviations_are_those_of_the_folds(comparison):
    own = comparison.folds_.query("estimator == 'CNN'")
    row = comparison.table_.loc["CNN"]
    assert len(own) == 3
    assert row["accuracy"] == pytest.approx(own["accuracy"].mean())
    assert row["accuracy_sd"] == pytest.approx(own["accuracy"].std(ddof=1))
    assert row["fit_seconds"] == pytest.approx(own["fit_seconds"].mean())
    fastest = (own["predict_seconds"] / own["n_test"]).min()
    assert row["seconds_per_1000"] == pytest.approx(1000 * fastest)


def test_scores_are_those_of_cross_validate_on_the_same_folds(comparison, shapes):
    for name in ("tree", "CNN"):
        theirs = cross_validate(
            comparison.estimators_[name],
            *shapes,
            cv=comparison.splits_,
            scoring=list(comparison.scoring_),
        )
        own = comparison.folds_.query("estimator == @name")
        for score in comparison.scoring_:
            np.testing.assert_allclose(own[score], theirs[f"test_{score}"], rtol=1e-6)


def test_folds_are_counted_and_have_ids(comparison):
    folds = comparison.folds_
    assert folds.columns.tolist() == [
        *("id", "estimator", "fold", "n_train", "n_test"),
        *("accuracy", "f1_macro", "neg_log_loss"),
        *("fit_seconds", "predict_seconds", "error"),
    ]
    assert folds["id"].is_unique
    assert folds["id"].str.fullmatch("[0-9a-f]{32}").all()
    assert folds["fold"].tolist() == [0, 1, 2] * 3
    assert set(folds["n_train"]) == {40, 39, 41} & set(folds["n_train"])
    assert (folds["n_train"] + folds["n_test"] == 60).all()


def test_every_image_is_predicted_once_by_everyone(comparison, shapes):
    predictions = comparison.predictions_
    assert predictions.columns.tolist() == [
        *("estimator", "fold", "row", "y_true", "y_pred", "confidence"),
    ]
    for name, own in predictions.groupby("estimator"):
        assert sorted(own["row"]) == list(range(60)), name
        assert (own["y_true"] == shapes[1][own["row"]]).all()
    is_right = predictions["y_true"] == predictions["y_pred"]
    rates = is_right.groupby([predictions["estimator"], predictions["fold"]]).mean()
    folds = comparison.folds_.set_index(["estimator", "fold"])["accuracy"]
    np.testing.assert_allclose(rates.sort_index(), folds.sort_index())


def test_probabilities_stand_beside_the_predictions(comparison):
    assert set(comparison.probabilities_) == {"tree", "CNN"}
    classes = comparison.classes_
    for name in comparison.probabilities_:
        probabilities = comparison.probabilities_[name]
        own = comparison.predictions_.query("estimator == @name")
        assert probabilities.shape == (60, 3)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        column = np.searchsorted(classes, own["y_pred"])
        np.testing.assert_array_equal(
            probabilities[np.arange(60), column], own["confidence"]
        )
    without = comparison.predictions_.query("estimator == 'SVM'")
    assert without["confidence"].isna().all()


def test_a_score_that_cannot_be_given_is_nan_and_no_error(comparison):
    row = comparison.table_.loc["SVM"]
    assert np.isnan(row["neg_log_loss"])
    assert row["error"] == ""


def test_calibrated_all_have_a_log_loss_and_the_same_predictions_twice(shapes):
    X, y = shapes
    estimators = {
        "SVM": SVMClassifier(),
        "rows": LinearSVC(random_state=0),
        "Bayes": GaussianNB(),
    }
    settings = {"cv": 2, "random_state": 0, "calibrate": True, "verbose": 0}
    first, again = (compare(estimators, X, y, **settings) for _ in range(2))
    assert first.table_["neg_log_loss"].notna().all()
    assert set(first.probabilities_) == set(estimators)
    for name, probabilities in first.probabilities_.items():
        np.testing.assert_array_equal(probabilities, again.probabilities_[name])
    assert "Calibrated" not in repr(first.estimators_["Bayes"])


def test_histories_have_every_epoch_of_every_network(comparison):
    histories = comparison.histories_
    assert histories.columns.tolist()[:5] == [
        *("estimator", "fold", "epoch", "loss", "accuracy"),
    ]
    assert set(histories["estimator"]) == {"CNN"}
    assert histories["fold"].tolist() == [0, 0, 1, 1, 2, 2]
    assert histories["epoch"].tolist() == [1, 2] * 3
    assert np.isfinite(histories["loss"].to_numpy(float)).all()


def test_parameters_are_counted_where_there_is_a_network(comparison, fitted_cnn):
    counts = comparison.table_["n_parameters"]
    assert counts["CNN"] == fitted_cnn.n_parameters_
    assert counts[["SVM", "tree"]].isna().all()


def test_pairs_are_tested_by_the_first_score(comparison):
    pairwise = comparison.pairwise_
    assert pairwise.columns.tolist() == [
        *("first", "second", "difference", "ci_low", "ci_high"),
        *("t", "df", "p", "p_holm"),
    ]
    table = comparison.table_["accuracy"]
    expected = [table[r.first] - table[r.second] for r in pairwise.itertuples()]
    np.testing.assert_allclose(pairwise["difference"], expected)
    assert (pairwise["difference"] >= 0).all()
    assert len(pairwise) == 3


def test_the_comparison_says_what_it_was(comparison, shapes):
    assert comparison.X_ is shapes[0]
    assert comparison.y_ is shapes[1]
    assert comparison.random_state_ == 0
    assert comparison.cv_.startswith("StratifiedKFold(n_splits=3")
    assert comparison.versions_["skcnn"] == skcnn.__version__
    assert {"python", "scikit-learn", "numpy"} <= set(comparison.versions_)
    assert len(comparison.splits_) == 3
    assert comparison.verdict_.startswith("SVM ")
    shown = f"<Comparison of 3 estimators on 3 folds. {comparison.verdict_}>"
    assert repr(comparison) == shown
    assert len(comparison.to_markdown().splitlines()) == 5


def test_a_notebook_shows_verdict_scores_with_intervals_and_seconds(comparison):
    html = comparison._repr_html_()
    assert html.index(f"<b>{escape(comparison.verdict_)}</b>") < html.index("<table")
    for name, row in comparison.intervals().iterrows():
        cells = re.search(rf"<th>{name}</th>(.*?)</tr>", html, re.DOTALL)[1]
        value, half = re.search("<td>([0-9.]+)&nbsp;±&nbsp;(.+?)</td>", cells).groups()
        assert float(value) == pytest.approx(row["score"], abs=1e-3)
        assert float(half) == pytest.approx(row["ci_high"] - row["score"], abs=1e-3)
        assert re.search(r"<td>[0-9.]+ (ms|s)</td>", cells)


def test_estimators_and_arrays_are_as_they_were(make_cnn, shapes):
    X, y = (array.copy() for array in shapes)
    estimators = {"tree": DecisionTreeClassifier(), "CNN": make_cnn(random_state=None)}
    before = {name: repr(clone(e)) for name, e in estimators.items()}
    kept = dict(estimators)
    comparison = quick(estimators, X, y, cv=2, X_test=X, y_test=y, memory="folder")
    assert estimators == kept
    for name, estimator in estimators.items():
        assert repr(estimator) == before[name]
        assert not hasattr(estimator, "classes_")
        assert comparison.estimators_[name] is not estimator
    np.testing.assert_array_equal(X, shapes[0])
    np.testing.assert_array_equal(y, shapes[1])


def test_everyone_is_fitted_and_asked_once_per_fold(told, shapes):
    X, y = shapes
    quick([told], X, y, scoring=["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"])
    called = [call[0] for call in told.calls]
    assert called == ["fit", "predict", "predict_proba"] * 3
    seeds = {call[2] for call in told.calls if call[0] == "fit"}
    assert len(seeds) == 1
    assert None not in seeds


def test_without_a_seed_the_one_that_was_drawn_gives_the_same(told, shapes):
    X, y = shapes
    first = quick([told], X, y, random_state=None)
    again = quick([told], X, y, random_state=first.random_state_)
    assert (first.folds_["id"] == again.folds_["id"]).all()
    other = quick([told], X, y, random_state=None)
    assert other.random_state_ != first.random_state_
    drawn = quick([told], X, y, random_state=np.random.RandomState(0)).random_state_
    assert (
        drawn
        == quick([told], X, y, random_state=np.random.RandomState(0)).random_state_
    )


def test_the_order_and_the_names_of_estimators_decide_nothing(rows):
    one = quick({"a": GaussianNB(), "b": LinearSVC()}, *rows)
    other = quick({"x": LinearSVC(), "y": GaussianNB()}, *rows)
    renamed = other.folds_.replace({"estimator": {"x": "b", "y": "a"}})
    order = ["estimator", "fold"]
    assert_frame_equal(
        without_seconds(one.folds_.sort_values(order, ignore_index=True)),
        without_seconds(renamed.sort_values(order, ignore_index=True)),
    )


def test_equal_estimators_share_a_rank(rows):
    estimators = {"a": DecisionTreeClassifier(max_depth=1), "b": SVC(), "c": SVC()}
    table = quick(estimators, *rows).table_
    assert table.index.tolist() == ["b", "c", "a"]
    assert table["rank"].tolist() == [1, 1, 3]


def test_who_fails_is_last_and_the_others_finish(failing, rows):
    tree = DecisionTreeClassifier()
    estimators = {"bad": failing(), "bayes": GaussianNB(), "tree": tree}
    comparison = quick(estimators, *rows, X_test=rows[0], y_test=rows[1])
    table = comparison.table_
    assert table.index[-1] == "bad"
    assert table.loc["bad", "error"] == "ValueError: no luck"
    assert list(comparison.tracebacks_) == ["bad"]
    assert "in fit\n" in comparison.tracebacks_["bad"]
    assert table.loc["bad", ["accuracy", "accuracy_sd", "test_accuracy"]].isna().all()
    assert (table.drop(index="bad")["error"] == "").all()
    assert "bad" not in set(comparison.predictions_["estimator"])
    pairs = comparison.pairwise_.set_index(["first", "second"])
    assert pairs.loc[[("bayes", "bad"), ("tree", "bad")], "p_holm"].isna().all()
    # One pair is left, so nothing is adjusted.
    (left,) = pairs.dropna().itertuples()
    assert left.p_holm == left.p


def test_who_fails_on_one_fold_has_no_mean_and_the_fold_is_named(failing, rows):
    X, y = rows
    estimators = {"bayes": GaussianNB(), "some": failing(works=lambda y: len(y) != 36)}
    splits = [(np.arange(0, 60, 2), np.arange(1, 60, 2)), (np.arange(12, 48), [0, 59])]
    table = quick(estimators, X, y, cv=splits, scoring="accuracy").table_
    assert table.loc["some", "error"] == "fold 1: ValueError: no luck"
    assert np.isnan(table.loc["some", "accuracy"])
    assert table.loc["some", "rank"] == 2


def test_when_all_fail_all_errors_are_told(failing, rows):
    match = r"(?s)a: ValueError: no luck\nb: KeyError"
    with pytest.raises(ValueError, match=match) as caught:
        quick({"a": failing(), "b": failing(KeyError)}, *rows)
    assert ["in fit\n" in note for note in caught.value.__notes__] == [True, True]


def test_who_works_on_the_test_images_only_has_failed(rows):
    X, y = rows
    # Folds have 40 images to fit on, and all of them are 60.
    knn = KNeighborsClassifier(n_neighbors=50)
    with pytest.raises(ValueError, match="Every estimator failed"):
        quick([knn], X, y, X_test=X, y_test=y)


def test_who_works_without_a_score_is_better_than_who_failed(failing, rows):
    estimators = {"bad": failing(), "svm": SVC(), "worse": failing()}
    comparison = quick(estimators, *rows, scoring="neg_log_loss")
    assert comparison.best_ == "svm"
    assert comparison.table_.index.tolist() == ["svm", "bad", "worse"]
    assert repr(comparison).endswith(
        "No estimator could be judged: all 3 failed or gave no log loss.>"
    )


def test_equal_estimators_are_fitted_objects_of_their_own(rows):
    estimators = {"a": GaussianNB(), "b": GaussianNB()}
    fitted = quick(estimators, *rows, X_test=rows[0], y_test=rows[1]).estimators_
    assert fitted["a"] is not fitted["b"]
    assert fitted["a"].theta_ is not fitted["b"].theta_
    np.testing.assert_array_equal(fitted["a"].theta_, fitted["b"].theta_)


def test_a_list_of_images_is_kept_as_it_came(shapes):
    X, y = list(shapes[0]), list(shapes[1])
    comparison = quick([GaussianNB()], X, y, X_test=X[:9], y_test=y[:9])
    assert comparison.X_ is X
    assert comparison.y_ is y
    assert (comparison.table_["error"] == "").all()
    whole = quick([GaussianNB()], *shapes, X_test=shapes[0][:9], y_test=y[:9])
    assert_frame_equal(
        without_seconds(comparison.folds_), without_seconds(whole.folds_)
    )


def test_folds_that_lack_a_class_are_scored_by_all_columns(rows):
    X, y = rows
    splits = [(np.flatnonzero(y != "left"), np.flatnonzero(y != "spot"))]
    comparison = quick([GaussianNB(var_smoothing=1)], X, y, cv=splits)
    row = comparison.table_.iloc[0]
    probabilities = comparison.probabilities_["gaussiannb"]
    y_true = comparison.predictions_["y_true"]
    expected = -log_loss(y_true, probabilities, labels=comparison.classes_)
    assert row["neg_log_loss"] == pytest.approx(expected)
    assert row["error"] == ""


def test_repeated_folds_predict_a_row_several_times(rows):
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=0)
    comparison = quick([GaussianNB()], *rows, cv=cv)
    counts = comparison.predictions_["row"].value_counts()
    assert set(counts) == {3}
    assert len(counts) == 60
    assert len(comparison.splits_) == 6
    assert comparison.pairwise_.empty


def test_images_come_in_any_layout(layout):
    svm = SVMClassifier(image_shape=layout.image_shape)
    estimators = {"svm": svm, "bayes": GaussianNB()}
    comparison = quick(estimators, layout.X, layout.y, cv=2)
    plain = quick(estimators, layout.images, layout.y, cv=2)
    assert (comparison.table_["error"] == "").all()
    ours, theirs = map(without_seconds, (comparison.table_, plain.table_))
    assert_frame_equal(ours, theirs)


def test_test_images_are_scored_after_the_folds_by_fitted_estimators(rows):
    X, y = rows
    estimators = {"tree": DecisionTreeClassifier(max_depth=1), "bayes": GaussianNB()}
    comparison = quick(estimators, X[::2], y[::2], X_test=X[1::2], y_test=y[1::2])
    columns = comparison.table_.columns.tolist()
    assert columns[-4:] == [
        *("test_accuracy", "test_f1_macro", "test_neg_log_loss", "error"),
    ]
    for name, fitted in comparison.estimators_.items():
        score = fitted.score(X[1::2], y[1::2])
        assert comparison.table_.loc[name, "test_accuracy"] == score
    assert len(comparison.folds_) == 6


def test_without_test_images_estimators_are_left_unfitted(comparison):
    for estimator in comparison.estimators_.values():
        assert not hasattr(estimator, "classes_")


def test_pipelines_and_plain_estimators_go_in_beside_images(shapes):
    X, y = shapes
    estimators = [make_pipeline(PCA(5), GaussianNB()), GaussianNB()]
    comparison = quick(estimators, X, y, X_test=X, y_test=y)
    assert set(comparison.table_.index) == {"pipeline", "gaussiannb"}
    assert (comparison.table_["error"] == "").all()
    # What was put in front flattens images for `predict`, too.
    fitted = comparison.estimators_["gaussiannb"]
    assert fitted.score(X, y) == comparison.table_.loc["gaussiannb", "test_accuracy"]


def test_a_score_that_nobody_gives_leaves_the_order(rows):
    comparison = quick({"a": SVC(), "b": LinearSVC()}, *rows, scoring="neg_log_loss")
    assert comparison.table_.index.tolist() == ["a", "b"]
    assert comparison.table_["rank"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"estimators": []}, "estimators is empty"),
        ({"scoring": "nope"}, "no score 'nope'"),
        ({"scoring": "f1"}, "'f1' cannot be computed"),
        ({"cv": 30}, "fewer than the 30 folds"),
        ({"y": ["a", "b"]}, "60 images and y 2 labels"),
        ({"X_test": [[1]]}, "y_test is missing"),
        ({"store": __file__}, "no folder that can be written to"),
        ({"random_state": -1}, "Seed must be"),
        ({"random_state": "x"}, "cannot be used to seed"),
    ],
)
def test_bad_input_is_refused_before_any_fit(changes, match, told, shapes):
    X, y = shapes
    given = {"estimators": [told], "X": X, "y": y, **changes}
    with pytest.raises(ValueError, match=match):
        compare(**given)
    assert told.calls == []


def test_the_expected_time_of_the_default_set_is_said_first(shapes, monkeypatch, capfd):
    monkeypatch.setattr("skcnn.recipes.default_set._NAMES", ("dummy", "svm"))
    settings = {"cv": 2, "scoring": "accuracy", "random_state": 0}
    loud = compare("default", *shapes, **settings)
    said = capfd.readouterr().err
    assert said.startswith("Expected on two cores: about ")
    quiet = compare("default", *shapes, **settings, verbose=0)
    assert capfd.readouterr().err == ""
    assert quiet.folds_["accuracy"].equals(loud.folds_["accuracy"])
    assert quiet.table_.index.tolist() == ["svm", "dummy"]


def test_the_recipes_are_named_when_one_is_unknown(shapes):
    with pytest.raises(ValueError, match="recipes are A1, A2"):
        compare(["Z9"], *shapes)


def test_two_workers_find_what_one_finds(rows):
    estimators = {
        "tree": DecisionTreeClassifier(max_features=3),
        "svm": SVC(),
        "bayes": GaussianNB(),
    }
    one, two = (quick(estimators, *rows, n_jobs=n, cv=2) for n in (1, 2))
    assert_frame_equal(without_seconds(one.folds_), without_seconds(two.folds_))
    assert_frame_equal(without_seconds(one.table_), without_seconds(two.table_))
    assert_frame_equal(one.predictions_, two.predictions_)
    for split, other in zip(one.splits_, two.splits_, strict=True):
        np.testing.assert_array_equal(split[1], other[1])


def test_the_signature_is_the_one_that_was_agreed_upon():
    parameters = inspect.signature(compare).parameters
    assert list(parameters) == [
        *("estimators", "X", "y", "groups", "cv", "scoring", "X_test", "y_test"),
        *("calibrate", "n_jobs", "memory", "random_state", "store"),
        *("max_seconds", "verbose"),
    ]


@pytest.mark.slow
def test_networks_give_the_same_bits_with_two_workers():
    code = """
    import sys

    import numpy as np
    from skcnn import AutoencoderClassifier, CNNClassifier, ConvAutoencoder, compare
    from skcnn.datasets import load_digits

    X, y = load_digits()
    estimators = {
        "CNN": CNNClassifier(filters=(8,), epochs=2),
        "codes": AutoencoderClassifier(ConvAutoencoder(filters=(4,), epochs=1)),
    }
    one, two = (
        compare(estimators, X[:120], y[:120], cv=2, random_state=0, n_jobs=n, verbose=0)
        for n in (1, 2)
    )
    scores = ["id", *one.scoring_]
    sys.exit(not one.folds_[scores].equals(two.folds_[scores]))
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        check=True,
        env={**os.environ, "SKCNN_THREADS": "1"},
    )
