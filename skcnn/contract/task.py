"""What one call of ``fit`` or ``partial_fit`` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from skcnn.base.stopwatch import Stopwatch


@dataclass
class FitTask:
    """One call, from its first line on.

    Attributes
    ----------
    goes_on : bool
        Whether it goes on from fitted weights.
    one_epoch : bool
        Whether it is one of ``partial_fit``: one epoch at the constant rate.
    watch : Stopwatch
        Runs since the call.
    """

    goes_on: bool = False
    one_epoch: bool = False
    watch: Stopwatch = field(default_factory=Stopwatch)
