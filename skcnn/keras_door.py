"""The one place that starts TensorFlow and imports Keras.

It does so once: quietly, with the right share of the cores, and not in a forked
process. ``from skcnn.keras_door import keras, tf`` is how all other modules get them;
importing this module alone starts nothing.
"""

from __future__ import annotations

import logging
import os
import random
import re
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

import joblib

_START = threading.Lock()

BUILDING = threading.RLock()
"""Held by whoever builds or traces a network: one thread at a time.

Python's and NumPy's global random states are lent to a build, and a build function of
the user's may fit and predict itself, so it is one lock for all and re-entrant.
"""


@contextmanager
def building() -> Iterator[None]:
    """Build or trace a network: alone, and to its end."""
    with BUILDING, held_interrupts():
        yield


@contextmanager
def held_interrupts() -> Iterator[None]:
    """Let an interrupt (Ctrl-C) wait until this is done; a second one does not.

    Keras notes for the whole process what it is just doing. An interrupt at the wrong
    moment leaves such a note behind: all later networks would have no weights to train.
    A file should be written to its end, too.
    """
    handle = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(handle) or hasattr(handle, "came"):
        yield
        return

    def hold(number, frame):
        if hold.came:
            handle(number, frame)
        hold.came.append((number, frame))

    hold.came = []
    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handle)
        if hold.came:
            handle(*hold.came[0])


def thread_budget() -> int:
    """Return how many threads TensorFlow may use in this process.

    ``SKCNN_THREADS`` decides where it is set. In a joblib worker it is the
    worker's share of the cores, which loky states in ``OMP_NUM_THREADS``. Else
    all cores that joblib sees.
    """
    for name in ("SKCNN_THREADS", "OMP_NUM_THREADS"):
        value = os.environ.get(name, "").strip()
        if not value:
            continue
        if not value.isdigit() or int(value) < 1:
            if name == "OMP_NUM_THREADS":
                continue  # OpenMP allows lists such as "4,2": not ours to refuse
            raise ValueError(
                f"{name}={value!r} is not a number of threads. Set it to a whole "
                "number of at least 1, or unset it."
            )
        return int(value)
    return joblib.cpu_count()


def _check_keras_backend() -> None:
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if "keras" in sys.modules:
        backend = sys.modules["keras"].backend.backend()
    if backend != "tensorflow":
        raise ImportError(
            f"skcnn needs Keras with the TensorFlow backend, but Keras is set to "
            f"{backend!r}. Set the environment variable KERAS_BACKEND=tensorflow "
            "before Python starts (or correct ~/.keras/keras.json)."
        )


def _limit_threads(tf, n_threads: int) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(n_threads)
        # One network runs at a time: a second pool only steals time from the first.
        tf.config.threading.set_inter_op_parallelism_threads(min(n_threads, 2))
    except RuntimeError:
        # TensorFlow was started by somebody else, and refuses a late change.
        if tf.config.threading.get_intra_op_parallelism_threads() not in (0, n_threads):
            return
        if n_threads < joblib.cpu_count():
            warnings.warn(
                f"TensorFlow was already running when skcnn wanted to limit it to "
                f"{n_threads} threads, and cannot be limited any more. Import and "
                "use skcnn before TensorFlow, or set TF_NUM_INTRAOP_THREADS before "
                "Python starts.",
                RuntimeWarning,
                stacklevel=4,
            )


def _is_chatter(line: bytes, level: int) -> bool:
    """Tell whether TensorFlow wrote this line below the log level that was asked for.

    Its lines begin with a severity and a date (``I0000 00:00:1795173926.1``), or with
    a date and a severity (``2026-01-31 12:00:00.1: I``).
    """
    severities = b"IWE"[:level]
    if not severities:
        return False
    heads = (
        rb"[%s]\d{4} [\d:.]+ +\d+ \S+:\d+\] " % severities,
        rb"\d{4}-\d\d-\d\d [\d:.]+ [%s] " % severities,
        rb"WARNING: All log messages before absl::InitializeLog",
    )
    return re.match(b"|".join(heads), line) is not None


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep TensorFlow's start-up lines off standard error.

    TensorFlow 2.21 writes some of them before it looks at ``TF_CPP_MIN_LOG_LEVEL``,
    from C++, so the file descriptor itself has to lead elsewhere. What anybody else
    writes meanwhile comes out afterwards. ``TF_CPP_MIN_LOG_LEVEL=0`` lets all through.
    """
    level = os.environ.get("TF_CPP_MIN_LOG_LEVEL", "")
    level = int(level) if level.isdigit() else 0
    with ExitStack() as stack:
        try:
            caught = stack.enter_context(tempfile.TemporaryFile())
            error = stack.enter_context(os.fdopen(os.dup(2), "wb"))
        except OSError:
            level = 0  # closed, so nothing can be heard anyway; or no room for a file
        if not level:
            yield
            return
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(error.fileno(), 2)
            caught.seek(0)
            error.writelines(line for line in caught if not _is_chatter(line, level))


@cache
def _start():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _check_keras_backend()
    started_here = "tensorflow" not in sys.modules
    # Something that comes along (rich) draws from the global random state.
    random_state = random.getstate()
    with _without_chatter():
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
    random.setstate(random_state)
    if started_here:
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    _check_keras_backend()
    _limit_threads(tf, thread_budget())
    for device in devices:
        # Where TensorFlow already runs on it, its owner has decided.
        with suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(device, True)
    return tf


def start_tensorflow():
    """Import TensorFlow, set up for this process, and return the module.

    It sets the number of threads (see :func:`thread_budget`) before TensorFlow starts,
    silences its start-up messages, and refuses another Keras backend.

    Raises
    ------
    ImportError
        Where Keras is set to another backend than TensorFlow.
    ValueError
        Where ``SKCNN_THREADS`` is not a whole number of at least 1.
    """
    with _START:
        return _start()


def __getattr__(name):
    if name not in ("keras", "tf"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    tf = start_tensorflow()
    import keras

    globals().update(keras=keras, tf=tf)
    return globals()[name]


def clear_kernels() -> None:
    """Make TensorFlow forget the kernels that it keeps for every shape it has met.

    It is what ``tf.random.set_seed`` does, too, and has no public name of its own; a
    release without it keeps them. Threads that compute meanwhile hold what they use.
    """
    getattr(_eager_context(), "clear_kernel_cache", lambda: None)()


# --- forked processes -----------------------------------------------------------------

_is_lost = False


def check_not_forked() -> None:
    """Raise where TensorFlow was used before this process was forked.

    Its threads stay behind in the parent, and whoever waits for them waits for ever.
    Called before anything is locked: locks that others held stay behind, too.

    Raises
    ------
    RuntimeError
        With the cure.
    """
    if _is_lost:
        raise RuntimeError(
            "TensorFlow cannot run in this process: it was forked from one that had "
            "used TensorFlow already, and its threads stayed there. Start processes "
            "anew, by multiprocessing.set_start_method('spawn', force=True) (or "
            "'forkserver') at the beginning of the program, or by "
            "joblib.Parallel(n_jobs=2, backend='loky'); a server that loads the "
            "application before it forks should load it afterwards; or fork before "
            "the first fit, predict or load."
        )


def _note_fork() -> None:
    """Note in a forked process whether it can use TensorFlow."""
    global _is_lost
    was_busy = not (_is_free(_START) and _is_free(BUILDING))
    _is_lost = _is_lost or was_busy or _is_running()


def _is_free(lock) -> bool:
    if not lock.acquire(blocking=False):
        return False
    lock.release()
    return True


def _is_running() -> bool:
    """Tell whether TensorFlow has computed something here; importing it does not count.

    There is no public word for it; a release without these names runs without the
    check.
    """
    return getattr(_eager_context(), "_initialized", False)


def _eager_context():
    module = sys.modules.get("tensorflow.python.eager.context")
    return getattr(module, "context_safe", lambda: None)()


def _has_one_thread() -> bool:
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False  # no Linux: nothing known


# Where TensorFlow runs it has threads: it was forked before we could note it.
_is_lost = _is_running() and _has_one_thread()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
