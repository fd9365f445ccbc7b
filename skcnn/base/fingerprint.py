"""The one fingerprint: content to a short text, equal in every process."""

from __future__ import annotations

from contextlib import suppress
from hashlib import blake2b

from skcnn.base.code import NoFingerprint, Part
from skcnn.base.parts import parts_of

__all__ = ["NoFingerprint", "fingerprint"]

# Bytes of a digest: results by the billion would not meet.
_DIGEST_BYTES = 16

# What scikit-learn's clone looks into: estimators in it are fitted anew.
_CLONED = frozenset({"estimator", "list", "tuple", "set"})

# An object that makes new ones each time that it is looked at has no end.
_MAX_OBJECTS = 10**6


def fingerprint(*values: object) -> str:
    """Return one text for the content of values, 32 hexadecimal digits.

    Equal content has the same text in every process.

    - Arrays, frames, numbers and texts are their type and content. Sets and dicts have
      no order, as ``==`` has it; an ``OrderedDict`` has one.
    - Functions are their code, defaults and closure, and the globals that they use,
      wherever they are defined. Classes are their members and bases. What Python, an
      installed package or skcnn itself defines is its name and version.
    - Estimators are their class and the parameters that decide results; those that no
      ``clone`` reaches, such as a global of a function, are also what was fitted.
    - Objects of Keras are their class, their settings, and the functions and weights
      that they hold; those of a user's class are all that they hold. Numbers that Keras
      counts up in names are left out, and the running state of metrics and optimizers.
    - Any other object is what pickle would keep of it.

    Raises
    ------
    NoFingerprint
        For what cannot be told: iterators, open files, sockets, threads, ...

    Examples
    --------
    >>> fingerprint(lambda rate: rate * 2) == fingerprint(lambda rate: rate * 3)
    False
    """
    root = _Node(values)
    _expand(root)
    return _digest(root).hex()


class _Node:
    """An object on the way to its digest."""

    __slots__ = ("children", "digest", "edge", "has_order", "index", "is_cloned")
    __slots__ += ("lowest", "parent", "value")

    def __init__(self, value, parent=None, edge="", is_cloned=True):
        self.value = value
        self.parent = parent
        self.edge = edge
        self.is_cloned = is_cloned
        self.children: list[bytes | _Node] = []
        self.has_order = True
        self.index = self.lowest = self.digest = None

    def place(self) -> str:
        """Say where it is: "callbacks[0].stream"."""
        edges, node = [], self
        while node.parent is not None:
            edges.append(node.edge if type(node.edge) is str else f"[{node.edge}]")
            node = node.parent
        # The first one is the place among the values.
        return "".join(reversed(edges[:-1])).lstrip(".")


# --- what there is ------------------------------------------------------------------


def _expand(root: _Node) -> None:
    """Find all that is held by the root; every object once, however often held."""
    seen = {}
    todo = [root]
    while todo:
        node = todo.pop()
        kind, parts = _described(node)
        node.has_order = kind != "set"
        node.children.append(_text(b"s", kind))
        is_cloned = node.is_cloned and kind in _CLONED
        for edge, part in parts:
            if type(edge) is str and edge:
                node.children.append(_text(b"@", edge))
            child = _written(part) or seen.get((id(part), is_cloned))
            if child is None:
                child = _Node(part, node, edge, is_cloned)
                seen[id(part), is_cloned] = child
                todo.append(child)
            node.children.append(child)
        if len(seen) > _MAX_OBJECTS:
            raise NoFingerprint(f"more than {_MAX_OBJECTS} objects are held")


def _described(node: _Node) -> tuple[str, list[Part]]:
    """Return kind and parts of an object, or raise that it has none, and where."""
    try:
        return parts_of(node.value, node.is_cloned)
    # A class of the user's may raise what it likes.
    except Exception as error:
        place, name = node.place(), type(node.value).__name__
        why = str(error) or type(error).__name__
        raise NoFingerprint(f"{place or 'A value'} is a {name}: {why}") from error


def _text(mark: bytes, text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    return b"%b%d:%b" % (mark, len(content), content)


# What is equal where its text is; by the exact type, so that an object of a subclass
# is more than that. Each text says where it ends.
_PLAIN = {
    bool: lambda value: b"T" if value else b"F",
    int: lambda value: b"i%x;" % value,
    float: lambda value: b"f%b;" % value.hex().encode(),
    complex: lambda value: b"c%b;" % repr(value).encode(),
    str: lambda value: _text(b"s", value),
    bytes: lambda value: b"b%d:%b" % (len(value), value),
    type(None): lambda value: b"N",
    type(...): lambda value: b"E",
    type(NotImplemented): lambda value: b"X",
}


def _written(value) -> bytes | None:
    """Return plain things, and lists and tuples of them, as bytes; else None."""
    kind = type(value)
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    if kind is tuple or kind is list:
        with suppress(KeyError):  # something in it is not plain
            parts = b"".join([_PLAIN[type(one)](one) for one in value])
            return b"%b%d:%b" % (kind.__name__[:1].encode(), len(parts), parts)
    return None


# --- from the leaves to the root ----------------------------------------------------


def _digest(root: _Node) -> bytes:
    """Return the digest of the root, after those of all that it holds.

    Tarjan's algorithm, without recursion: objects that hold each other, such as two
    functions that call each other, get their digests together.
    """
    root.index = root.lowest = count = 0
    unfinished, path = [root], [(root, iter(root.children))]
    while path:
        node, rest = path[-1]
        for child in rest:
            if type(child) is bytes or child.digest is not None:
                continue
            if child.index is None:
                count += 1
                child.index = child.lowest = count
                unfinished.append(child)
                path.append((child, iter(child.children)))
                break
            node.lowest = min(node.lowest, child.index)
        else:
            path.pop()
            if path:
                above = path[-1][0]
                above.lowest = min(above.lowest, node.lowest)
            if node.lowest == node.index:
                _finish(unfinished, node)
    return root.digest


def _finish(unfinished: list[_Node], first: _Node) -> None:
    """Give digests to the nodes from ``first`` on, which all hold each other."""
    node = unfinished.pop()
    if node is first:
        node.digest = _hash_of(node, {node: b""})
        return
    nodes = [node]
    while nodes[-1] is not first:
        nodes.append(unfinished.pop())
    known = dict.fromkeys(nodes, b"")
    n_kinds, work = 0, 0
    # Each round sees one step further, until it tells no more of them apart. So it
    # does not matter where the first way came in, nor what is one object or two.
    while len(set(known.values())) > n_kinds:
        n_kinds = len(set(known.values()))
        known = {node: _hash_of(node, known) for node in nodes}
        work += len(nodes)
        if work > _MAX_OBJECTS:
            raise NoFingerprint(f"{len(nodes)} objects hold each other")
    together = b"".join(sorted(set(known.values())))
    for node in nodes:
        node.digest = _hash(known[node] + together)


def _hash_of(node: _Node, known: dict[_Node, bytes]) -> bytes:
    """Return the digest of a node whose children have one, or are ``known``."""
    kind, *parts = [
        part if type(part) is bytes else b"=%b" % (part.digest or known[part])
        for part in node.children
    ]
    return _hash(kind + b"".join(parts if node.has_order else sorted(parts)))


def _hash(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST_BYTES).digest()
