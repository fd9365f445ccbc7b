"""Options that several subcommands share: to each they are one dataclass."""

from collections.abc import Callable, Collection
from dataclasses import is_dataclass
from functools import wraps
from inspect import Signature, signature
from typing import Any


def with_groups(
    function: Callable[..., None], without: Collection[str] = ()
) -> Callable[..., None]:
    """Return the function for typer, which knows no groups of options.

    Parameters
    ----------
    function : callable
        Where a parameter is annotated with a dataclass, its fields are options.
    without : collection of str
        Fields that are no options of this one; they keep their defaults.

    Returns
    -------
    callable
        It takes options one by one, and gives the function its dataclasses.
    """
    taken = signature(function).parameters
    kinds = {one.name: one.annotation for one in taken.values()}
    groups = {
        name: signature(kind, eval_str=True).parameters
        for name, kind in kinds.items()
        if isinstance(kind, type) and is_dataclass(kind)
    }

    @wraps(function)
    def run(**given: Any) -> None:
        for name, fields in groups.items():
            own = {field: given.pop(field) for field in fields if field in given}
            given[name] = kinds[name](**own)
        function(**given)

    options = [
        option.replace(kind=option.KEYWORD_ONLY)
        for one in taken.values()
        for option in groups.get(one.name, {one.name: one}).values()
        if option.name not in without
    ]
    run.__signature__ = Signature(options)  # type: ignore[attr-defined]
    return run
