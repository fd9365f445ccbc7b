"""Processes that are forked: before TensorFlow was used, and after."""

import os
import re

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

# Each child has its time, and is killed after it: what hangs is a line that says so.
IN_FORK = """\
import os, select, signal

def in_fork(task, seconds=60):
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = str(task())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(theirs, said.encode())
        os._exit(0)
    answered = select.select([ours], [], [], seconds)[0]
    if not answered:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = os.read(ours, 10_000).decode() if answered else "hangs"
    os.close(ours)
    os.close(theirs)
    return said
"""

USES = """\
import multiprocessing
import skcnn
import skcnn.networks  # TensorFlow is imported, which does not count as used
X, y = X[:40], y[:40]

def fit_here():
    return len(make_cnn(epochs=1).fit(X, y).predict(X))

def in_process():
    process = multiprocessing.get_context("fork").Process(target=fit_here)
    process.start()
    process.join(60)
    process.kill()
    return process.exitcode

print(in_fork(fit_here), flush=True)
clf = make_cnn(epochs=1).fit(X, y)
features = skcnn.NetworkFeatures(make_cnn(epochs=1)).fit(X, y)
skcnn.save(clf, "saved.skcnn")
loaded = skcnn.load("saved.skcnn")
for task in (
    fit_here,
    lambda: make_cnn(optimizer="nadam").fit(X, y),
    lambda: clf.partial_fit(X, y),
    lambda: clf.predict(X),
    lambda: clf.predict_proba(X),
    lambda: features.transform(X),
    lambda: clf.model_,
    lambda: skcnn.load("saved.skcnn"),
    lambda: loaded.predict(X),
    lambda: in_fork(lambda: clf.predict(X)),
    in_process,
    lambda: skcnn.compare({"cnn": make_cnn()}, X, y, cv=2),
):
    print(" ".join(in_fork(task).split()), flush=True)
"""


def test_a_fork_runs_before_tensorflow_was_used_and_raises_after_it(run_python):
    first, *others = run_python(IN_FORK + USES).lines
    assert first == "40"
    *raised, exit_code, compared = others
    assert len(raised) == 10
    assert all(line.startswith("RuntimeError: TensorFlow cannot") for line in raised)
    assert exit_code == "1"
    assert "cnn: RuntimeError: TensorFlow cannot run in this process" in compared


@pytest.mark.slow
def test_a_fork_that_meets_us_only_after_tensorflow_was_used_raises_too(run_python):
    source = """\
import tensorflow as tf
tf.ones(1) + 1

def fit_here():
    from conftest import make_cnn, small_digits
    return make_cnn().fit(*small_digits())

print(in_fork(fit_here), flush=True)
"""
    (line,) = run_python(IN_FORK + source, prelude=False).lines
    assert line.startswith("RuntimeError: TensorFlow cannot run in this process")


@pytest.mark.slow
def test_the_cures_for_forks_run_as_written(run_python):
    source = """\
import joblib, multiprocessing
clf = make_cnn(epochs=1).fit(X, y)
message = in_fork(lambda: clf.predict(X))
print(message)
exec(re.search(r"multiprocessing\\.set_start_method\\(.*?\\)", message)[0])
process = multiprocessing.Process(target=clf.predict, args=(X,))
process.start()
process.join(120)
print(process.exitcode)
parallel = eval(re.search(r"joblib\\.Parallel\\(.*?\\)", message)[0])
print(*map(len, parallel([joblib.delayed(clf.predict)(X)])))
"""
    lines = run_python(IN_FORK + "import re\n" + source).lines
    assert re.match("RuntimeError: .*loky", lines[0])
    assert lines[1:] == ["0", "160"]
