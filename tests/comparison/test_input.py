import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skcnn import (
    CNNClassifier,
    HOGFeatures,
    PretrainedFeatures,
    SVMClassifier,
    TransferClassifier,
    recipes,
)
from skcnn.comparison._input import (
    check_data,
    check_estimators,
    has_image_axes,
    make_splits,
    set_memory,
    to_rows,
    with_rows,
)


def same(splits, others):
    """Return whether two lists of folds hold the same rows."""
    return len(splits) == len(others) and all(
        np.array_equal(ours, theirs)
        for split, other in zip(splits, others, strict=True)
        for ours, theirs in zip(split, other, strict=True)
    )


def test_a_number_is_stratified_shuffled_and_seeded(shapes):
    X, y = shapes
    text, splits = make_splits(3, X, y, seed=7)
    assert text == "StratifiedKFold(n_splits=3, random_state=7, shuffle=True)"
    folds = StratifiedKFold(3, shuffle=True, random_state=7)
    assert same(splits, list(folds.split(X, y)))
    assert not same(splits, make_splits(3, X, y, seed=8)[1])


def test_a_splitter_is_taken_as_it_is(shapes):
    X, y = shapes
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=3)
    text, splits = make_splits(cv, X, y, seed=0)
    assert same(splits, list(cv.split(X, y)))
    assert text == repr(cv)


def test_a_splitter_without_a_seed_follows_ours_and_changes_nothing_global(shapes):
    X, y = shapes
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    splits = [make_splits(ShuffleSplit(2), X, y, seed)[1] for seed in (0, 0, 1)]
    assert same(splits[0], splits[1])
    assert not same(splits[0], splits[2])
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_pairs_of_rows_and_masks_are_folds(shapes):
    X, y = shapes
    is_even = np.arange(60) % 2 == 0
    rows = np.arange(60)
    pairs = ((rows[is_even], rows[~is_even]), (is_even, ~is_even))
    text, (first, second) = make_splits(iter(pairs), X, y, seed=0)
    assert same([first], [second])
    assert text == "2 splits that were given"


def test_images_of_one_group_stay_together(shapes):
    X, y = shapes
    groups = [f"patient {row // 5}" for row in range(60)]
    _, splits = make_splits(GroupKFold(3), X, y, 0, groups)
    assert same(splits, list(GroupKFold(3).split(X, y, groups)))
    for train, test in splits:
        assert not set(train // 5) & set(test // 5)


@pytest.mark.parametrize(
    "cv", [GroupKFold(3), StratifiedGroupKFold(3), LeaveOneGroupOut()]
)
def test_a_splitter_by_groups_asks_for_them(cv, shapes):
    with pytest.raises(ValueError, match=r"cv=\w+\(.*splits by groups; pass groups="):
        make_splits(cv, *shapes, seed=0)


def test_groups_that_nobody_asks_for_are_refused(shapes):
    with pytest.raises(ValueError, match=r"pass cv=StratifiedGroupKFold\(3\) of"):
        make_splits(3, *shapes, 0, np.arange(60))
    with pytest.warns(UserWarning, match="groups parameter is ignored"):
        make_splits(KFold(2), *shapes, 0, np.arange(60))


def test_there_is_one_group_for_each_image(shapes):
    with pytest.raises(ValueError, match="60 images, but 59 groups"):
        make_splits(GroupKFold(3), *shapes, 0, np.arange(59))


@pytest.mark.parametrize(
    ("cv", "error", "match"),
    [
        (1, ValueError, "cv=1 folds; at least two"),
        (21, ValueError, "Class 'left' has 20 images, fewer than the 21 folds.*cv=20"),
        ([], ValueError, "No fold|no folds"),
        ([([0], [60])], ValueError, "Fold 0 has the test row 60.*0 to 59"),
        ([([-1], [0])], ValueError, "Fold 0 has the train row -1"),
        ([([0, 1], [])], ValueError, "test rows of fold 0 are"),
        ([([0.5], [1])], ValueError, "train rows of fold 0 are"),
        ([3], ValueError, "Fold 0 of cv is no pair"),
        (3.5, TypeError, "cv must be a number of folds, a splitter.*got 3.5"),
    ],
)
def test_folds_that_cannot_be_are_refused(cv, error, match, shapes):
    with pytest.raises(error, match=match):
        make_splits(cv, *shapes, seed=0)


def test_a_single_image_of_a_class_is_named(shapes):
    X, y = shapes
    with pytest.raises(ValueError, match="Class 'top' has a single image"):
        make_splits(2, X[:41], y[:41], seed=0)


def test_labels_become_an_array_and_images_stay(shapes):
    X, y = shapes
    frame = pd.DataFrame(X.reshape(60, -1))
    data = check_data(frame, pd.Series(y), frame[:2], list(y[:2]))
    assert data.X is frame
    assert (data.y == y).all()
    assert data.classes.tolist() == ["left", "spot", "top"]
    assert data.y_test.tolist() == ["left", "left"]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"y": ["left"] * 59}, "X holds 60 images and y 59 labels"),
        ({"y": None}, "y is None"),
        ({"X": None}, "X is None"),
        ({"y": ["left"] * 60}, r"one class \('left'\)"),
        ({"X": [], "y": []}, "X holds no images"),
        ({"y": np.eye(60)}, "argmax"),
        ({"X_test": [[0]]}, "y_test is missing"),
        ({"y_test": ["left"]}, "X_test is missing"),
        ({"X_test": [[0]], "y_test": ["top", "top"]}, "X_test holds 1 images and y_"),
        ({"X_test": [[0]], "y_test": ["ring"]}, r"y_test holds labels .*\['ring'\]"),
    ],
)
def test_images_and_labels_that_do_not_belong_together(changes, match, shapes):
    X, y = shapes
    given = {"X": X, "y": y, "X_test": None, "y_test": None, **changes}
    with pytest.raises(ValueError, match=match):
        check_data(**given)


def test_images_have_axes_and_rows_have_not(layout):
    assert has_image_axes(layout.X) == (layout.name.split()[0] not in ("flat", "frame"))


def test_paths_of_images_have_no_axes():
    assert not has_image_axes(["one.png", "two.png"])


def test_a_splitter_of_many_folds_is_not_looked_at(shapes):
    X, y = shapes
    assert len(make_splits(LeaveOneOut(), X, y, seed=0)[1]) == 60


def test_a_list_of_equal_images_becomes_one_array(shapes):
    X, y = shapes
    data = check_data(list(X), y, list(X[:2]), y[:2])
    np.testing.assert_array_equal(data.X, X)
    assert data.X.dtype == X.dtype
    np.testing.assert_array_equal(data.X_test, X[:2])


def test_a_list_of_other_things_stays(shapes):
    y = shapes[1]
    paths = [f"{row}.png" for row in range(60)]
    sizes = [np.zeros((8, 8 + row % 2)) for row in range(60)]
    types = [np.zeros(8, [float, "uint8"][row % 2]) for row in range(60)]
    for X in (paths, sizes, types):
        assert check_data(X, y, None, None).X is X


# --- estimators -----------------------------------------------------------------------


def test_a_list_is_named_after_classes_and_equal_ones_are_numbered():
    estimators = [SVC(), GaussianNB(), SVC(C=2), "C3"]
    named = check_estimators(estimators)
    assert list(named) == ["svc-1", "gaussiannb", "svc-2", "C3"]
    assert named["svc-2"].C == 2


def test_estimators_are_cloned():
    fitted = GaussianNB().fit([[0], [1]], [0, 1])
    named = check_estimators({"own": fitted})
    assert named["own"] is not fitted
    assert not hasattr(named["own"], "classes_")


def test_ids_of_recipes_stand_for_estimators():
    named = check_estimators({"third": "C3"})
    assert repr(named["third"]) == repr(recipes.make("C3"))


def test_short_names_stand_for_estimators():
    named = check_estimators(["svm", "c3", "patches"])
    assert list(named) == ["svm", "c3", "patches"]
    assert repr(named["svm"]) == repr(SVMClassifier())
    assert repr(named["patches"]) == repr(recipes.make("P1"))


@pytest.mark.parametrize(
    ("X", "is_small"),
    [
        (np.zeros((5, 28, 28), np.uint8), False),
        (np.zeros((5, 12, 12, 3)), False),
        (np.zeros((5, 30, 11)), True),
        (np.zeros((5, 64)), True),
        (pd.DataFrame(np.zeros((5, 784))), False),
        ([np.zeros((8, 8))] * 5, True),
        (np.zeros((5, 65)), False),  # one line of pixels
        (["a.png", "b.png"], False),
    ],
)
def test_the_default_set_goes_by_the_size_of_images(X, is_small):
    hog = "hog-small" if is_small else "hog"
    names = ["dummy", "patches", hog, "svm", "cnn", "resnet"]
    assert list(check_estimators("default", X)) == names


@pytest.mark.parametrize(
    ("estimators", "error", "match"),
    [
        ({}, ValueError, "estimators is empty"),
        ([], ValueError, "estimators is empty"),
        (SVC(), TypeError, r"must be a dict .* a list .*Pass \[estimator\]"),
        ("C3", TypeError, "must be a dict"),
        ({3: SVC()}, TypeError, "must be strings, got 3"),
        (["C33"], ValueError, "no model 'C33'. Did you mean 'C3'.* A1, A2"),
        ({"x": "yyy"}, ValueError, "no model 'yyy'. The models are cnn"),
        ("defaults", TypeError, "or 'default', got 'defaults'"),
        ({"pca": PCA()}, TypeError, r"'pca' is PCA\(\), which is no classifier"),
        ({"svr": 5}, TypeError, "'svr' is 5, which is no classifier"),
        ([SVC], TypeError, r"the class SVC, and an instance is wanted: SVC\(\)"),
        ([("svc", SVC())], TypeError, r"dict\(estimators\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(estimators, error, match):
    with pytest.raises(error, match=match):
        check_estimators(estimators)


def test_memory_goes_to_features_of_images_that_have_none():
    given = TransferClassifier(memory="mine")
    voting = VotingClassifier(
        [
            ("given", given),
            ("transfer", TransferClassifier()),
            ("pipeline", make_pipeline(PretrainedFeatures(), SVC())),
        ]
    )
    set_memory(voting, "folder")
    params = voting.get_params()
    assert params["given__memory"] == "mine"
    assert params["transfer__memory"] == "folder"
    assert params["pipeline__pretrainedfeatures__memory"] == "folder"
    assert params["pipeline__memory"] is None


def test_images_are_flattened_for_scikit_learn_and_for_nobody_else():
    forest = RandomForestClassifier()
    for plain in (forest, make_pipeline(PCA(), forest), GridSearchCV(forest, {})):
        first, own = with_rows(plain).named_steps.values()
        assert first.func is to_rows
        assert own is plain
    flatten = FunctionTransformer(np.ravel)
    for ours in (
        CNNClassifier(),
        GridSearchCV(CNNClassifier(), {}),
        make_pipeline(HOGFeatures(), SVC()),
        make_pipeline(flatten, SVC()),
        VotingClassifier([("cnn", CNNClassifier())]),
    ):
        assert with_rows(ours) is ours


def test_flattening_keeps_the_order_of_pixels_and_the_type(shapes):
    X, _ = shapes
    flat = to_rows(list(X))
    assert (flat.shape, flat.dtype) == ((60, 64), np.uint8)
    np.testing.assert_array_equal(flat.reshape(X.shape), X)


def test_a_pipeline_that_begins_with_nothing_is_looked_into():
    pipeline = make_pipeline("passthrough", LogisticRegression())
    assert with_rows(pipeline) is not pipeline
    pipeline = make_pipeline(None, CNNClassifier())
    assert with_rows(pipeline) is pipeline
