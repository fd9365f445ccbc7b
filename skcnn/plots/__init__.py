"""Displays: what was trained and compared, drawn in scikit-learn's manner."""

import lazy_loader

# The Displays stand in __init__.pyi; matplotlib loads when something is drawn.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
