"""Tests of the seeds of what an estimator is made of."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcnn import AutoencoderClassifier, CNNClassifier, ConvAutoencoder, SVMClassifier
from skcnn.base.seeds import seed_parts, set_seeds


def test_every_missing_seed_is_set_and_given_ones_are_left():
    pipeline = make_pipeline(PCA(random_state=5), RandomForestClassifier())
    search = GridSearchCV(pipeline, {})
    set_seeds(search, 0)
    params = search.get_params()
    assert params["estimator__pca__random_state"] == 5
    assert isinstance(params["estimator__randomforestclassifier__random_state"], int)


def test_seeds_depend_on_the_seed_and_the_parameter_alone():
    def seeds(seed):
        one, other = CNNClassifier(), CNNClassifier(epochs=3)
        pair = AutoencoderClassifier(ConvAutoencoder(), SVMClassifier())
        for estimator in (one, other, pair):
            set_seeds(estimator, seed)
        assert one.random_state == other.random_state
        parts = pair.autoencoder.random_state, pair.classifier.random_state
        return one.random_state, *parts

    assert seeds(0) == seeds(0)
    # Three parameters, three seeds, all of them others with another seed.
    assert len({*seeds(0), *seeds(1)}) == 6


def seeds_of_parts(random_state, *own):
    parts = [CNNClassifier(random_state=seed) for seed in own]
    seed_parts(random_state, *parts)
    return [part.random_state for part in parts]


def test_parts_without_a_seed_get_one_of_their_own():
    first, given, third = seeds_of_parts(0, None, 5, None)
    assert given == 5
    assert first != third
    assert [first, given, third] == seeds_of_parts(0, None, 5, None)
    assert seeds_of_parts(1, None) != [first]
    assert seeds_of_parts(np.random.RandomState(0), None) == [first]


def test_without_a_seed_parts_stay_as_they_are():
    assert seeds_of_parts(None, None, 5) == [None, 5]


def test_a_frozen_part_stays_as_it_was_fitted():
    frozen = FrozenEstimator(CNNClassifier())
    seed_parts(0, frozen)
    assert frozen.estimator.random_state is None
