"""The zip file: members stored as they are, arrays as .npy, digests of all of them.

Nothing is compressed. So no member is larger than the file, and a file that unpacks to
more than its own size is refused unread. The last member has the digests of all others:
the sums of a zip are no help where a program that repairs it has written them anew.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from tokenize import TokenError
from typing import BinaryIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

# A zip file knows no earlier time; the true one would change the bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)

DIGESTS = "digests.json"

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

# What zipfile and NumPy raise on bytes that are not what they should be.
_BROKEN = (
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TokenError,
    TypeError,
    ValueError,
    struct.error,
)


def is_plain(dtype: np.dtype) -> bool:
    """Tell whether arrays are numbers, text or times; never objects."""
    return dtype.kind in "biufcSUmM"


class _Hashed:
    """A member and the hash of all that was read from it, or written to it."""

    def __init__(self, member):
        self._member = member
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._member.read(size)
        self._hash.update(content)
        return content

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        return self._member.write(content)

    def tell(self) -> int:
        return self._member.tell()

    def digest(self) -> str:
        return self._hash.hexdigest()


class Writer:
    """Write members into a binary file that is open, the same bytes each time."""

    def __init__(self, file: BinaryIO):
        self._zip = ZipFile(file, "w", ZIP_STORED)
        self._digests: dict[str, str] = {}

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *error) -> None:
        self._zip.close()

    def write(self, name: str, content: bytes) -> None:
        """Add one member."""
        with self._opened(name) as member:
            member.write(content)

    def write_array(self, name: str, array: np.ndarray) -> None:
        """Add an array in NumPy's own format."""
        with self._opened(name) as member:
            np.lib.format.write_array(member, array, allow_pickle=False)

    def write_digests(self) -> None:
        """Add the digests of all members so far."""
        self.write(DIGESTS, json.dumps(self._digests, indent=1).encode())

    @contextmanager
    def _opened(self, name: str) -> Iterator[_Hashed]:
        info = ZipInfo(name, _NO_TIME)
        info.create_system = 3  # Unix: as on every system
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as member:
            hashed = _Hashed(member)
            yield hashed
        self._digests[name] = hashed.digest()


class Reader:
    """Read members of a file of ours, checked before they are read.

    Raises
    ------
    ValueError
        For a file that is no zip, or is damaged; the message goes on from the name of
        the file.
    """

    def __init__(self, file: BinaryIO, size: int):
        self._digests: dict[str, str] | None = None
        starts_as_zip = file.read(4) == b"PK\x03\x04"
        try:
            self._zip = ZipFile(file)
        except _BROKEN as error:
            if starts_as_zip:
                raise ValueError(
                    "is damaged: its end is missing, as after a copy or a download "
                    "that was interrupted. Get it anew."
                ) from error
            raise ValueError("is no file that skcnn.save has written.") from error
        self._check_members(size)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error) -> None:
        self._zip.close()

    def _check_members(self, size: int) -> None:
        members = self._zip.infolist()
        for member in members:
            is_stored = member.compress_type == ZIP_STORED
            if not is_stored or member.file_size != member.compress_size:
                raise ValueError(
                    f"is none that skcnn.save has written: {member.filename!r} in it "
                    "is compressed, and ours never are."
                )
        if sum(member.file_size for member in members) > size:
            raise ValueError("is damaged: its parts are larger than itself.")
        for name, count in Counter(self.names()).items():
            if count > 1:
                raise ValueError(f"is damaged: {name!r} is in it {count} times.")

    def names(self) -> list[str]:
        """Return the names of all members."""
        return self._zip.namelist()

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def take_digests(self) -> None:
        """Compare each member that is read from now on with its digest."""
        digests = self.read_json(DIGESTS)
        if not isinstance(digests, dict):
            raise ValueError(f"is damaged: {DIGESTS!r} in it holds no digests.")
        wanted, came = set(digests) | {DIGESTS}, set(self.names())
        for name in sorted(wanted - came):
            raise ValueError(f"is damaged: {name!r} is missing in it.")
        for name in sorted(came - wanted):
            raise ValueError(f"is damaged: {name!r} does not belong in it.")
        self._digests = digests

    def read(self, name: str) -> bytes:
        """Return a member's content."""
        with self._opened(name) as (member, _):
            content = member.read()
        self._check_digest(name, member)
        return content

    def read_json(self, name: str):
        """Return what a member says."""
        content = self.read(name)
        try:
            return json.loads(content)
        # A ValueError is also a number of more digits than Python reads.
        except (ValueError, RecursionError) as error:
            raise ValueError(f"is damaged: {name!r} in it is no JSON.") from error

    def read_array(self, name: str) -> np.ndarray:
        """Return an array, whose size is checked against its member's before."""
        self.check_array(name)
        with self._opened(name) as (member, _):
            # To the member's end, where zipfile checks the sum over its bytes.
            array = np.lib.format.read_array(member, allow_pickle=False)
        self._check_digest(name, member)
        return array

    def check_array(self, name: str) -> None:
        """Raise where a member is no array that has all its bytes and no more."""
        with self._opened(name) as (member, size):
            header = _HEADERS[np.lib.format.read_magic(member)]
            shape, _, dtype = header(member)
            if not is_plain(dtype):
                raise ValueError(f"it holds {dtype}, and only plain numbers are taken")
            if not dtype.itemsize:  # NumPy makes them longer: much memory from nothing
                raise ValueError("it holds texts of no characters")
            wanted, came = math.prod(shape) * dtype.itemsize, size - member.tell()
            if min(shape, default=0) < 0 or came != wanted:
                raise ValueError(
                    f"{shape} of {dtype} are {wanted} bytes, and it has {came}"
                )

    def _check_digest(self, name: str, member: _Hashed) -> None:
        if self._digests is not None and self._digests[name] != member.digest():
            raise ValueError(
                f"is damaged: {name!r} in it is not what was saved: its digest differs"
            )

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[_Hashed, int]]:
        if name not in self:
            raise ValueError(f"is damaged: {name!r} is missing in it")
        try:
            with self._zip.open(name) as member:
                yield _Hashed(member), self._zip.getinfo(name).file_size
        except _BROKEN as error:
            raise ValueError(
                f"is damaged: {name!r} in it cannot be read ({error})"
            ) from error
