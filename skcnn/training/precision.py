"""Which number format the layers compute in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from skcnn.keras_door import tf

# Processor flags (Linux's names) with instructions for bfloat16 products.
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16"}

# First compute capability with bfloat16 tensor cores (NVIDIA Ampere).
_BFLOAT16_CAPABILITY = (8, 0)


@cache
def processor_flags() -> frozenset[str]:
    """Return the processor's instruction sets by Linux's names; none elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return frozenset()
    lines = (line for line in text.splitlines() if line[:5] in ("flags", "Featu"))
    return frozenset(next(lines, "").split())


@cache
def has_bfloat16() -> bool:
    """Tell whether the machine has instructions for bfloat16.

    True on processors with AVX512-BF16 or AMX, and where every GPU has a compute
    capability of at least 8.0.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:  # where nothing is known, the safe format
        return bool(_BFLOAT16_FLAGS & processor_flags())
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return all(
        detail.get("compute_capability", (0, 0)) >= _BFLOAT16_CAPABILITY
        for detail in details
    )


def dtype_policy(precision: str) -> str:
    """Return the Keras dtype policy for a ``precision`` parameter.

    ``"bfloat16"`` means bfloat16 products with float32 weights; ``"auto"`` means
    that where :func:`has_bfloat16`, else float32.
    """
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16() else "float32"
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"
