"""Which number format the layers compute in."""

import keras
import numpy as np
import pytest

from skcnn.training import precision
from skcnn.training.precision import dtype_policy, has_bfloat16, processor_flags

EPYC = "processor\t: 0\nflags\t\t: fpu sse avx512f avx512_bf16 avx512vl\n"
OLD = "processor\t: 0\nflags\t\t: fpu sse avx2\n\nprocessor : 1\nflags : avx512_bf16\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd sve bf16\n"


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [(EPYC, True), (ARM, True), (OLD, False), ("", False), (None, False)],
    ids=["AVX512-BF16", "ARM", "older", "empty", "no Linux"],
)
def test_the_processors_flags_decide(cpuinfo, expected, monkeypatch, tmp_path):
    path = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        path.write_text(cpuinfo)
    monkeypatch.setattr(precision, "Path", lambda name: path)
    monkeypatch.setattr(precision, "processor_flags", processor_flags.__wrapped__)
    assert has_bfloat16.__wrapped__() is expected


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [([(8, 0)], True), ([(7, 5)], False), ([(9, 0), (7, 5)], False), ([()], False)],
)
def test_every_gpu_must_have_bfloat16(capabilities, expected, monkeypatch):
    tf = precision.tf
    details = [{"compute_capability": c} if c else {} for c in capabilities]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: details)
    experimental = tf.config.experimental
    monkeypatch.setattr(experimental, "get_device_details", lambda gpu: gpu)
    assert has_bfloat16.__wrapped__() is expected


def test_auto_means_bfloat16_where_the_machine_has_it(monkeypatch):
    assert dtype_policy("float32") == "float32"
    assert dtype_policy("bfloat16") == "mixed_bfloat16"
    for has, expected in ((True, "mixed_bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "has_bfloat16", lambda has=has: has)
        assert dtype_policy("auto") == expected


def test_bfloat16_computes_in_it_and_keeps_weights_and_answers_in_float32(cnn, digits):
    X, y = digits
    clf = cnn(precision="bfloat16", dense_units=(4,)).fit(X, y)
    network = clf._spec.network()
    layers = {layer.name.rstrip("_0123456789"): layer for layer in network.layers}
    assert layers["conv2d"].compute_dtype == layers["dense"].compute_dtype == "bfloat16"
    assert layers["logits"].compute_dtype == "float32"
    assert {weights.dtype for weights in clf._state.weights} == {np.dtype("float32")}
    assert {keras.backend.standardize_dtype(w.dtype) for w in network.weights} == {
        "float32"
    }


def test_both_precisions_train_to_about_the_same_figures(cnn, digits):
    X, y = digits
    wide = cnn(epochs=5, learning_rate=0.01).fit(X, y)
    narrow = cnn(epochs=5, learning_rate=0.01, precision="bfloat16").fit(X, y)
    np.testing.assert_allclose(
        narrow.history_["loss"], wide.history_["loss"], rtol=0.02
    )
    assert not np.array_equal(narrow.history_["loss"], wide.history_["loss"])


def test_auto_is_one_of_the_two_to_the_bit(cnn, bits, digits):
    X, y = digits
    named = "bfloat16" if has_bfloat16() else "float32"
    auto, same = (bits(cnn(precision=p).fit(X, y)) for p in ("auto", named))
    assert auto == same
