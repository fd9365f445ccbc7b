"""Fits within a time limit, by a clock that the tests turn."""

import json
import warnings

import keras
import numpy as np
import pytest

import skcnn
from skcnn import ConvAutoencoder, NetworkClassifier, TransferClassifier
from skcnn.base.stopwatch import Stopwatch
from skcnn.training import fast_model
from skcnn.training.plan import Plan

# --- the plan alone -------------------------------------------------------------------

SPEEDS = {
    "steady": lambda spent, limit: 1.0,
    "slower": lambda spent, limit: 1.0 if spent < limit / 3 else 2.5,
    "faster": lambda spent, limit: 1.0 if spent < limit / 2 else 0.4,
    "in waves": lambda spent, limit: 1.5 + np.sin(9 * spent / limit),
}


def made(
    plan, clock=None, per_step=0.0, speed=None, per_end=0.0, traced=0.0, n_epochs=10_000
):
    """Make the steps of a plan by the clock; return how far on its way each was."""
    plan.begin(100, n_epochs)
    began, progress, chunk = clock and clock.now, [], 1
    for epoch in range(n_epochs):
        plan.begin_epoch(epoch)
        left = plan.n_steps
        while left and not plan.has_ended:
            n_steps = min(chunk if clock else left, left, plan.ahead)
            progress.extend(plan.progress(n_steps))
            if clock is not None:
                spent = clock.now - began
                one = per_step * (speed(spent, plan.pace.max_seconds) if speed else 1)
                clock.now += n_steps * one + (traced if not plan.done else 0.0)
                chunk = max(1, min(int(plan.chunk_seconds / one), 64 * chunk))
            plan.advance(n_steps)
            left -= n_steps
        if clock is not None:
            clock.now += per_end
        plan.end_epoch()
        if plan.has_ended:
            return np.array(progress)
    raise AssertionError("the plan does not end")


@pytest.mark.parametrize("limit", [5, 60, 600])
@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize(("per_step", "per_end"), [(0.003, 0.0), (0.04, 0.5)])
def test_a_plan_ends_with_the_time(limit, speed, per_step, per_end, clock):
    plan = Plan(limit, Stopwatch())
    clock.now += 1.2  # to build the network
    began = clock.now - 1.2
    progress = made(plan, clock, per_step, SPEEDS[speed], per_end, traced=0.8)
    assert clock.now - began == pytest.approx(limit, abs=max(1, limit / 10))
    assert (np.diff(progress) > 0).all()
    assert progress[0] < 1e-5
    assert progress[-1] == pytest.approx(1, abs=0.1)
    assert len(plan.changes) < 100


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_way_is_spread_evenly_over_the_time(speed, clock):
    plan = Plan(60, Stopwatch())
    progress = made(plan, clock, 0.01, SPEEDS[speed])
    # Steps are slower or faster, but half of the time is about half of the way.
    spent, times = 0.0, []
    for _ in progress:
        spent += 0.01 * SPEEDS[speed](spent, 60)
        times.append(spent / 60)
    assert np.abs(np.array(times) - progress).max() < 0.2


def test_without_a_limit_the_way_is_the_part_of_all_steps():
    progress = made(Plan(), n_epochs=7)
    np.testing.assert_array_equal(progress, np.arange(700) / 700)


def test_a_limit_that_is_not_reached_changes_nothing(clock):
    plan = Plan(1e6, Stopwatch())
    progress = made(plan, clock, 0.01, n_epochs=7)
    np.testing.assert_array_equal(progress, np.arange(700) / 700)
    assert plan.changes == [(0, 700)]


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_changes_of_a_plan_repeat_it_without_a_clock(speed, clock):
    plan = Plan(20, Stopwatch())
    progress = made(plan, clock, 0.01, SPEEDS[speed], per_end=0.1)
    again = Plan(tuple(plan.changes))
    np.testing.assert_array_equal(made(again), progress)
    assert (again.changes, again.done) == (plan.changes, plan.done)


def test_a_plan_of_more_steps_than_there_are_ends_with_them():
    plan = Plan(((0, 900), (30, 700)))
    plan.begin(10, 5)
    plan.begin_epoch(0)
    plan.advance(30)
    assert plan.end == 50


def test_a_part_of_the_time_is_left_to_others(clock):
    watch = Stopwatch()
    clock.now += 20  # features are computed
    made(Plan(100, watch, share=0.25), clock, 0.01)
    assert watch.seconds == pytest.approx(20 + 80 / 4, abs=1)


def test_a_plan_goes_on_with_the_seconds_that_were_left(clock):
    plan = Plan(30, Stopwatch())
    plan.begin(100, 10_000)
    for epoch in range(4):
        plan.begin_epoch(epoch)
        for _ in range(100):
            clock.now += 0.025
            plan.advance(1)
        plan.end_epoch()
    memory = json.loads(json.dumps(plan.memory()))
    clock.now += 5000  # somebody starts it again
    later = Plan(30, Stopwatch())
    later.begin(100, 10_000)
    assert later.fits(memory)
    later.go_on(memory)
    assert later.done == 400
    began = clock.now
    later.begin_epoch(4)
    while not later.has_ended:
        clock.now += 0.025
        later.advance(1)
    assert clock.now - began == pytest.approx(20, abs=1)


def test_a_plan_without_time_left_goes_on_to_its_end_at_once(clock):
    plan = Plan(30, Stopwatch())
    plan.begin(10, 5)
    plan.go_on({"changes": [[0, 50], [4, 40]], "done": 20, "left": -1.0})
    assert plan.has_ended
    assert plan.is_cut_off
    assert plan.changes == [(0, 50), (4, 40), (20, 20)]


@pytest.mark.parametrize(
    "memory",
    [
        {"changes": [[0, 50]], "done": 20, "left": None},
        {"changes": [[0, 50]], "done": "20", "left": 1.0},
        {"changes": [[3, 50]], "done": 20, "left": 1.0},
        {"changes": [], "done": 20, "left": 1.0},
        {"changes": [[0, 50]], "left": 1.0},
    ],
)
def test_memories_of_other_plans_do_not_fit(memory, clock):
    plan = Plan(30, Stopwatch())
    plan.begin(10, 5)
    assert not plan.fits(memory)


# --- fits -----------------------------------------------------------------------------


@pytest.fixture
def ticking(clock, monkeypatch):
    """Let a step take a second, three at most be made at once, and an epoch's end 2."""
    advance, end_epoch = Plan.advance, Plan.end_epoch

    def slow_advance(plan, n_steps):
        clock.now += n_steps
        advance(plan, n_steps)

    def slow_end(plan):
        clock.now += 2.0
        end_epoch(plan)

    monkeypatch.setattr(Plan, "advance", slow_advance)
    monkeypatch.setattr(Plan, "end_epoch", slow_end)
    monkeypatch.setattr(
        fast_model, "_next_chunk", lambda n_steps, *_: min(3, 2 * n_steps)
    )
    return clock


class HasBatchHook(keras.callbacks.Callback):
    """Leads to Keras' own loop."""

    def on_train_batch_end(self, batch, logs=None):
        """Do nothing."""


LOOPS = {"fast": None, "Keras": HasBatchHook}


@pytest.mark.parametrize(
    ("schedule", "loop"),
    [("one_cycle", "fast"), ("one_cycle", "Keras"), ("cosine", "fast")],
)
def test_a_fit_ends_with_the_time_and_the_rate_is_down(
    schedule, loop, ticking, cnn, digits
):
    clf = cnn(epochs=50, lr_schedule=schedule, max_seconds=40, learning_rate=0.01)
    began = ticking.now
    clf.set_params(callbacks=LOOPS[loop]).fit(*digits)
    assert ticking.now - began == pytest.approx(40, abs=3)
    history = clf.history_  # 160 rows in batches of 32: five steps
    assert history["steps"].sum() == clf.n_steps_ == clf.plan_[-1][1]
    assert (history["steps"][:-1] == 5).all()
    assert history["learning_rate"].max() > 0.008
    assert history["learning_rate"].iloc[-1] < 0.001
    assert clf.n_iter_ == len(history) < 50


@pytest.mark.parametrize("loop", LOOPS)
def test_the_plan_of_a_fit_repeats_it_to_the_bit(loop, ticking, cnn, digits, bits):
    settings = {"lr_schedule": "one_cycle", "augment": "shift", "epochs": 50}
    clf = cnn(max_seconds=33, callbacks=LOOPS[loop], **settings).fit(*digits)
    assert len(clf.plan_) > 1
    again = cnn(max_seconds=clf.plan_, callbacks=LOOPS[loop], **settings).fit(*digits)
    assert bits(again) == bits(clf)
    assert (again.plan_, again.n_steps_) == (clf.plan_, clf.n_steps_)
    columns = ["loss", "accuracy", "learning_rate", "steps"]
    assert again.history_[columns].equals(clf.history_[columns])


def test_a_limit_that_is_not_reached_gives_the_bits_of_no_limit(
    ticking, cnn, digits, bits
):
    free = cnn(lr_schedule="one_cycle").fit(*digits)
    limited = cnn(lr_schedule="one_cycle", max_seconds=1e4).fit(*digits)
    assert bits(limited) == bits(free)
    assert free.plan_ == limited.plan_ == ((0, 10),)
    assert free.n_steps_ == 10
    assert "steps" not in free.history_


@pytest.mark.parametrize(
    "schedule", ["constant", "exponential", "plateau", lambda e: 0.1]
)
def test_schedules_by_the_epoch_stop_at_a_step(schedule, ticking, cnn, digits):
    clf = cnn(epochs=50, lr_schedule=schedule, max_seconds=30)
    began = ticking.now
    clf.fit(*digits)
    assert ticking.now - began == pytest.approx(30, abs=3)
    assert clf.n_steps_ == clf.history_["steps"].sum()


def test_early_stopping_keeps_its_best_weights_within_the_time(
    ticking, cnn, digits, bits
):
    clf = cnn(early_stopping=True, epochs=50, max_seconds=30)
    began = ticking.now
    clf.fit(*digits)
    assert ticking.now - began == pytest.approx(30, abs=3)
    assert clf.best_iter_ == clf.history_["val_loss"].idxmin()
    again = cnn(early_stopping=True, epochs=50, max_seconds=clf.plan_)
    assert bits(again.fit(*digits)) == bits(clf)


def test_warm_start_has_the_seconds_of_each_fit_and_counts_all_steps(
    ticking, cnn, digits
):
    clf = cnn(warm_start=True, epochs=50, max_seconds=25).fit(*digits)
    first, n_epochs, began = clf.n_steps_, clf.n_iter_, ticking.now
    clf.fit(*digits)
    assert ticking.now - began == pytest.approx(25, abs=3)
    assert clf.n_steps_ == first + clf.plan_[-1][1]
    assert clf.history_["steps"].sum() == clf.n_steps_
    assert clf.n_iter_ > n_epochs


def test_partial_fit_has_no_limit(ticking, cnn, digits):
    clf = cnn(max_seconds=1e-9).partial_fit(*digits, classes=range(10))
    assert clf.n_steps_ == 5
    assert "steps" not in clf.history_


def test_a_fit_that_was_killed_has_the_seconds_that_were_left(
    ticking, cnn, digits, tmp_path, monkeypatch
):
    clf = cnn(epochs=50, max_seconds=60, checkpoint_dir=tmp_path)
    began = ticking.now
    with monkeypatch.context() as patch:
        patch.setattr(Plan, "begin_epoch", _killed(Plan.begin_epoch))
        with pytest.raises(KeyboardInterrupt):
            clf.fit(*digits)
    spent = ticking.now - began
    ticking.now += 5000
    began = ticking.now
    clf.fit(*digits)
    # The last end of an epoch, two seconds, came behind the checkpoint.
    assert spent - 2 + ticking.now - began == pytest.approx(60, abs=3)
    assert clf.history_["steps"].sum() == clf.n_steps_


def test_a_limit_that_is_over_before_the_first_step_says_what_is_needed(
    clock, cnn, digits, bits, monkeypatch
):
    fitted = cnn().fit(*digits)
    before = bits(fitted)
    monkeypatch.setattr(
        Plan, "begin_epoch", _turned(Plan.begin_epoch, clock, seconds=7.0)
    )
    with pytest.raises(TimeoutError, match=r"max_seconds=3 is too short: it took 7.0"):
        fitted.set_params(max_seconds=3).fit(*digits)
    assert bits(fitted) == before
    with pytest.raises(TimeoutError, match="Set max_seconds=8 at least"):
        cnn(max_seconds=3).fit(*digits)
    assert cnn(max_seconds=8).fit(*digits).n_steps_ > 0


def _killed(method):
    def killed(plan, epoch):
        if epoch == 3:
            raise KeyboardInterrupt
        method(plan, epoch)

    return killed


def _turned(method, clock, seconds):
    def turned(*arguments):
        clock.now += seconds
        return method(*arguments)

    return turned


@pytest.mark.parametrize("wanted", [0, -1, float("nan"), float("inf"), True])
def test_numbers_that_are_no_limit_are_refused(wanted, cnn, digits):
    with pytest.raises(ValueError, match=r"is neither .* Pass max_seconds=60"):
        cnn(max_seconds=wanted).fit(*digits)


@pytest.mark.parametrize(
    "wanted", ["60", (), (1, 2), ((5, 9),), ((0, 9), (0, 8)), (((0, 9),),), ((0, 0.5),)]
)
def test_what_is_no_plan_is_refused(wanted, cnn, digits):
    with pytest.raises(TypeError, match="nor the plan_ of such an estimator"):
        cnn(max_seconds=wanted).fit(*digits)


def test_the_bar_shows_the_steps_that_are_planned(ticking, cnn, digits, monkeypatch):
    shown = []
    move = skcnn.training.callbacks.Progress.move

    def noted(progress):
        move(progress)
        shown.append((progress.bar.n, progress.bar.total))

    monkeypatch.setattr(skcnn.training.callbacks.Progress, "move", noted)
    clf = cnn(epochs=50, max_seconds=30, verbose=1).fit(*digits)
    assert shown[0] == (1, 250)
    assert shown[-1] == (clf.n_steps_, clf.n_steps_)


# --- other estimators -----------------------------------------------------------------


def test_an_autoencoder_ends_with_the_time(ticking, digits):
    model = ConvAutoencoder(filters=(4,), epochs=50, max_seconds=30, random_state=0)
    began = ticking.now
    model.fit(digits[0])
    assert ticking.now - began == pytest.approx(30, abs=3)


def build(input_shape, n_classes):
    """Build a network of one dense layer."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
    )


def test_a_network_of_the_users_ends_with_the_time(ticking, digits):
    clf = NetworkClassifier(build, epochs=50, max_seconds=30, random_state=0)
    began = ticking.now
    clf.fit(*digits)
    assert ticking.now - began == pytest.approx(30, abs=3)


def backbone(input_shape):
    """Build a backbone of one convolution."""
    images = keras.Input(input_shape)
    return keras.Model(images, keras.layers.Conv2D(4, 3)(images))


def transfer(**params):
    return TransferClassifier(
        backbone, fine_tune_layers="all", fine_tune_epochs=50, random_state=0, **params
    )


def test_fine_tuning_has_what_the_head_leaves(ticking, digits):
    clf = transfer(epochs=50, max_seconds=60)
    began = ticking.now
    clf.fit(*digits)
    assert ticking.now - began == pytest.approx(60, abs=4)
    head, tuning = clf.plan_
    assert tuning[-1][1] > 2 * head[-1][1]
    assert clf.n_steps_ == head[-1][1] + tuning[-1][1]
    again = transfer(epochs=50, max_seconds=clf.plan_).fit(*digits)
    assert again.plan_ == clf.plan_
    assert np.array_equal(again.predict_proba(digits[0]), clf.predict_proba(digits[0]))


def test_without_time_for_fine_tuning_the_head_is_kept(ticking, digits, monkeypatch):
    clf = transfer(epochs=2, max_seconds=100)
    make = TransferClassifier._make_whole_spec
    monkeypatch.setattr(
        TransferClassifier, "_make_whole_spec", _turned(make, ticking, seconds=200)
    )
    with pytest.warns(RuntimeWarning, match="no time was left to fine-tune"):
        clf.fit(*digits)
    assert clf.n_iter_ == 2
    (head,) = clf.plan_
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = transfer(epochs=2, max_seconds=clf.plan_).fit(*digits)
    assert again.plan_ == (head,)
    assert np.array_equal(again.predict_proba(digits[0]), clf.predict_proba(digits[0]))


def test_features_that_are_not_ready_in_time_are_an_error(clock, digits, monkeypatch):
    check = _turned(TransferClassifier._check_time, clock, seconds=3.0)
    monkeypatch.setattr(TransferClassifier, "_check_time", check)
    clf = TransferClassifier(backbone, max_seconds=5, random_state=0)
    with pytest.raises(TimeoutError, match=r"features of 128 of 160 images"):
        clf.fit(*digits)


@pytest.mark.slow
def test_the_real_clock_is_kept(cnn, digits):
    X, y = digits
    cnn(epochs=1).fit(X, y)  # traced
    watch = Stopwatch()
    clf = cnn(epochs=10**6, lr_schedule="one_cycle", max_seconds=5).fit(X, y)
    assert watch.seconds == pytest.approx(5, abs=1)
    assert clf.history_["learning_rate"].iloc[-1] < 4e-4
