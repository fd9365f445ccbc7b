"""Tests of the walk through estimators inside estimators."""

import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

from skcnn.base.nested import find_inside, fitted_inside


def all_inside(estimator, kind):
    return list(fitted_inside(estimator, lambda one: isinstance(one, kind)))


@pytest.fixture
def rows(shapes):
    """Give `shapes` as flat rows."""
    return shapes[0].reshape(60, -1), shapes[1]


WRAPPED = {
    "alone": (SVC(), 1),
    "pipeline": (make_pipeline(MinMaxScaler(), SVC()), 1),
    "search": (GridSearchCV(make_pipeline(SVC()), {}, cv=2), 1),
    "vote": (VotingClassifier([("a", SVC()), ("b", GaussianNB()), ("c", SVC())]), 2),
    "stack": (StackingClassifier([("a", GaussianNB())], SVC(), cv=2), 1),
    "none": (GaussianNB(), 0),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_all_that_were_fitted_are_given_once(name, rows):
    estimator, n_wanted = WRAPPED[name]
    found = all_inside(estimator.fit(*rows), SVC)
    assert len({id(one) for one in found}) == len(found) == n_wanted
    assert all(hasattr(one, "support_") for one in found)
    assert find_inside(estimator, SVC) is (found[0] if found else None)


def test_steps_that_transform_are_looked_into(rows):
    union = make_union(MinMaxScaler(), make_pipeline("passthrough", MinMaxScaler()))
    columns = ColumnTransformer([("a", MinMaxScaler(), [0]), ("b", "drop", [1])])
    assert len(all_inside(union.fit(*rows), MinMaxScaler)) == 2
    (scaler,) = all_inside(columns.fit(*rows), MinMaxScaler)
    assert scaler.n_features_in_ == 1


def test_what_is_frozen_is_found(rows):
    svm = SVC().fit(*rows)
    frozen = make_pipeline(MinMaxScaler(), FrozenEstimator(svm)).fit(*rows)
    assert find_inside(frozen, SVC) is svm


def test_before_a_fit_the_parameters_are_given():
    svm = SVC()
    assert find_inside(GridSearchCV(make_pipeline(svm), {}), SVC) is svm


def test_what_is_inside_a_wanted_one_is_not_given(rows):
    bag = BaggingClassifier(SVC(), 2).fit(*rows)
    vote = VotingClassifier([("bag", bag)]).fit(*rows)
    assert all_inside(vote, (BaggingClassifier, SVC)) == vote.estimators_


@pytest.mark.parametrize("thing", [None, "passthrough", 3, SVC])
def test_what_is_no_estimator_holds_none(thing):
    assert find_inside(thing, SVC) is None
