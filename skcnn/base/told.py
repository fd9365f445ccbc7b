"""What a long call tells of its way to whoever listens, however deep it lies.

A network inside a pipeline inside a calibration tells of its epochs, and nobody in
between passes anything on. Other threads and processes are not heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[float, str], None]
"""Takes the part that is done, 0 to 1, and where that is, such as "epoch 2 of 12"."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listener() -> Listener | None:
    """Return who listens; None: nobody."""
    return _LISTENER.get()


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Have a listener hear what calls of this thread tell, in place of others."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)
