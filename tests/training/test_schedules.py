"""Learning rates, against the arithmetic."""

import keras
import numpy as np
import pytest

from skcnn.training.callbacks import Monitor
from skcnn.training.plan import Plan
from skcnn.training.schedules import Schedule

PEAK = 0.5
STEP = np.zeros(1)  # the progress of one step


def rates_of(kind, n_epochs=4, n_steps=5, first_epoch=0):
    """Return all rates of a fit, in order."""
    schedule, plan = Schedule(kind, PEAK), Plan()
    plan.begin(n_steps, n_epochs, first_epoch)
    rates = []
    for epoch in range(first_epoch, first_epoch + n_epochs):
        plan.begin_epoch(epoch)
        rates.append(schedule.rates(epoch, plan.progress(n_steps), 0.125))
        plan.advance(n_steps)
    return np.concatenate(rates)


def test_constant_keeps_the_rate_that_is_in_force():
    assert rates_of("constant").tolist() == [0.125] * 20


def test_one_cycle_climbs_for_a_quarter_and_falls_along_a_line():
    rates = rates_of("one_cycle")  # 20 steps: 5 up, 15 down
    np.testing.assert_allclose(
        rates[:5], PEAK * np.array([0.1, 0.28, 0.46, 0.64, 0.82]), rtol=1e-6
    )
    np.testing.assert_allclose(
        rates[5:], PEAK * (1 - 0.999 * np.arange(15) / 15), rtol=1e-6
    )
    assert rates.argmax() == 5
    assert rates[5] == PEAK


def test_cosine_falls_from_the_peak_along_half_a_cosine():
    rates = rates_of("cosine")
    np.testing.assert_allclose(
        rates, PEAK * (1 + np.cos(np.pi * np.arange(20) / 20)) / 2, rtol=1e-6
    )


@pytest.mark.parametrize("kind", ["one_cycle", "cosine"])
def test_schedules_with_an_end_begin_anew_at_their_first_epoch(kind):
    np.testing.assert_array_equal(rates_of(kind, first_epoch=7), rates_of(kind))


def test_exponential_loses_a_tenth_with_every_epoch_of_the_estimator():
    rates = rates_of("exponential", first_epoch=2).reshape(4, 5)
    np.testing.assert_allclose(
        rates, PEAK * np.repeat([[0.81], [0.729], [0.6561], [0.59049]], 5, axis=1)
    )


def test_a_function_of_the_epoch_gives_the_rate():
    rates = rates_of(lambda epoch: 0.25 / (epoch + 1), first_epoch=1)
    np.testing.assert_allclose(
        rates.reshape(4, 5)[:, 0], [0.125, 0.25 / 3, 0.0625, 0.05], rtol=1e-6
    )


@pytest.mark.parametrize("rate", [-0.1, float("nan"), float("inf")])
def test_a_function_that_gives_no_rate_is_named(rate):
    with pytest.raises(ValueError, match="for epoch 0; it must return a finite rate"):
        rates_of(lambda epoch: rate)


def plateau(values, sign=-1):
    """Return the rate of every epoch of a fit that has seen these figures."""
    schedule = Schedule("plateau", 1.0, Monitor("figure", sign))
    rates = []
    for epoch, value in enumerate(values):
        rates.append(float(schedule.rates(epoch, STEP, 0.0)[0]))
        schedule.observe({"figure": value})
    return rates


def test_plateau_takes_a_fifth_after_three_epochs_without_improvement():
    rates = plateau([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    # The first sets the mark; three more wait; the fifth epoch has a fifth.
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 0.2, 0.2, 0.2, 0.04])


def test_plateau_begins_to_wait_anew_after_an_improvement():
    assert plateau([1.0, 1.0, 1.0, 0.9, 0.9, 0.9, 0.8, 0.8]) == [1.0] * 8


def test_plateau_ignores_improvements_below_a_ten_thousandth():
    rates = plateau([1.0, 0.99996, 0.99995, 0.99994, 0.5])
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 0.2])


def test_plateau_watches_upwards_what_should_grow():
    assert plateau(np.linspace(0, 1, 9), 1) == [1.0] * 9
    assert plateau(np.linspace(1, 0, 5), 1)[-1] == pytest.approx(0.2)


def test_plateau_goes_on_from_what_it_remembers():
    monitor = Monitor("val_loss", -1)
    schedule = Schedule("plateau", 1.0, monitor)
    for _ in range(3):
        schedule.observe({"val_loss": 1.0})
    later = Schedule("plateau", 1.0, monitor)
    vars(later).update(schedule.memory())
    later.observe({"val_loss": 1.0})
    assert later.rates(4, STEP, 0.0)[0] == pytest.approx(0.2)


# --- in a fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schedule", ["one_cycle", "cosine", "exponential", lambda epoch: 0.1 / (epoch + 1)]
)
def test_the_history_holds_the_rate_of_each_epochs_last_step(schedule, cnn, digits):
    X, y = digits
    clf = cnn(lr_schedule=schedule, learning_rate=PEAK, optimizer="sgd", epochs=4)
    clf.fit(X, y)
    expected = rates_of(schedule).reshape(4, 5)[:, -1]  # 160 rows in batches of 32
    np.testing.assert_allclose(clf.history_["learning_rate"], expected, rtol=1e-6)


def test_plateau_lowers_the_rate_by_the_history_itself(cnn, digits):
    X, y = digits
    clf = cnn(lr_schedule="plateau", learning_rate=0.2, epochs=12, random_state=3)
    clf.fit(X, y, X_val=X[:40], y_val=np.roll(y, 1)[:40])  # nothing to be learned
    schedule = Schedule("plateau", 0.2, Monitor("val_loss", -1))
    for _, row in clf.history_.iterrows():
        assert row["learning_rate"] == pytest.approx(schedule.rates(0, STEP, 0.0)[0])
        schedule.observe(dict(row))
    assert clf.history_["learning_rate"].min() < 0.1


def test_a_scheduling_callback_has_the_last_word_over_a_constant_rate(cnn, digits):
    X, y = digits
    callback = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 ** (epoch + 3))
    clf = cnn(callbacks=[callback], epochs=3, learning_rate=0.01).fit(X, y)
    assert clf.history_["learning_rate"].tolist() == [0.125, 0.0625, 0.03125]


def test_the_rates_of_the_steps_reach_the_optimizer(cnn, digits):
    X, y = digits
    # SGD on a rate of zero moves nothing: only the first of two epochs trains.
    params = {"optimizer": "sgd", "batch_norm": False, "random_state": 0}
    one = cnn(lr_schedule=lambda epoch: 0.1, epochs=1, **params).fit(X, y)
    two = cnn(lr_schedule=lambda e: 0.1 * (e == 0), epochs=2, **params).fit(X, y)
    for mine, theirs in zip(one._state.weights, two._state.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_schedule_of_keras_in_the_optimizer_is_left_in_force(cnn, digits):
    X, y = digits
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
    clf = cnn(optimizer=keras.optimizers.SGD(decay)).fit(X, y)
    # The rate is halved every five steps, and an epoch has five.
    np.testing.assert_allclose(clf.history_["learning_rate"], [0.05, 0.025])
