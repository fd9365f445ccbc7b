"""The command as a process: what it loads, its help, its exit codes."""

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

import skcnn
from skcnn.cli._option_groups import with_groups

COMMANDS = ["compare", "search", "fit", "predict", "report", "describe", "models"]


def run(*arguments, code=None):
    """Run the command, or `code`, in a process of its own."""
    start = ["-m", "skcnn", *arguments] if code is None else ["-c", code]
    return subprocess.run(
        [sys.executable, *start], capture_output=True, text=True, check=False
    )


def test_the_process_ends_with_1_for_bad_input_and_says_so_on_stderr():
    done = run("fit", "nothing.csv", "--out", "m.skcnn")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: There is no file or folder nothing.csv")
    assert done.stderr.count("\n") == 1


def test_help_loads_neither_tensorflow_nor_scikit_learn_nor_pandas():
    code = """
import sys
from skcnn.cli import main

sys.argv = ["skcnn", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
print({"tensorflow", "keras", "sklearn", "pandas", "numpy"} & set(sys.modules))
"""
    done = run(code=code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "set()"


def test_an_interruption_before_the_command_has_begun_ends_with_130():
    code = """
import runpy
import sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
runpy.run_module("skcnn", run_name="__main__")
"""
    done = run(code=code)
    assert (done.returncode, done.stderr) == (130, "Error: interrupted.\n")


def test_the_installed_command_is_this_one():
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    scripts = tomllib.loads(pyproject.read_text())["project"]["scripts"]
    assert scripts == {"skcnn": "skcnn.cli:main"}


def test_the_version_is_the_packages(succeed):
    assert succeed("--version") == f"skcnn {skcnn.__version__}\n"


def test_help_lists_all_commands(succeed):
    output = succeed("--help")
    for name in COMMANDS:
        assert re.search(rf"\b{name} ", output)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_examples_that_parse(command, succeed, name):
    text = " ".join(succeed(f"{name} --help").split())
    assert "Examples" in text
    assert f"skcnn {name}" in text
    assert "--quiet" in text
    assert "--debug" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_options_in_the_examples_exist(succeed, name):
    from skcnn.cli._app import app

    known = succeed(f"{name} --help")
    (examples,) = (
        one.epilog for one in app.registered_commands if one.callback.__name__ == name
    )
    assert f"skcnn {name}" in examples
    for option in set(re.findall(r"--[a-z-]+", examples)):
        assert option in known


@dataclass(frozen=True)
class Sides:
    """A group of options."""

    height: Annotated[int, typer.Option(help="Of one image.")]
    width: Annotated[int, typer.Option()] = 8
    depth: int = 1


def test_a_group_of_options_is_one_dataclass_to_a_subcommand():
    taken = []

    def cut(sides: Sides, *, name: str = "a") -> None:
        taken.append((sides, name))

    app = typer.Typer()
    app.command()(with_groups(cut, without=["depth"]))
    assert CliRunner().invoke(app, ["--height", "4", "--name", "b"]).exit_code == 0
    assert taken == [(Sides(height=4, width=8, depth=1), "b")]
    help = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "90"}).output
    assert help.index("Of one image.") < help.index("--width") < help.index("--name")
    assert CliRunner().invoke(app, ["--height", "4", "--depth", "2"]).exit_code == 2
    assert CliRunner().invoke(app, []).exit_code == 2


@pytest.mark.parametrize(
    "line", ["fit", "fit digits --nothing", "nothing", "fit digits --epochs 0"]
)
def test_a_wrong_option_ends_with_2(command, line):
    assert command(line).exit_code == 2
