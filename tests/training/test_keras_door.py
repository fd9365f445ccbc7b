"""How TensorFlow is started: threads, backend, silence."""

import os
import sys
import threading

import joblib
import pytest

from skcnn import keras_door
from skcnn.keras_door import start_tensorflow, thread_budget


@pytest.fixture
def environment(monkeypatch):
    """Give `monkeypatch` with no variable set that decides the threads."""
    for name in ("SKCNN_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


# --- threads --------------------------------------------------------------------------


def test_all_cores_are_used_unless_somebody_says_otherwise(environment):
    assert thread_budget() == joblib.cpu_count()


def test_a_worker_uses_its_share_of_the_cores(environment):
    environment.setenv("OMP_NUM_THREADS", "3")
    assert thread_budget() == 3


def test_our_variable_outranks_the_workers_share(environment):
    environment.setenv("OMP_NUM_THREADS", "3")
    environment.setenv("SKCNN_THREADS", " 5 ")
    assert thread_budget() == 5


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "4,2"])
def test_what_is_no_number_of_threads_is_named_with_its_cure(value, environment):
    environment.setenv("SKCNN_THREADS", value)
    with pytest.raises(ValueError, match=f"SKCNN_THREADS='{value}' .* at least 1"):
        thread_budget()


@pytest.mark.parametrize("value", ["4,2", "0", ""])
def test_values_that_only_openmp_understands_are_passed_by(value, environment):
    environment.setenv("OMP_NUM_THREADS", value)
    assert thread_budget() == joblib.cpu_count()


def test_empty_is_as_good_as_unset(environment):
    environment.setenv("SKCNN_THREADS", "")
    assert thread_budget() == joblib.cpu_count()


def test_any_number_of_threads_starts_tensorflow_once():
    with_same = []
    threads = [
        threading.Thread(target=lambda: with_same.append(start_tensorflow()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(module) for module in with_same}) == 1


# --- new processes --------------------------------------------------------------------

FIT = "make_cnn(epochs=1).fit(X, y).predict(X)\n"


@pytest.fixture(scope="module")
def quiet():
    """Give an environment in which nobody has asked TensorFlow to be quiet."""
    return {"TF_CPP_MIN_LOG_LEVEL": None, "SKCNN_THREADS": None}


@pytest.mark.slow
def test_a_fit_says_nothing_and_has_the_threads_it_was_given(run_python, quiet):
    answer = run_python(
        FIT + "import tensorflow as tf\n"
        "threads = tf.config.threading\n"
        "print(threads.get_intra_op_parallelism_threads())\n"
        "print(threads.get_inter_op_parallelism_threads())\n",
        **{**quiet, "OMP_NUM_THREADS": "1"},
    )
    assert answer.lines == ["1", "1"]
    assert answer.err == ""


@pytest.mark.slow
def test_others_are_heard_while_tensorflow_starts(run_python, quiet):
    source = """\
import os, threading
done = threading.Event()
def talk():
    while not done.wait(0.05):
        os.write(2, b"somebody else\\n")
    os.write(2, b"the last word\\n")
thread = threading.Thread(target=talk)
thread.start()
from skcnn.keras_door import start_tensorflow
start_tensorflow()
done.set()
thread.join()
"""
    answer = run_python(source, prelude=False, **quiet)
    lines = answer.err.splitlines()
    assert set(lines[:-1]) == {"somebody else"}
    assert lines[-1] == "the last word"


@pytest.mark.slow
def test_who_asks_for_tensorflows_log_gets_it(run_python):
    source = (
        "from skcnn.keras_door import start_tensorflow\nstart_tensorflow().constant(1)"
    )
    answer = run_python(source, prelude=False, TF_CPP_MIN_LOG_LEVEL="0")
    assert "oneDNN" in answer.err or "cpu_feature_guard" in answer.err


@pytest.mark.slow
def test_a_closed_standard_error_is_no_hindrance(run_python, quiet):
    source = "import os\nos.close(2)\n"
    fit = (
        "from conftest import make_cnn, small_digits\n"
        "X, y = small_digits()\n"
        f"{FIT}print('done')\n"
    )
    answer = run_python(source + fit, prelude=False, **quiet)
    assert answer.lines == ["done"]


def test_a_backend_other_than_tensorflow_is_an_error_with_the_cure(run_python):
    source = """\
try:
    make_cnn().fit(X, y)
except ImportError as error:
    print(error)
"""
    answer = run_python(source, KERAS_BACKEND="jax")
    (message,) = answer.lines
    assert "Keras is set to 'jax'" in message
    assert "KERAS_BACKEND=tensorflow" in message


def test_a_backend_is_refused_before_anything_is_loaded(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.delitem(sys.modules, "keras")
    with pytest.raises(ImportError, match=r"'torch'.*KERAS_BACKEND=tensorflow"):
        keras_door._start.__wrapped__()


@pytest.mark.slow
def test_a_tensorflow_that_runs_already_is_said_once_with_the_cure(run_python):
    source = """\
import warnings
import tensorflow as tf
tf.constant(1) + 1
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from conftest import make_cnn, small_digits
    X, y = small_digits()
    make_cnn().fit(X, y)
    make_cnn(filters=(3,)).fit(X, y)
for warning in caught:
    if warning.category is RuntimeWarning:
        print(warning.message)
"""
    cores = joblib.cpu_count()
    answer = run_python(source, prelude=False, SKCNN_THREADS="1")
    if cores == 1:
        assert answer.lines == []
        return
    (line,) = answer.lines
    assert line.startswith("TensorFlow was already running")
    assert "TF_NUM_INTRAOP_THREADS" in line


# --- what TensorFlow writes -----------------------------------------------------------

# As TensorFlow 2.18 to 2.21 write them.
ABSL = b"I0000 00:00:1795173926.121087   23402 port.cc:153] oneDNN custom operations\n"
ABSL_ERROR = b"E0000 00:00:1795173926.1   23402 cuda_platform.cc:51] failed call\n"
DATED = b"2026-01-31 12:00:00.123456: W tensorflow/core/x.cc:210] something\n"
HEADER = b"WARNING: All log messages before absl::InitializeLog() is called are ...\n"


@pytest.mark.parametrize(
    ("line", "silent_from"), [(ABSL, 1), (DATED, 2), (ABSL_ERROR, 3), (HEADER, 1)]
)
def test_a_log_level_silences_its_severities(line, silent_from):
    silent = [keras_door._is_chatter(line, level) for level in range(4)]
    assert silent == [level >= silent_from for level in range(4)]


@pytest.mark.parametrize(
    "line",
    [
        b"I was here\n",
        b"2026-01-31 12:00:00 INFO mine\n",
        b"F0000 00:00:1795173926.1   23402 x.cc:51] fatal\n",
        b"\n",
        b"Traceback (most recent call last):\n",
    ],
)
def test_lines_of_others_are_never_silenced(line):
    assert not keras_door._is_chatter(line, 3)


def test_what_is_caught_comes_out_without_the_chatter(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")

    def speak_and_fail():
        os.write(2, ABSL + b"mine\n" + DATED + b"half a line")
        raise RuntimeError

    with pytest.raises(RuntimeError), keras_door._without_chatter():
        speak_and_fail()
    os.write(2, b" and its end\n")
    assert capfd.readouterr().err == "mine\nhalf a line and its end\n"


def test_nothing_is_caught_where_the_log_was_asked_for(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with keras_door._without_chatter():
        os.write(2, ABSL)
        assert capfd.readouterr().err.encode() == ABSL
