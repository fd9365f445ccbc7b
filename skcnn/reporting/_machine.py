"""What the numbers were made with: processor, threads, date."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import datetime

import joblib

from skcnn import __version__
from skcnn.keras_door import thread_budget


def surroundings(versions: Mapping[str, str]) -> dict[str, str]:
    """Return threads, machine and versions, each as a line of a table.

    Threads and machine are those of this process.
    """
    is_set = os.environ.get("SKCNN_THREADS", "").strip()
    return {
        "Threads": f"{thread_budget()}{', by SKCNN_THREADS' if is_set else ''}",
        "Machine": f"{platform.system()}, {platform.machine()}, "
        f"{joblib.cpu_count()} cores",
        "Versions": ", ".join(f"{name} {text}" for name, text in versions.items()),
    }


def footer() -> str:
    """Return who made the page, and when."""
    now = datetime.now().astimezone()
    return f"skcnn {__version__}, {now:%Y-%m-%d %H:%M %Z}"
