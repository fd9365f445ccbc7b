"""Files that are damaged or forged at random, and what `load` makes of them."""

import copy
import io
import json
import random
import time
import zipfile
from collections import Counter
from hashlib import sha256

import numpy as np

from skcnn import load, save

MANIFEST, DIGESTS, SKOPS = "estimator.json", "digests.json", "scikit-learn.skops"

REFUSALS = (ValueError, TypeError, ImportError, FileNotFoundError)

# More than any load takes, also on a busy machine.
MOST_SECONDS = 60

# What stands in JSON, in place of what Python would not write.
_RAW = {
    "a number of many digits": "9" * 5000,
    "a list in a list in a list": "[" * 50_000 + "]" * 50_000,
}

_JUNK = [
    None,
    True,
    -1,
    0,
    2,
    10**5,
    10**9,
    -(10**9),
    10**30,
    1.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    "../x",
    *_RAW,
    [],
    [1],
    [10**9] * 3,
    {},
    {"type": "dict", "items": [[[], 1]]},
    {"type": "tuple", "items": [10**9, 10**9]},
    {"type": "own", "name": "model", "what": "x"},
]


def fuzz(estimator, path, X, n, seed):
    """Damage or forge a file `n` times, load it, and count what comes of it.

    A damaged file, whose digests are as they were, must be refused or predict the same.
    A forged one, whose digests are right, may hold another estimator. Whatever else
    `load` does is an AssertionError that says how to get there again.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    path : path
        Where its file is written.
    X : array
        Images to compare predictions on.
    n : int
    seed : int

    Returns
    -------
    Counter
        Of pairs: the name of the change, "loaded" or the name of the refusal.
    """
    save(estimator, path)
    # A machine of scikit-learn-intelex is scikit-learn's in the file.
    whole, wanted = path.read_bytes(), _predictions(load(path), X)
    outcomes = Counter()
    for number in range(n):
        draw = random.Random(f"{seed} {number}")
        change = draw.choice(CHANGES)
        path.write_bytes(change(whole, draw))
        where = f"{type(estimator).__name__}, {change.__name__}, {seed=} {number=}"
        came, outcome = _loaded(path, where)
        outcomes[change.__name__, outcome] += 1
        if came is not None and change in DAMAGES:
            same = np.array_equal(_predictions(came, X), wanted)
            assert same, f"another estimator: {where}"
    return outcomes


def _loaded(path, where):
    """Return the estimator, or None, and the outcome's name."""
    start, came, refusal = time.monotonic(), None, None
    try:
        came = load(path)
    except REFUSALS as error:
        refusal = error
    except Exception as error:
        raise AssertionError(f"{error!r}: {where}") from error
    seconds = time.monotonic() - start
    assert seconds < MOST_SECONDS, f"{seconds:.0f} seconds: {where}"
    assert len(str(refusal)) < 1500, f"a message of {len(str(refusal))}: {where}"
    return came, "loaded" if refusal is None else type(refusal).__name__


def _predictions(estimator, X):
    for method in ("predict_proba", "transform", "predict"):
        if hasattr(estimator, method):
            return getattr(estimator, method)(X)
    raise TypeError(estimator)


# --- damages: the digests are as they were --------------------------------------------


def truncate(whole, draw):
    """Leave the end away."""
    return whole[: draw.randrange(len(whole))]


def change_bytes(whole, draw):
    """Write other bytes, anywhere in the file."""
    content = bytearray(whole)
    for _ in range(draw.choice([1, 1, 3, 20])):
        content[draw.randrange(len(content))] = draw.randrange(256)
    return bytes(content)


def flip_bit(whole, draw):
    """Flip a bit in a member, whose sum is right afterwards."""
    members = _members(whole)
    name = draw.choice([name for name, content in members.items() if content])
    content = bytearray(members[name])
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return _zipped({**members, name: bytes(content)})


def swap_members(whole, draw):
    """Give two members each other's content."""
    members = _members(whole)
    first, second = draw.sample(sorted(members), 2)
    swapped = {first: members[second], second: members[first]}
    return _zipped(members | swapped)


def drop_or_rename_member(whole, draw):
    """Take a member away, or give it another name."""
    members = _members(whole)
    name = draw.choice(sorted(members))
    content = members.pop(name)
    if draw.random() < 0.5:
        members[f"{name}x"] = content
    return _zipped(members)


# --- forgeries: the digests are right -------------------------------------------------


def forge_manifest(whole, draw):
    """Put something else in one to three places of the manifest."""
    members = _members(whole)
    manifest = json.loads(members[MANIFEST])
    for _ in range(draw.choice([1, 1, 2, 3])):
        _forge_value(manifest, draw)
    members[MANIFEST] = _to_json(manifest)
    return _signed(members)


def forge_network(whole, draw):
    """Put something else where it is said how the network is built."""
    members = _members(whole)
    manifest = json.loads(members[MANIFEST])
    builds = [
        node["build"]
        for at in places(manifest)
        if isinstance(node := value_at(manifest, at), dict) and "build" in node
    ]
    if not builds:
        return forge_manifest(whole, draw)
    build = draw.choice(builds)
    if "description" not in build:
        _forge_value(build, draw)
    else:
        description = json.loads(build["description"])
        _forge_value(description, draw)
        build["description"] = _to_json(description).decode()
    members[MANIFEST] = _to_json(manifest)
    return _signed(members)


def forge_array(whole, draw):
    """Put another array in the place of one."""
    members = _members(whole)
    names = [name for name in members if name.endswith(".npy")]
    if not names:
        return forge_manifest(whole, draw)
    shape = draw.choice([(), (0,), (1,), (3,), (4, 4), (3, 3, 1, 4), (2**16,)])
    dtype = draw.choice(["f4", "f8", "i4", "u1", "?", "U3", "c8", "M8[s]"])
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(shape, dtype))
    members[draw.choice(names)] = buffer.getvalue()
    return _signed(members)


def forge_skops(whole, draw):
    """Put something else in the parts of scikit-learn."""
    members = _members(whole)
    if SKOPS not in members:
        return forge_manifest(whole, draw)
    inside = _members(members[SKOPS])
    schema = json.loads(inside["schema.json"])
    _forge_value(schema, draw)
    members[SKOPS] = _zipped({**inside, "schema.json": _to_json(schema)})
    return _signed(members)


DAMAGES = (truncate, change_bytes, flip_bit, swap_members, drop_or_rename_member)
CHANGES = (*DAMAGES, forge_manifest, forge_network, forge_array, forge_skops)


# --- pieces ---------------------------------------------------------------------------


def places(node, at=()):
    """Yield the way to every value in JSON."""
    yield at
    children = ()
    if isinstance(node, dict):
        children = node.items()
    elif isinstance(node, list):
        children = enumerate(node)
    for key, one in children:
        yield from places(one, (*at, key))


def value_at(node, at):
    """Return the value that :func:`places` has named."""
    for key in at:
        node = node[key]
    return node


def _forge_value(root, draw):
    at = draw.choice(list(places(root))[1:] or [None])
    if at is None:
        return
    kind = draw.random()
    if kind < 0.7:
        new = draw.choice(_JUNK)
    elif kind < 0.9:  # what stands elsewhere in it
        new = copy.deepcopy(value_at(root, draw.choice(list(places(root))[1:])))
    else:
        new = value_at(root, at)
        for _ in range(draw.choice([1, 30, 150])):
            new = [new]
    value_at(root, at[:-1])[at[-1]] = new


def _to_json(value):
    text = json.dumps(value)
    for name, raw in _RAW.items():
        text = text.replace(f'"{name}"', raw)
    return text.encode()


def _members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def _zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def _signed(members):
    members = {name: one for name, one in members.items() if name != DIGESTS}
    digests = {name: sha256(one).hexdigest() for name, one in members.items()}
    return _zipped({**members, DIGESTS: json.dumps(digests).encode()})
