"""Tests of `unchanged_on_error`."""

from types import SimpleNamespace

import pytest

from skcnn.base.unchanged import unchanged_on_error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_fit_gives_every_attribute_back(error):
    estimator = SimpleNamespace(changed=1, deleted=2)

    def fail():
        with unchanged_on_error(estimator):
            estimator.changed, estimator.new = 3, 4
            del estimator.deleted
            raise error

    with pytest.raises(error):
        fail()
    assert vars(estimator) == {"changed": 1, "deleted": 2}


def test_what_succeeds_stays():
    estimator = SimpleNamespace(changed=1)
    with unchanged_on_error(estimator):
        estimator.changed = 2
    assert estimator.changed == 2
