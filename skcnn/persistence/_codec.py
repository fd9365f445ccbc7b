"""Values to JSON and back, by a closed list of kinds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from skcnn.persistence._archive import Reader
from skcnn.persistence._own_code import OwnCode, describe


class Unknown(TypeError):
    """A value of a type that no kind takes."""


@dataclass(frozen=True)
class Kind:
    """One kind of value, as ``{"type": name, ...}`` in the file.

    Attributes
    ----------
    name : str
    fits : callable
        ``fits(value)`` tells whether the value is of this kind.
    encode : callable
        ``encode(value, encoder, at)`` returns what is noted: a dict of JSON.
    decode : callable
        ``decode(node, decoder)`` returns the value; it trusts nothing in the node.
    """

    name: str
    fits: Callable
    encode: Callable
    decode: Callable


@dataclass
class Encoder:
    """Turn values into JSON; arrays and parts of scikit-learn are put aside.

    ``at`` is the way to a value: the names of parameters and attributes.
    """

    kinds: tuple[Kind, ...]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    learners: list = field(default_factory=list)
    own: dict[str, list] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    _members: dict[int, str] = field(default_factory=dict)

    def encode(self, value, at: tuple[str, ...]):
        """Return a value as JSON.

        Raises
        ------
        Unknown
            For a value of no kind.
        """
        if value is None or type(value) in (bool, int, str):
            return value
        if isinstance(value, (float, np.generic)):
            return self._number(value, at)
        if type(value) is list:
            return [self.encode(v, (*at, str(n))) for n, v in enumerate(value)]
        for kind in self.kinds:
            if kind.fits(value):
                return {"type": kind.name, **kind.encode(value, self, at)}
        raise Unknown(f"{'.'.join(at)} is {describe(value)}")

    def _number(self, value, at):
        if isinstance(value, np.generic) and not isinstance(value, float):
            plain = value.item()
            if isinstance(plain, (bool, int, str, float)):
                return self.encode(plain, at)
            raise Unknown(f"{'.'.join(at)} is {describe(value)}")
        value = float(value)
        if math.isfinite(value):
            return value
        return {"type": "float", "value": repr(value)}

    def encode_parameter(self, value, at: tuple[str, ...]):
        """Return a parameter as JSON; what no kind takes is noted as own code."""
        n_arrays, n_learners = len(self.arrays), len(self.learners)
        try:
            return self.encode(value, at)
        except Unknown:
            del self.learners[n_learners:]
            for member in list(self.arrays)[n_arrays:]:
                self._members.pop(id(self.arrays.pop(member)))
            name = "__".join(at)
            self.own.setdefault(name, []).append(value)
            return {"type": "own", "name": name, "what": describe(value)}

    def put_array(self, array: np.ndarray, at: tuple[str, ...]) -> str:
        """Put an array aside, the same one once, and return its member's name."""
        if id(array) not in self._members:
            member = f"arrays/{len(self.arrays):04d}-{'.'.join(at)}.npy"
            self._members[id(array)] = member
            self.arrays[member] = array
        return self._members[id(array)]


@dataclass
class Decoder:
    """Turn JSON back into values.

    Attributes
    ----------
    given : dict
        The user's own code, by the names of parameters.
    missing : dict
        What each of them was, of all that the file does not hold.
    params : dict
        Parameters of the estimator that is being decoded.
    made : dict
        Objects that may be named twice and shall be made once.
    """

    kinds: dict[str, Kind]
    archive: Reader
    given: dict[str, object]
    missing: dict[str, str] = field(default_factory=dict)
    learners: list | None = None
    params: dict = field(default_factory=dict)
    made: dict[str, object] = field(default_factory=dict)
    _arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def decode(self, node):
        """Return the value of a node.

        Raises
        ------
        ValueError
            For a node of no kind, or one that is not as it should be.
        """
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [self.decode(one) for one in node]
        name = get(node, "type", str)
        if name == "own":
            return self._own(node)
        if name not in self.kinds:
            raise ValueError(f"holds a value of the unknown type {name!r}")
        return self.kinds[name].decode(node, self)

    def _own(self, node):
        name, what = get(node, "name", str), get(node, "what", str)
        self.missing[name] = what
        return self.given.get(name, OwnCode(name, what))

    def array(self, node, key: str = "file") -> np.ndarray:
        """Return the array whose member a node names."""
        member = get(node, key, str)
        if member not in self._arrays:
            self._arrays[member] = self.archive.read_array(member)
        return self._arrays[member]


def get(node, key: str, kind: type | tuple[type, ...]):
    """Return ``node[key]``, which must be of a type.

    Raises
    ------
    ValueError
        Where it is not.
    """
    value = node.get(key) if isinstance(node, dict) else None
    is_right = isinstance(value, kind) and not (
        isinstance(value, bool) and kind is not bool
    )
    if not is_right:
        raise ValueError(f"has {value!r} where {key!r} should be")
    return value
