"""Many fits in one process: the bits of the first, in the memory of the first."""

import json

import pytest

# Bounds of memory, in MB.
PER_HUNDRED_FITS, PER_ARCHITECTURE, PER_HUNDRED_PREDICTIONS = 20, 1.5, 2

SOURCE = """\
import gc, json
from pathlib import Path
from conftest import bits_of, make_small, small_images

X, y = small_images()

def megabytes():
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024

def grown(act, warm, n):
    "Return how much memory each call takes, once the first ones are done."
    for number in range(warm):
        act(number)
    before = megabytes()
    for number in range(warm, warm + n):
        act(number)
    return (megabytes() - before) / n

def fit(number):
    return bits_of(make_small().fit(X, y))

def fit_another(number):
    # Of equal size, or the weights themselves would be measured.
    make_small(dense_dropout=number / 1000, dense_units=(4,)).fit(X, y).predict(X)

first = fit(0)
clf = make_small().fit(X, y)
done = {"fit": grown(fit, 5, 100)}
done["same"] = fit(0) == first
done["predict"] = grown(lambda number: clf.predict(X[: 1 + number % 30]), 30, 1000)
# What is dropped is swept away by sixteens.
done["architecture"] = grown(fit_another, 16, 64)
done["same at the end"] = fit(0) == first
print(json.dumps(done))
"""


def test_the_last_of_many_fits_gives_the_bits_of_the_first(cnn, images, bits, effort):
    X, y = images
    first = bits(cnn().fit(X, y))
    n_fits = effort(10, 200)
    for number in range(n_fits):
        if number % 5 == 0:
            cnn(learning_rate=0.1, epochs=1, random_state=number).fit(X, y).predict(X)
        assert bits(cnn().fit(X, y)) == first
    effort.say(f"soak: {n_fits} fits with the bits of the first")


@pytest.mark.trust
def test_many_fits_take_no_more_memory_than_the_first_ones(
    process, tmp_path, record_property
):
    started = process("-c", SOURCE)
    out, _ = started.communicate(timeout=280)
    assert started.returncode == 0, (tmp_path / "stderr").read_text()
    done = json.loads(out)
    text = (
        f"soak: {100 * done['fit']:.2f} MB per 100 fits, {done['architecture']:.2f} MB "
        f"per architecture, {100 * done['predict']:.2f} MB per 100 predictions"
    )
    assert done["same"]
    assert done["same at the end"]
    assert 100 * done["fit"] < PER_HUNDRED_FITS, text
    assert 100 * done["predict"] < PER_HUNDRED_PREDICTIONS, text
    assert done["architecture"] < PER_ARCHITECTURE, text
    record_property("survived", text)
