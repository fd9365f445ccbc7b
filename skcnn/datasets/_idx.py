"""IDX files, the format of MNIST: arrays of any shape behind a short header."""

import gzip
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np

from ._files import existing_file

# The type codes in the third byte of a file, http://yann.lecun.com/exdb/mnist
_DTYPES = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_GZIP_MAGIC = b"\x1f\x8b"
# As many dimensions as a NumPy array can have.
_MAX_DIMENSIONS = 64


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
    return parse_idx(unpacked(file), file)


def unpacked(file: Path) -> bytes:
    """Return the bytes of `file`, unpacked if they are a gzip stream."""
    content = file.read_bytes()
    if not content.startswith(_GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{file} is a damaged gzip file ({error}); get a new copy of it."
        ) from error


def parse_idx(content: bytes, file: Path) -> np.ndarray:
    """Return the array in the bytes of an IDX file; `file` is for messages only."""
    dtype, shape = _header(content, file)
    offset = 4 + 4 * len(shape)
    expected = math.prod(shape) * dtype.itemsize
    found = len(content) - offset
    if found != expected:
        problem = "is truncated" if found < expected else "is too long"
        raise ValueError(
            f"{file} {problem}: its header says shape {shape} of "
            f"{dtype.newbyteorder('=')}, {expected} bytes, but {found} bytes follow."
        )
    values = np.frombuffer(content, dtype, offset=offset).reshape(shape)
    # The copy is writable and in the machine's byte order.
    return values.astype(dtype.newbyteorder("="))


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
