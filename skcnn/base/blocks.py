"""Parameters per block: one value for all, or a tuple, checked against the image."""

from __future__ import annotations

from numbers import Integral, Real

from skcnn.base.words import shown


def entries(value) -> tuple | None:
    """Return the entries of a tuple, list or array; None for a single value.

    Numbers of NumPy's in an array become Python's.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    return tuple(value) if isinstance(value, (tuple, list, range)) else None


def per_block(name: str, value, n_blocks: int, part: str = "block") -> tuple:
    """Return one value per block, or per ``part`` of another name.

    Raises
    ------
    ValueError
        For a tuple of another length than the number of blocks.
    """
    values = entries(value)
    if values is None:
        return (_plain(value),) * n_blocks
    if len(values) != n_blocks:
        parts = f"{part}s"
        raise ValueError(
            f"{name}={shown(values)} has {len(values)} entries, but filters has "
            f"{n_blocks} {part if n_blocks == 1 else parts}: give one value for all "
            f"{parts}, or one per {part}."
        )
    return values


def _plain(value):
    """Return an array without axes as its only number."""
    return value.tolist() if hasattr(value, "tolist") else value


def to_counts(name: str, value) -> tuple[int, ...]:
    """Return whole numbers of at least 1, of which one alone need not be in a tuple."""
    values = entries(value)
    values = (_plain(value),) if values is None else values
    return counts_per_block(name, values, len(values))


def counts_per_block(
    name: str, value, n_blocks: int, part: str = "block"
) -> tuple[int, ...]:
    """Return one whole number of at least 1 per block, or raise ValueError."""
    values = per_block(name, value, n_blocks, part)

    def is_count(v):
        return isinstance(v, Integral) and not isinstance(v, bool) and v >= 1

    check_each(name, values, is_count, "a whole number of at least 1")
    return tuple(int(v) for v in values)


def rates_per_block(
    name: str, value, n_blocks: int, part: str = "block"
) -> tuple[float, ...]:
    """Return one share in [0, 1) per block, or raise ValueError."""
    values = per_block(name, value, n_blocks, part)
    check_each(
        name,
        values,
        lambda v: isinstance(v, Real) and 0 <= v < 1,
        "a share of at least 0 and below 1",
    )
    return tuple(float(v) for v in values)


def to_pair(name: str, value) -> tuple[int, int]:
    """Return (height, width) from one number or a pair of whole numbers >= 1."""
    pair = entries(value) or (_plain(value),) * 2
    is_fine = len(pair) == 2 and all(
        isinstance(v, Integral) and not isinstance(v, bool) and v >= 1 for v in pair
    )
    if not is_fine:
        raise ValueError(
            f"{name} holds {shown(value)}; a whole number of at least 1, or a pair "
            "(height, width) of them, is wanted."
        )
    return int(pair[0]), int(pair[1])


def inside_of_image(whitening, image_shape) -> tuple[int, int] | None:
    """Return height and width of the patches that are whitened; None for none."""
    if whitening is None:
        return None
    height, width = to_pair("whitening", whitening)
    return min(height, image_shape[0]), min(width, image_shape[1])


def check_each(name: str, values: tuple, is_fine, wanted: str) -> tuple:
    """Raise where a block's value is not ``wanted``."""
    for value in values:
        if not is_fine(value):
            raise ValueError(f"{name} holds {shown(value)}; {wanted} is wanted.")
    return values


def fit_to_image(
    image_shape: tuple[int, int, int],
    kernels: list[tuple[int, int]],
    convs: list[int],
    strides: list[tuple[int, int]],
    paddings: list[str],
    pools: list[tuple[int, int] | None],
    pool_after: str = "last",
) -> tuple[list[tuple[int, int]], list[tuple[int, int] | None]]:
    """Return kernels and pools that fit the maps, or raise naming the block.

    A side of the map that is one pixel, and any side of images that are one row or
    column of pixels, takes kernels and pools clipped to it (scikit-learn's own checks
    have 2, 3 and 10 features).

    Raises
    ------
    ValueError
        Where a real image is too small for the kernels and pools asked for.
    """
    sides = list(image_shape[:2])
    is_line = 1 in sides
    kernels, pools = list(kernels), list(pools)
    for block in range(len(kernels)):
        kernel, pool = list(kernels[block]), pools[block] and list(pools[block])
        pooled = 0 if pool_after == "first" else convs[block] - 1
        for axis in (0, 1):
            for number in range(convs[block]):
                if paddings[block] == "valid":
                    kernel[axis] = _clipped(
                        kernel[axis], sides, axis, is_line, block, "kernel_size"
                    )
                    sides[axis] -= kernel[axis] - 1
                if number == 0:
                    sides[axis] = -(-sides[axis] // strides[block][axis])
                if pool is not None and number == pooled:
                    pool[axis] = _clipped(
                        pool[axis], sides, axis, is_line, block, "pool_size"
                    )
                    sides[axis] //= pool[axis]
        kernels[block], pools[block] = tuple(kernel), pool and tuple(pool)
    return kernels, pools


def _clipped(size, sides, axis, is_line, block, name) -> int:
    side = sides[axis]
    if size <= side:
        return size
    if side == 1 or is_line:
        return side
    raise ValueError(
        f"The image is too small for block {block + 1}: its map has {side} pixels "
        f"{'down' if axis == 0 else 'across'}, and {name} is {size}. Use a smaller "
        f"{name}, padding='same', fewer blocks (filters), or larger images."
    )
