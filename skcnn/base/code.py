"""What modules, classes and functions consist of, for a fingerprint."""

from __future__ import annotations

import dis
import importlib
import site
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec, resolve_name
from pathlib import Path
from pickle import whichmodule
from types import CodeType, FunctionType, MemberDescriptorType, ModuleType

# What Python and its libraries note on classes; it decides no result.
_NOTES = frozenset(
    {
        *("__module__", "__qualname__", "__doc__", "__dict__", "__weakref__"),
        *("__annotations__", "__annotate__", "__annotate_func__", "__type_params__"),
        *("__annotations_cache__", "__static_attributes__", "__firstlineno__"),
        *("__abstractmethods__", "_abc_impl", "__slotnames__"),
        *("__orig_bases__", "__parameters__"),
    }
)

# Where a part is (shown to the user, a number for a place in a list), and the part.
Part = tuple[str | int, object]

_MISSING = object()

# Bit of a class that is not made in C.
_HEAP_TYPE = 1 << 9

# Bits of code: *args and **kwargs. What else there is is in its instructions.
_VARIADIC = 0x0C

_CHAIN_STARTS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_CHAIN_LINKS = frozenset({"LOAD_ATTR", "LOAD_METHOD"})


class NoFingerprint(ValueError):
    """Something has no content that can be told; the text says what and where."""


# --- known code ---------------------------------------------------------------------


def is_known(module: str | None) -> bool:
    """Tell whether a module is Python's, of an installed package, or skcnn's."""
    if not isinstance(module, str) or module == "__main__":
        return False
    if module.partition(".")[0] == "skcnn":
        return True
    found = sys.modules.get(module)
    return found is not None and _is_installed(_file_of(found))


def _file_of(module) -> str:
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return file
    # Of a built-in module the origin is a word; a namespace has folders.
    spec = getattr(module, "__spec__", None)
    folders = getattr(spec, "submodule_search_locations", None)
    return next(iter(folders or ()), None) or str(getattr(spec, "origin", None))


@lru_cache(maxsize=4096)
def _is_installed(file: str) -> bool:
    if file in ("built-in", "frozen"):
        return True
    path = Path(file)
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    return any(path.is_relative_to(folder) for folder in _installed_folders())


@lru_cache(maxsize=1)
def _installed_folders() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = sysconfig.get_paths()
    return (*(paths[name] for name in names), *site.getsitepackages())


def known_name(thing, module: str | None, name: str) -> str | None:
    """Return the name of known code; None where it does not lead back to the thing."""
    if not is_known(module):
        return None
    found = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part, _MISSING)
    return _with_version(module, name) if found is thing else None


def _with_version(module: str, name: str = "") -> str:
    package = sys.modules.get(module.partition(".")[0])
    version = getattr(package, "__version__", None)
    return f"{module} {name} {version if isinstance(version, str) else ''}"


def global_parts(value, name: str) -> list[Part]:
    """Describe what pickle only names: by its name, or what it wraps."""
    modules = (getattr(value, "__module__", None), type(value).__module__)
    for module in (*modules, whichmodule(value, name)):
        known = known_name(value, module, name)
        if known is not None:
            return [("", known)]
    if not hasattr(value, "__wrapped__"):
        raise NoFingerprint("nothing but its name can be told")
    return [("class", type(value)), (".__wrapped__", value.__wrapped__)]


# --- modules and classes ------------------------------------------------------------


def module_parts(module: ModuleType) -> list[Part]:
    """Return the name of a known module, and all that is in one of the user's."""
    if is_known(module.__name__):
        return [("", _with_version(module.__name__))]
    members = sorted(vars(module).items())
    return [(f".{name}", part) for name, part in members if name[:2] != "__"]


def class_parts(cls: type) -> list[Part]:
    """Return the name of a known class; name, bases and members of the user's."""
    known = known_name(cls, cls.__module__, cls.__qualname__)
    if known is None and not cls.__flags__ & _HEAP_TYPE:
        known = _with_version(cls.__module__, cls.__qualname__)
    if known is not None:
        return [("", known)]
    own = [("", cls.__name__), (".__class__", type(cls)), (".__bases__", cls.__bases__)]
    members = [pair for pair in sorted(vars(cls).items()) if _is_member(*pair)]
    return own + [(f".{name}", part) for name, part in members]


def _is_member(name: str, value) -> bool:
    """Tell whether a class says something with a member: slots are in __slots__."""
    return name not in _NOTES and not isinstance(value, MemberDescriptorType)


# --- functions ----------------------------------------------------------------------


def function_parts(function: FunctionType) -> list[Part]:
    """Return the name of a known function, or code and all that it uses."""
    known = known_name(function, function.__module__, function.__qualname__)
    # Its __module__ does not say where it was written: functools.wraps changes that.
    is_own = not is_known(function.__globals__.get("__name__"))
    if known is not None and not is_own:
        return [("", known)]
    parts = [
        ("", _code_text(function.__code__)),
        (".__defaults__", function.__defaults__),
        (".__kwdefaults__", function.__kwdefaults__),
        *((f".{name}", part) for name, part in sorted(vars(function).items())),
        *_closure(function),
    ]
    return parts + _globals_of(function) if is_own else parts


def _closure(function: FunctionType) -> list[Part]:
    names = function.__code__.co_freevars
    cells = zip(names, function.__closure__ or (), strict=True)
    return [
        (f".__closure__[{n!r}]", cell.cell_contents)
        for n, cell in cells
        if _is_full(cell)
    ]


def _is_full(cell) -> bool:
    try:
        cell.cell_contents  # noqa: B018  (asking is the test)
    except ValueError:
        return False
    return True


def method_parts(method) -> list[Part]:
    """Return a bound method's function and object; the name of a known one."""
    owner, name = method.__self__, method.__name__
    home = method.__module__ if owner is None else type(owner).__module__
    if isinstance(owner, ModuleType):
        home = owner.__name__
    # Such as random.random: its object is the module's own.
    known = known_name(method, home, name)
    if known is not None:
        return [("", known)]
    function = getattr(method, "__func__", name)
    return [(".__func__", function), (".__self__", owner)]


@lru_cache(maxsize=1024)
def _code_text(code: CodeType) -> str:
    """Return what code does, without its name and its place in a file."""
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    constants = _constant_text(code.co_consts)
    bits = code.co_flags & _VARIADIC
    text = repr((code.co_code, code.co_exceptiontable, *names, *counts, bits))
    return f"{text}{constants}"


def _constant_text(constant) -> str:
    if isinstance(constant, CodeType):
        return f"<{_code_text(constant)}>"
    if isinstance(constant, tuple):
        return f"({','.join(map(_constant_text, constant))})"
    if isinstance(constant, frozenset):
        return f"{{{','.join(sorted(map(_constant_text, constant)))}}}"
    return repr(constant)


def _globals_of(function: FunctionType) -> list[Part]:
    """Return the globals that a function uses, also in the functions inside it."""
    around, found = function.__globals__, {}
    for names in _chains(function.__code__):
        if names[0] in around:
            name, value = _followed(names, around[names[0]])
            found[name] = value
    for name, level, parts in _imports(function.__code__):
        found |= _imported(name, level, parts, around)
    named = sorted(found.items())
    return [(f".__globals__[{n!r}]", part) for n, part in named if part is not _MISSING]


def _followed(names: tuple[str, ...], value) -> tuple[str, object]:
    """Follow "helpers.alpha" through modules of the user's."""
    depth = 1
    for name in names[1:]:
        if not isinstance(value, ModuleType) or is_known(value.__name__):
            break
        value, depth = getattr(value, name, _MISSING), depth + 1
    return ".".join(names[:depth]), value


def _imported(name: str, level: int, parts, around: dict) -> dict:
    """Return what code imports while it runs, from modules of the user's."""
    try:
        if level:
            package = around.get("__package__") or around.get("__name__")
            name = resolve_name("." * level + name, package)
        if name not in sys.modules and _is_installed(str(find_spec(name).origin)):
            return {}
        module = importlib.import_module(name)
    # What cannot be imported raises where the function runs, if it runs.
    except Exception:
        return {}
    if is_known(name):
        return {}
    if not parts or "*" in parts:
        return {name: module}
    return {f"{name}.{part}": getattr(module, part, _MISSING) for part in parts}


@lru_cache(maxsize=1024)
def _chains(code: CodeType) -> tuple[tuple[str, ...], ...]:
    """Return the globals that code reads, with attributes: (helpers, alpha)."""
    chains, current = set(), ()
    for instruction in dis.get_instructions(code):
        operation = instruction.opname
        if operation in _CHAIN_LINKS and current:
            current = (*current, instruction.argval)
        elif operation != "EXTENDED_ARG":
            chains.add(current)
            is_start = operation in _CHAIN_STARTS
            current = (instruction.argval,) if is_start else ()
    chains.update(*map(_chains, _codes_in(code)))
    return tuple(sorted(chains - {()}))


@lru_cache(maxsize=1024)
def _imports(code: CodeType) -> tuple[tuple, ...]:
    """Return names, levels and wanted parts of the imports in code."""
    imports, before = set(), [None, None]
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            imports.add((instruction.argval, *before))
        if instruction.opname != "EXTENDED_ARG":
            before = [before[1], instruction.argval]
    imports.update(*map(_imports, _codes_in(code)))
    return tuple(sorted(imports, key=repr))


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    return (const for const in code.co_consts if isinstance(const, CodeType))
