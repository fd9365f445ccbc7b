"""What documents say is there, and figures are those that commands print."""

import ast
import inspect
import re
import sys
import textwrap
import tomllib
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

import skcnn
import skcnn.comparison

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.rst"), *DOCS.glob("guide/*.rst")])


def test_the_table_of_systems_is_what_the_command_prints(capsys, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    sys.modules.pop("benchmarks", None)
    reports = pytest.importorskip("benchmarks.reports")
    store = ROOT / "docs" / "reports.jsonl"
    reports.main(["--store", str(store), "--format", "markdown"])
    page = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
    between = page.split("<!-- table -->")[1].split("<!-- end -->")[0]
    assert between.strip() == capsys.readouterr().out.strip()


# --- commands that install ------------------------------------------------------------


def test_what_documents_and_errors_install_is_there_to_be_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for file in [*PAGES, ROOT / "README.md", *(ROOT / "skcnn").rglob("*.py")]:
        for line in re.findall("pip install.*", file.read_text(encoding="utf-8")):
            assert "skcnn" not in line, f"{file.name}: the package is on no index"
            extras = re.findall(r"\.\[(.*?)\]", line)
            assert set(extras) <= set(project["optional-dependencies"]), file.name


# --- the API page ---------------------------------------------------------------------


def public_names():
    """Return every public name of the package, as the API page writes it."""
    names = set()
    for name in skcnn.__all__:
        value = getattr(skcnn, name)
        inside = value.__all__ if inspect.ismodule(value) else ()
        names |= {f"{name}.{one}" for one in inside} or {name}
    return names


def names_on_the_api_page():
    """Return the entries of its tables."""
    page = (DOCS / "api.rst").read_text(encoding="utf-8")
    entries = re.findall(r"^   ([A-Za-z]\S*)$", page, re.MULTILINE)
    assert len(entries) == len(set(entries))
    return set(entries)


def test_the_api_page_has_every_public_name():
    assert public_names() <= names_on_the_api_page()


def test_every_name_on_the_api_page_is_there():
    for entry in names_on_the_api_page():
        assert attrgetter(entry)(skcnn).__doc__


# --- code that a page shows without running it ----------------------------------------


def shown_code(page):
    """Return the code blocks of a page that no doctest runs, as syntax trees."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(
        r"^\.\. code-block:: python\n\n((?:   .*\n|\n)+)", text, re.MULTILINE
    )
    return [ast.parse(textwrap.dedent(block)) for block in blocks]


def imported_from_skcnn(tree):
    """Return what a block imports of ours, by name."""
    return {
        one.name: getattr(import_module(node.module), one.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("skcnn")
        for one in node.names
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_that_is_only_shown_has_our_names_and_parameters(page):
    for tree in shown_code(page):
        ours = imported_from_skcnn(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in ours:
                parameters = inspect.signature(ours[node.func.id]).parameters
                keywords = {keyword.arg for keyword in node.keywords}
                assert keywords <= set(parameters), ast.unparse(node)


def tables_of(page):
    """Return the rows of a page's tables as built, each a list of texts."""
    roles = pytest.importorskip("docutils.parsers.rst.roles")
    from docutils import core, nodes

    def as_text(name, raw, text, line, inliner, options=None, content=None):
        return [nodes.literal(raw, text)], []

    for name in ("class", "func", "meth", "mod", "doc", "ref"):
        roles.register_local_role(name, as_text)
    text = page.read_text(encoding="utf-8")
    tree = core.publish_doctree(text, settings_overrides={"report_level": 5})
    return [
        [cell.astext().strip() for cell in row.findall(nodes.entry)]
        for table in tree.findall(nodes.table)
        for row in table.findall(nodes.row)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_cell_of_a_table_is_empty_or_cut_in_two(page):
    for row in tables_of(page):
        assert all(row), row
        assert not row[0].endswith(","), row  # the next line would be a row of its own


def test_the_pages_that_help_to_choose_have_tables():
    choosing = [page for page in PAGES if page.stem == "choosing"]
    assert len(tables_of(*choosing)) > 5


# pytest runs it: pyproject.toml has docs/guide and *.rst.
def test_every_page_of_the_guide_has_code_that_runs():
    pages = {page for page in PAGES if page.parent.name == "guide"}
    assert {p.stem for p in pages if ">>>" not in p.read_text()} <= {"index", "command"}


# --- the commands of the guide --------------------------------------------------------


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Make a working folder with the three CSV files that the page speaks of."""
    X, y = skcnn.datasets.load_digits()
    pixels = pd.DataFrame(X.reshape(len(X), -1).astype(int)).add_prefix("pixel")
    table = pixels.assign(Id=range(len(X)), Label=y)
    monkeypatch.chdir(tmp_path)
    table[:90].to_csv("train.csv", index=False)
    table[90:150].to_csv("labelled.csv", index=False)
    table[150:180].drop(columns="Label").to_csv("test.csv", index=False)


# The page's kernel sizes are those of three blocks.
_SHORTER = ["--epochs", "1", "--set", "filters=4-4-4", "--set", "convs_per_block=1"]
_SHORTENED = {
    "skcnn compare": _SHORTER,
    "skcnn fit": [*_SHORTER, "--no-score"],
    "skcnn search": _SHORTER,
}


def run_the_commands_of(name):
    """Run all commands that a page of the guide shows; return how many there are."""
    from skcnn.cli._app import app

    page = (DOCS / "guide" / name).read_text(encoding="utf-8")
    commands = re.findall(r"^   (skcnn .+)$", page, re.MULTILINE)
    for command in commands:
        start = " ".join(command.split()[:2])
        is_short = "--model hog" in command
        shortened = [] if is_short else _SHORTENED.get(start, [])
        result = CliRunner().invoke(app, [*command.split()[1:], *shortened])
        assert result.exit_code == 0, f"{command}: {result.output}"
    return len(commands)


def test_the_commands_of_the_guide_do_what_it_says(tables):
    assert run_the_commands_of("command.rst") >= 8
    assert pd.read_csv("submission.csv").columns.tolist() == ["Id", "Label"]
    assert len(pd.read_csv("submission.csv")) == 30


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Make a working folder with the pictures and tables that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    for folder in ("flowers/daisy", "flowers/rose", "new", "train", "test"):
        Path(folder).mkdir(parents=True)
    names = [f"a{row:02}" for row in range(24)]
    kinds = ["daisy", "rose"] * 12
    for row, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        color = (200, 90, row) if kind == "rose" else (90, 200, row)
        image = Image.new("RGB", (12 + row, 20), color)
        for path in (f"flowers/{kind}/{name}", f"train/{name}", f"test/t{row}"):
            image.save(f"{path}.png")
        image.save(f"new/p{row}.jpg")
    Path("flowers/rose/broken.jpg").write_text("no image")
    pd.DataFrame({"id": names, "label": kinds}).to_csv("train.csv", index=False)
    ids = [f"t{row}" for row in range(23, -1, -1)]
    sample = pd.DataFrame({"image": ids, "kind": "daisy"})
    sample.to_csv("sample_submission.csv", index=False)


@pytest.mark.filterwarnings("always:.*They are skipped")
def test_the_commands_for_pictures_do_what_the_guide_says(photos):
    assert run_the_commands_of("pictures.rst") >= 7
    predictions = pd.read_csv("predictions.csv")
    assert sorted(predictions.Id) == sorted(f"p{row}.jpg" for row in range(24))
    submission = pd.read_csv("submission.csv")
    assert submission.columns.tolist() == ["image", "kind"]
    assert submission.image.tolist() == [f"t{row}" for row in range(23, -1, -1)]
    assert submission.kind.isin(["rose", "daisy"]).all()


# --- parts of Markdown files ----------------------------------------------------------


@pytest.fixture
def markdown_part(monkeypatch):
    """Give the extension that brings parts of Markdown files into the pages."""
    pytest.importorskip("sphinx")
    pytest.importorskip("markdown_it")
    monkeypatch.syspath_prepend(DOCS / "_extensions")
    import markdown_part

    return markdown_part


def test_a_part_ends_before_the_next_heading_of_its_level(markdown_part):
    text = "# a\n\none\n\n## b\n\ntwo\n\n### c\n\nthree\n\n## d\n\nfour\n"
    nodes = markdown_part.nodes_below(text, "b")
    assert [node.astext() for node in nodes] == ["two", "c", "three"]
    assert markdown_part.nodes_below(text, "e") == []


@pytest.mark.parametrize(
    ("file", "heading"),
    [("README.md", "Figures"), ("docs/systems.md", "The systems of the reports")],
)
def test_tables_keep_all_their_cells(markdown_part, file, heading):
    from docutils import nodes

    text = (ROOT / file).read_text(encoding="utf-8")
    whole = nodes.section("", *markdown_part.nodes_below(text, heading))
    (table,) = whole.findall(nodes.table)
    rows = [row.astext() for row in table.findall(nodes.row)]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    plain = re.compile(r"[`*|\s-]")
    cells = [plain.sub("", line) for line in lines]
    assert {plain.sub("", row) for row in rows} <= {cell for cell in cells if cell}
    assert len(rows) > 10
