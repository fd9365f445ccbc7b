"""Benchmarks with tables of their own: they run on small sizes, and say what is so."""

import os
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

ROOT = Path(__file__).parents[1]


@pytest.fixture
def benchmark(monkeypatch):
    """Give a function that imports a benchmark by its name."""
    monkeypatch.syspath_prepend(ROOT)
    for name in [n for n in sys.modules if n.split(".")[0] == "benchmarks"]:
        monkeypatch.delitem(sys.modules, name)
    pytest.importorskip("benchmarks.small")
    return lambda name: import_module(f"benchmarks.{name}")


@pytest.fixture
def in_this_process(benchmark, monkeypatch):
    """Give the same, and let its sides run here: TensorFlow has started already."""

    def run(sides, repeats):
        return {name: [side() for _ in range(repeats)] for name, side in sides.items()}

    def imported(name):
        module = benchmark(name)
        monkeypatch.setattr(module, "in_turn", run)
        return module

    return imported


# --- small ----------------------------------------------------------------------------


def test_small_prints_a_row_per_number_of_images_and_a_column_per_system(
    in_this_process, capsys
):
    small = in_this_process("small")
    few = ["--data", "digits", "--images", "20", "30", "2000", "--repeats", "3"]
    small.main([*few, "--systems", "SVM", "HOG+SVM"])
    accuracy, seconds = capsys.readouterr().out.split("\n\n")[1:]
    for table in (accuracy, seconds):
        _, heads, *rows = table.strip().splitlines()
        assert heads.split() == ["SVM", "HOG+SVM"]
        # No digits would be left to judge by after 2000.
        assert [row[:9] for row in rows] == ["digits 20", "digits 30"]
    assert "3 draws" in accuracy
    assert accuracy.count("±") == 4


def test_expected_puts_measured_seconds_beside_those_that_are_said(
    in_this_process, capsys
):
    few = ["--data", "digits", "--images", "50", "90", "--models", "svm", "dummy"]
    in_this_process("expected").main([*few, "--repeats", "1"])
    _, heads, *rows = capsys.readouterr().out.strip().splitlines()
    assert heads.split()[:3] == ["model", "images", "once"]
    assert [row.split()[:2] for row in rows] == [
        [name, n] for name in ("svm", "dummy") for n in ("50", "90")
    ]


@pytest.mark.parametrize(
    ("limit", "seconds", "over"),
    [
        (None, 99.0, ""),
        (5, 4.8, "0.0 s, ok"),
        (5, 5.9, "0.9 s, ok"),
        (5, 6.1, "1.1 s, too long"),
        (60, 66.0, "6.0 s, ok"),
        (60, 66.2, "6.2 s, too long"),
    ],
)
def test_a_limit_may_be_exceeded_by_a_tenth_or_a_second(
    benchmark, limit, seconds, over
):
    line = benchmark("limits").line
    assert line("CNN", limit, seconds, 0.9, "")[3:5] == (over, "0.9000")
    assert line("CNN", limit, seconds, None, "")[4] == ""


def test_small_fits_the_wide_table_on_a_hundred_columns(benchmark):
    small = benchmark("small")
    sides = [(system, "garments", 2000) for system in small.SYSTEMS]
    table = small.as_text({side: [0.9, 0.8, 0.9] for side in sides}, small.interval)
    assert max(map(len, table.splitlines())) <= 100


@pytest.mark.parametrize("system", ["CNN", "patches+ridge", "patches+SVM", "forest"])
@pytest.mark.parametrize("data", ["digits", "garments"])
def test_systems_of_small_are_seeded_by_the_draw(benchmark, system, data):
    model = benchmark("small").SYSTEMS[system](data, 7)
    seeds = [
        value
        for name, value in model.get_params().items()
        if name.endswith("random_state")
    ]
    assert seeds
    assert set(seeds) == {7}


def test_draws_of_small_are_apart_from_what_judges_them(benchmark):
    small = benchmark("small")
    X, y, X_judged, y_judged = small.drawn("digits", 100, draw=1)
    again = small.drawn("digits", 100, draw=1)
    other = small.drawn("digits", 100, draw=2)
    assert len(X) == len(y) == 100
    assert len(X) + len(X_judged) == len(y) + len(y_judged) == 1797
    np.testing.assert_array_equal(X, again[0])
    assert not np.array_equal(X, other[0])


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("SKCNN_DATA"), reason="SKCNN_DATA is not set")
def test_garments_of_small_are_training_images_that_are_never_judged(benchmark):
    from skcnn.datasets import fetch_fashion_mnist

    small = benchmark("small")
    X_all, _ = fetch_fashion_mnist("garments", "train")
    X, _, X_judged, _ = small.drawn("garments", 1000, draw=0)
    np.testing.assert_array_equal(X_judged, X_all[:10_000])
    others = {image.tobytes() for image in X_all[10_000:]}
    assert all(image.tobytes() in others for image in X)


def test_an_interval_of_small_is_students(benchmark):
    # 4.303 * 0.02 / sqrt(3)
    assert benchmark("small").interval([0.88, 0.9, 0.92]) == "0.900 ±0.050"


def test_small_wants_draws_enough_for_an_interval(benchmark):
    with pytest.raises(SystemExit, match="--repeats 3 or more"):
        benchmark("small").main(["--repeats", "2"])


# --- growth ---------------------------------------------------------------------------


def test_growth_prints_and_draws_the_curves(in_this_process, tmp_path, capsys):
    growth = in_this_process("growth")
    path = tmp_path / "growth.png"
    # These share one network, which is traced once.
    curves = ["--curves", "images", "memory-images"]
    growth.main(["--quick", "--repeats", "1", "--plot", str(path), *curves])
    tables = capsys.readouterr().out.split("\n\n")[1:]
    # Memory is read on Linux alone.
    assert len(tables) == (2 if sys.platform == "linux" else 1)
    for table in tables:
        assert "slope of the logarithms" in table
        assert "nan" not in table
    assert path.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["small", "growth"])
def test_each_side_runs_in_a_fresh_process(benchmark, name, capsys):
    arguments = {
        "small": "--data digits --images 50 --systems SVM --repeats 3",
        "growth": "--quick --repeats 1",
    }[name]
    benchmark(name).main(arguments.split())
    assert len(capsys.readouterr().out.splitlines()) > 5


@pytest.mark.parametrize("law", [1, 2])
def test_lines_of_growth_find_power_and_constant(benchmark, law):
    growth = benchmark("growth")
    sizes = np.array([10, 100, 1000, 60_000])
    assert growth.slope(sizes, 3e-5 * sizes**1.5) == pytest.approx(1.5)
    values = 0.2 + 3e-5 * sizes.astype(float) ** law
    assert growth.line(sizes, values, law) == pytest.approx([0.2, 3e-5])


def test_growth_says_how_much_of_a_value_is_the_constant(benchmark):
    growth = benchmark("growth")
    curve = growth.CURVES["images"]
    text = growth.as_text(curve, (1000, 3000), np.array([2.0, 4.0]))
    # 1 s and 1 s per 1000 images.
    assert "line: 1 s + 1e+03 µs per image" in text
    assert "50 % of the first value, 25 % of the last" in text


def test_images_of_growth_have_a_pattern_per_class(benchmark):
    X, y = benchmark("growth").made_images(500, 8)
    assert X.dtype == np.uint8
    means = np.array([X[y == label].mean(axis=0) for label in range(5)])
    # In noise alone the means of a hundred images would differ by a few levels.
    assert means.std(axis=0).mean() > 20


# --- ranking --------------------------------------------------------------------------


def test_ranking_has_a_line_per_rung_and_way(in_this_process, monkeypatch, capsys):
    ranking = in_this_process("ranking")
    monkeypatch.setitem(ranking.FILTERS, "digits", [(4,)])
    monkeypatch.setattr(ranking, "KERNEL_SIZES", [3])
    monkeypatch.setattr(ranking, "LEARNING_RATES", [1e-6, 0.01, 0.04])
    monkeypatch.setattr(ranking, "EPOCHS", 3)
    ranking.main(["--data", "digits", "--images", "60", "--folds", "2"])
    lines = capsys.readouterr().out.strip().splitlines()
    assert "3 candidates, 2 folds" in lines[-8]
    ways = [line.split()[1] for line in lines[-6:-2]]
    assert ways == ["as", "average", "branch", "end"]
    assert "tau" in lines[-2]


def test_continuing_judges_each_choice_by_the_full_grid(
    in_this_process, monkeypatch, capsys, tmp_path
):
    continuing = in_this_process("continuing")
    grid = {"kernel_size": [3], "learning_rate": [1e-6, 0.01, 1e-5], "filters": [(4,)]}
    monkeypatch.setattr(continuing, "GRID", [grid])
    monkeypatch.setattr(continuing, "N_FOLDS", 2)
    options = ["--images", "80", "--epochs", "3", "--seeds", "1"]
    options += ["--policies", "halving", "--store", str(tmp_path / "runs.jsonl")]
    continuing.main(["--data", "digits", *options])
    table = capsys.readouterr().out.strip().splitlines()[-3:]
    monkeypatch.setattr(continuing, "in_turn", None)
    continuing.main(["--data", "digits", *options])
    assert capsys.readouterr().out.strip().splitlines()[-3:] == table
    first, *others = table
    assert first.split()[0] == "GridSearchCV"
    assert "1.0x" in first
    assert "0.0000  (1 of 1 within 0.002)" in first
    assert [line.split()[0] for line in others] == [
        "HalvingGridSearchCV",
        "ContinuingSearchCV",
    ]


def test_each_candidate_of_continuing_is_a_network(benchmark):
    candidates = list(ParameterGrid(benchmark("continuing").GRID))
    assert len(candidates) == 27
    for candidate in candidates:
        kernels, n_blocks = candidate["kernel_size"], len(candidate["filters"])
        assert isinstance(kernels, int) or len(kernels) == n_blocks


def test_behind_is_the_distance_in_the_grids_own_table(benchmark):
    continuing = benchmark("continuing")
    grid = {"seconds": 8.0, "scores": [0.5, 0.9, 0.8], "score": 0.9, "best": 1}
    ours = {"seconds": 2.0, "scores": [0.5, 0.6, 0.7], "score": 0.7, "best": 2}
    _, line = continuing.lines({"GridSearchCV": [grid], "ours": [ours]})
    assert line.split()[1:5] == ["2.0", "4.0x", "0.7000", "0.1000"]
    assert "0 of 1 within" in line


def test_grids_of_several_seeds_are_judged_by_each_other(benchmark):
    continuing = benchmark("continuing")
    one = {"seconds": 8.0, "scores": [0.5, 0.9, 0.8], "score": 0.9, "best": 1}
    two = {"seconds": 8.0, "scores": [0.5, 0.7, 0.7005], "score": 0.7005, "best": 2}
    own, others = continuing.lines({"GridSearchCV": [one, two]})
    assert "0.0000  (2 of 2 within 0.002)" in own
    assert others.split()[:5] == ["GridSearchCV", "of", "another", "seed", "0.0503"]
    assert "1 of 2 within" in others  # 0.1 and 0.0005 behind


# --- tta ------------------------------------------------------------------------------


def test_tta_has_a_line_per_data_and_setting(in_this_process, monkeypatch, capsys):
    tta = in_this_process("tta")
    tiny = {"filters": (4,), "convs_per_block": 1, "head": "flatten", "epochs": 1}
    # One network, which is traced once.
    settings = {"default": tiny, "flip": {**tiny, "learning_rate": 0.01}}
    monkeypatch.setattr(tta, "SETTINGS", settings)
    tta.main(["--data", "digits", "--settings", "default", "flip"])
    *_, heads, default, flip = capsys.readouterr().out.splitlines()
    assert heads.split() == " ".join(tta.HEADER).split()
    for line, setting in ((default, "default"), (flip, "flip")):
        data, name, without, averaged, gain, _, judged, *_ = line.split()
        assert (data, name, judged) == ("digits", setting, "1297")
        difference = float(averaged) - float(without)
        assert float(gain) == pytest.approx(difference, abs=2e-4)


def test_the_table_of_tta_pairs_what_one_network_says(benchmark):
    runs = {
        ("t10", "default", seed): {
            "accuracy": [before, before + 0.01],
            "seconds": [1.0, 5.0],
            "images": 100,
        }
        for seed, before in enumerate([0.8, 0.9, 0.85])
    }
    line = benchmark("tta").as_text(runs).splitlines()[-1]
    assert " ".join(line.split()[2:]) == "0.8500 0.8600 0.0100 ±0.0000 100 1 5 5.0x"


def test_tta_wants_seeds_enough_for_an_interval(benchmark):
    with pytest.raises(SystemExit, match="--repeats 3 or more"):
        benchmark("tta").main(["--repeats", "2"])
