"""IDX files, the format of MNIST: arrays of any shape behind a short header."""

import math
import os
import struct
from pathlib import Path

import numpy as np

from ._files import MOST_PACKED, existing_file, reading, unpacked

# The type codes in the third byte of a file, http://yann.lecun.com/exdb/mnist
_DTYPES: dict[int, np.dtype] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
# As many dimensions as a NumPy array can have.
_MAX_DIMENSIONS = 64
_LONGEST_HEADER = 4 + 4 * _MAX_DIMENSIONS


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read one array from an IDX file, plain or packed with gzip.

    MNIST and Fashion-MNIST are published in this format: images as an array of
    shape (n, 28, 28) and labels as one of shape (n,), both uint8.

    Parameters
    ----------
    path : str or path-like
        The file. Whether it is packed is seen from its content, not from its name.

    Returns
    -------
    ndarray
        Array with the shape and type that the file's header says (uint8, int8,
        int16, int32, float32 or float64), in the machine's own byte order.

    Raises
    ------
    FileNotFoundError
        If there is no such file (the error is a ValueError, too).
    ValueError
        If the file is no IDX file, is damaged, or is shorter or longer than its
        header says. The message names the file.

    References
    ----------
    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten
    digits", http://yann.lecun.com/exdb/mnist, section "The IDX file format".

    Examples
    --------
    Two zero bytes, the type (8: uint8), the number of dimensions, then each
    dimension as four bytes, then the values:

    >>> import tempfile
    >>> from pathlib import Path
    >>> from skcnn.datasets import read_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels-idx1-ubyte")
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    file = existing_file(path)
    return parse_idx(unpacked_idx(file), file)


def unpacked_idx(file: Path) -> bytes:
    """Return the unpacked bytes of an IDX file, not more than one beyond its array.

    Raises
    ------
    ValueError
        If it is none, is damaged, or cannot hold as much as its header says.
    """
    dtype, shape = _header(_first_bytes(file, _LONGEST_HEADER), file)
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes > MOST_PACKED * file.stat().st_size:
        raise ValueError(
            f"{file} is truncated: its header says {_said(dtype, shape)}, more than "
            f"can be in a file of {file.stat().st_size} bytes, even a packed one."
        )
    return _first_bytes(file, 4 + 4 * len(shape) + n_bytes + 1)


def _first_bytes(file: Path, n_bytes: int) -> bytes:
    """Return the beginning of a file, unpacked."""
    cure = "Get a new copy of it."
    with reading(file, "an IDX file", cure), unpacked(file) as stream:
        return stream.read(n_bytes)


def parse_idx(content: bytes, file: Path) -> np.ndarray:
    """Return the array in the bytes of an IDX file; `file` is for messages only."""
    dtype, shape = _header(content, file)
    offset = 4 + 4 * len(shape)
    found = len(content) - offset
    expected = math.prod(shape) * dtype.itemsize
    if found != expected:
        is_short = found < expected
        raise ValueError(
            f"{file} is {'truncated' if is_short else 'too long'}: its header says "
            f"{_said(dtype, shape)}, but {found if is_short else 'more'} bytes follow."
        )
    values = np.frombuffer(content, dtype, offset=offset).reshape(shape)
    # The copy is writable and in the machine's byte order.
    return values.astype(dtype.newbyteorder("="))


def _said(dtype: np.dtype, shape: tuple[int, ...]) -> str:
    """Say in an error what a header says."""
    n_bytes = math.prod(shape) * dtype.itemsize
    return f"shape {shape} of {dtype.newbyteorder('=')}, {n_bytes} bytes"


def _header(content: bytes, file: Path) -> tuple[np.dtype, tuple[int, ...]]:
    """Return the type and the shape that the first bytes of an IDX file promise."""
    magic = content[:4]
    if (
        len(magic) < 4
        or magic[:2] != b"\0\0"
        or magic[2] not in _DTYPES
        or not 1 <= magic[3] <= _MAX_DIMENSIONS
    ):
        codes = ", ".join(f"{code:02x}" for code in _DTYPES)
        raise ValueError(
            f"{file} is not an IDX file: it begins with the bytes "
            f"'{magic.hex(' ')}', but an IDX file begins with 00 00, a type "
            f"({codes}) and the number of dimensions."
        )
    n_dimensions = magic[3]
    sizes = content[4 : 4 + 4 * n_dimensions]
    if len(sizes) < 4 * n_dimensions:
        raise ValueError(
            f"{file} is truncated: it ends within its header, after "
            f"{len(content)} bytes."
        )
    return _DTYPES[magic[2]], struct.unpack(f">{n_dimensions}I", sizes)
