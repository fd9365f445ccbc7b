"""A part of a Markdown file as a part of a page, so that it stands in one place only.

GitHub shows README.md and docs/systems.md, and these pages show them too::

    .. markdown-part:: ../README.md
       :heading: Figures
"""

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from sphinx.util.docutils import SphinxDirective

# What becomes one node of docutils around its children.
_AROUND = {
    "bullet_list": nodes.bullet_list,
    "em": nodes.emphasis,
    "list_item": nodes.list_item,
    "paragraph": nodes.paragraph,
    "strong": nodes.strong,
    "tbody": nodes.tbody,
    "thead": nodes.thead,
    "tr": nodes.row,
}

# Letters of a cell that stays on one line.
_SHORT = 14


class MarkdownPart(SphinxDirective):
    """Show what a Markdown file has below a heading, up to the next of its level."""

    required_arguments = 1
    option_spec = {"heading": directives.unchanged_required}

    def run(self):
        """Return the nodes of the part."""
        name, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(name)
        text = Path(path).read_text(encoding="utf-8")
        part = nodes_below(text, self.options["heading"])
        if not part:
            raise self.error(f"{name} has no heading {self.options['heading']!r}.")
        return part


def nodes_below(text, heading):
    """Return the nodes for what stands below a heading of a Markdown text."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    part, level = [], None
    for block in tree:
        is_heading = block.type == "heading"
        if level is not None and is_heading and block.tag <= level:
            break
        if level is not None:
            part += to_docutils(block)
        elif is_heading and block.children[0].content == heading:
            level = block.tag
    return part


def to_docutils(tree):
    """Return the nodes of docutils for one syntax tree; comments give none."""
    children = [node for child in tree for node in to_docutils(child)]
    if tree.type in _AROUND:
        return [_AROUND[tree.type]("", *children)]
    if tree.type in _OTHERS:
        return [_OTHERS[tree.type](tree, children)]
    if tree.type in {"html_block", "html_inline"}:
        return []
    if tree.type == "inline":
        return children
    raise NotImplementedError(f"Markdown's {tree.type!r} has no node here yet.")


def _code_block(tree, _):
    text = tree.content.rstrip()
    return nodes.literal_block(text, text, language=tree.info or "text")


def _heading(_, children):
    return nodes.rubric("", "", *children)


def _link(tree, children):
    return nodes.reference("", "", *children, refuri=tree.attrs["href"])


def _cell(_, children):
    text = nodes.paragraph("", "", *children)
    is_short = len(text.astext()) <= _SHORT
    return nodes.entry("", text, classes=["short" if is_short else "long"])


def _table(tree, children):
    columns = [nodes.colspec(colwidth=1) for _ in tree.children[0].children[0]]
    group = nodes.tgroup("", *columns, *children, cols=len(columns))
    return nodes.table("", group, classes=["colwidths-auto", "figures"])


_OTHERS = {
    "code_inline": lambda tree, _: nodes.literal(tree.content, tree.content),
    "fence": _code_block,
    "heading": _heading,
    "link": _link,
    "softbreak": lambda _, __: nodes.Text(" "),
    "table": _table,
    "td": _cell,
    "text": lambda tree, _: nodes.Text(tree.content),
    "th": _cell,
}


def setup(app):
    """Register the directive."""
    app.add_directive("markdown-part", MarkdownPart)
    return {"parallel_read_safe": True}
