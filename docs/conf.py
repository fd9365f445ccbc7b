"""How Sphinx builds these pages: `make docs`, without any network."""

import os
import re
import sys
from pathlib import Path

import skcnn
from skcnn.keras_door import start_tensorflow

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

# One thread is enough for images of 8 x 8 pixels, and gives the same figures anywhere.
os.environ.setdefault("SKCNN_THREADS", "1")
# Quietly; Keras alone, which autodoc imports, would let it chatter.
start_tensorflow()

project = "skcnn"
author = "the skcnn developers"
copyright = author
version = release = skcnn.__version__

extensions = [
    "markdown_part",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
root_doc = "index"
exclude_patterns = ["_build", "_templates", "auto_examples/*.ipynb"]
# systems.md is a page on GitHub too; systems.rst brings it in here.
source_suffix = {".rst": "restructuredtext"}
templates_path = ["_templates"]
default_role = "literal"

# --- the API page -------------------------------------------------------------------

autosummary_generate = True
autodoc_typehints = "none"
# The template of a class lists its methods itself.
numpydoc_show_class_members = False

# scikit-learn gives every estimator these; its guide describes them.
_OF_SCIKIT_LEARN = re.compile(
    r"get_metadata_routing|set_output|set_\w+_request|get_params|set_params"
)


def _is_scikit_learns(app, what, name, obj, skip, options):
    return True if _OF_SCIKIT_LEARN.fullmatch(name) else skip


# What docstrings have that is no link here: labels and terms of scikit-learn's pages,
# and names that end in an underscore, as fitted attributes do.
_LABEL = re.compile(r":ref:`([^`<]+?) *<[^`]+>`")
_TERM = re.compile(r":term:`([^`<]+?)(?: *<[^`]+>)?`")
_FITTED = re.compile(r"(?<=\()([a-z_]+_)(?=[,)])")


def _without_false_links(app, what, name, obj, options, lines):
    for number, line in enumerate(lines):
        line = _TERM.sub(r"`\1`", _LABEL.sub(r"\1", line))
        lines[number] = _FITTED.sub(r"`\1`", line)


def setup(app):
    """Adapt docstrings to these pages."""
    app.connect("autodoc-skip-member", _is_scikit_learns)
    app.connect("autodoc-process-docstring", _without_false_links)


# --- references ---------------------------------------------------------------------

# Every name in code style that stands for something of ours must exist. Others are not
# looked up: their pages are on the network.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(sklearn|keras|numpy|pandas|matplotlib|joblib|pathlib)(\..*)?"),
]

# --- the gallery --------------------------------------------------------------------

# The scripts of the README run too. Those on large sets need the sets.
_RUN = r"compare_systems|kernel_size_search|plot_(?!large_)"
_RUN_LARGE = r"|plot_large_" if os.environ.get("SKCNN_DATA") else ""

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": rf"{re.escape(os.sep)}({_RUN}{_RUN_LARGE})",
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skcnn",),
    "reference_url": {"skcnn": None},
    # What is printed is enough; a Display has no text to show.
    "capture_repr": (),
    "default_thumb_file": str(Path(__file__).parent / "_static" / "table.png"),
    "download_all_examples": False,
    "show_signature": False,
    "show_memory": False,
    "write_computation_times": False,
    "min_reported_time": 1,
    "remove_config_comments": True,
}

# --- the theme ----------------------------------------------------------------------

smartquotes = False
highlight_language = "none"

html_theme = "pydata_sphinx_theme"
html_title = "skcnn"
html_static_path = ["_static"]
html_css_files = ["skcnn.css"]
html_show_sourcelink = False
html_show_sphinx = False
html_copy_source = False
html_sidebars = {"install": [], "api": [], "systems": [], "figures": []}
html_theme_options = {
    "logo": {"text": "skcnn"},
    "navigation_with_keys": False,
    "show_prev_next": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
