"""Displays: what was trained and compared, drawn in scikit-learn's manner."""

from importlib import import_module

# Each Display and its module; matplotlib loads when something is drawn.
_HOMES = {
    "ClassScoresDisplay": "_class_scores",
    "ComparisonDisplay": "_score_against_time",
    "ConfusionDisplay": "_confusion",
    "ErrorGalleryDisplay": "_error_gallery",
    "FilterDisplay": "_filters",
    "HistoryDisplay": "_history",
    "ImageGridDisplay": "_image_grid",
    "ReconstructionDisplay": "_reconstruction",
    "RocDisplay": "_roc",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
