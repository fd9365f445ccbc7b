import shlex

import pytest

from skcnn import load


def rows(output):
    """Return the cells of the table's lines, without its head."""
    lines = output.splitlines()
    (head,) = [at for at, line in enumerate(lines) if line.startswith("rank")]
    table = [line for line in lines[head + 1 :] if not line.startswith("The best")]
    return [line.split() for line in table]


def test_candidates_are_shown_best_first_and_the_best_is_saved(
    succeed, kaggle, network, tmp_path
):
    out = tmp_path / "best.skcnn"
    output = succeed(
        f"search {kaggle.train} --model cnn {network} --out {out} --quiet "
        f"--grid kernel_size=3,2 --grid learning_rate=0.02,1e-6 --cv 2"
    )
    table = rows(output)
    assert [row[0] for row in table][:1] == ["1"]
    assert {tuple(row[1:3]) for row in table} == {
        ("3", "0.02"),
        ("3", "1e-06"),
        ("2", "0.02"),
        ("2", "1e-06"),
    }
    scores = [float(row[3]) for row in table]
    assert scores == sorted(scores, reverse=True)
    model = load(out)
    assert str(model.kernel_size) == table[0][1]
    assert model.random_state == 0


def test_the_best_one_is_written_as_options(succeed, kaggle):
    output = succeed(f"search {kaggle.train} --model svm --grid kernel=poly,rbf --cv 2")
    assert "2 candidates on 2 folds: 4 fits" in output
    assert f"The best one: --set kernel={rows(output)[0][1]}\n" in output


def test_the_search_is_scikit_learns(succeed, kaggle, shapes):
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    from skcnn import SVMClassifier

    grid = {"C": [0.01, 0.1], "gamma": ["scale", 1e-3]}
    folds = StratifiedKFold(3, shuffle=True, random_state=5)
    theirs = GridSearchCV(SVMClassifier(random_state=5), grid, cv=folds)
    theirs.fit(shapes[0].reshape(60, 64), shapes[1])
    expected = sorted(theirs.cv_results_["mean_test_score"], reverse=True)

    output = succeed(
        f"search {kaggle.train} --model svm --seed 5 --quiet "
        "--grid C=0.01,0.1 --grid gamma=scale,0.001"
    )
    assert [float(row[3]) for row in rows(output)] == pytest.approx(expected, abs=1e-4)


@pytest.mark.filterwarnings("default")
def test_a_candidate_that_fails_has_no_score_and_the_others_go_on(succeed, kaggle):
    output = succeed(f"search {kaggle.train} --model svm --grid C=-1,1,-2 --cv 2")
    for value in (-1, -2):
        assert f"Warning: --set C={value}: InvalidParameterError: The 'C' p" in output
    best, *failed = rows(output)
    assert best[:3] == ["1", "1", "1.0000"]
    assert [row[0] for row in failed[:2]] == ["-1", "-2"]


def test_candidates_that_fail_on_a_fold_each_have_no_best_one(
    fail, kaggle, monkeypatch, count_fits
):
    from skcnn import SVMClassifier

    fit = SVMClassifier.fit

    def fail_every_other_time(self, *arguments, **weights):
        fit(self, *arguments, **weights)
        if len(count_fits) % 2:
            raise ValueError("Not this time.")
        return self

    monkeypatch.setattr(SVMClassifier, "fit", fail_every_other_time)
    error = fail(f"search {kaggle.train} --model svm --grid C=1,2 --cv 2")
    assert error == "Error: None was judged on every fold: the warnings say why."


def test_all_candidates_failing_is_an_error(fail, kaggle):
    error = fail(f"search {kaggle.train} --model svm --grid C=-1,-2 --cv 2")
    assert error.startswith("Error: Every estimator failed: --set C=-1: Invalid")
    assert "The 'C' parameter of SVMClassifier must be" in error
    assert "--set C=-2: " in error
    assert "estimator.fit" not in error


@pytest.mark.filterwarnings("default")
def test_candidates_without_any_score_have_no_best_one(fail, kaggle, tmp_path):
    error = fail(
        f"search {kaggle.train} --model svm --grid C=1,2 --scoring neg_log_loss --cv 2 "
        f"--out {tmp_path / 'best.skcnn'}"
    )
    assert "No model gives neg_log_loss, by which they are ranked" in error
    assert "--set probability=True" in error
    assert not list(tmp_path.iterdir())


def test_a_number_in_a_grid_is_a_tuple_where_the_default_is_one():
    from skcnn import CNNClassifier
    from skcnn.cli._models import make_candidates

    texts = ["filters=4,8-16", "kernel_size=3,5"]
    candidates, parameters = make_candidates("cnn", CNNClassifier(), texts)
    assert parameters == ["filters", "kernel_size"]
    assert [(one.filters, one.kernel_size) for one in candidates.values()] == [
        ((4,), 3),
        ((4,), 5),
        ((8, 16), 3),
        ((8, 16), 5),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--grid kernel=3 --model cnn", "'cnn' has no parameter 'kernel'"),
        ("--grid C --model svm", "--grid is written as name=value"),
        (
            "--grid random_state=1,2 --model network-features",
            "may mean any of features__estimator__random_state, features__random_",
        ),
        ("--grid C=1,2 --model svm --store {file}", "is a file; name a folder"),
        ("--grid C=1,2 --model svm --scoring accurcy", "accurcy"),
        ("--grid C=1,2 --model svm --cv 40", "fewer than the 40 folds"),
    ],
)
def test_bad_input_ends_in_one_line(fail, kaggle, options, message):
    line = f"search {kaggle.train} {options.format(file=kaggle.test)}"
    assert message in fail(line)


def test_a_candidate_is_written_as_a_shell_takes_it():
    from skcnn import CNNClassifier
    from skcnn.cli._models import make_candidates

    grid = ["filters=4", "epochs=2"]
    (written,), _ = make_candidates("cnn", CNNClassifier(), grid)
    assert shlex.split(written) == ["--set", "filters=(4,)", "--set", "epochs=2"]


def test_a_bar_counts_the_fits(succeed, kaggle, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    line = f"search {kaggle.train} --model svm --grid C=1,2 --cv 2"
    assert "4/4" in succeed(line)
    assert "4/4" not in succeed(f"{line} --quiet")


def test_with_a_store_a_search_that_was_stopped_goes_on(
    fail, succeed, kaggle, tmp_path, count_fits, monkeypatch
):
    from skcnn import SVMClassifier

    fit = SVMClassifier.fit

    def stop_at_the_third(self, *arguments, **weights):
        if len(count_fits) == 2:
            raise KeyboardInterrupt
        return fit(self, *arguments, **weights)

    store = tmp_path / "store"
    line = f"search {kaggle.train} --model svm --grid C=0.1,1 --cv 2 --store {store}"
    with monkeypatch.context() as patched:
        patched.setattr(SVMClassifier, "fit", stop_at_the_third)
        assert f"is kept in {store}: the same command again" in fail(line, 130)
    succeed(line)
    assert sorted(count_fits) == [0.1, 0.1, 1, 1]


def test_a_search_tests_no_pairs(succeed, kaggle, monkeypatch):
    from skcnn.comparison import _result

    # There would be 44 850 of 300 candidates.
    monkeypatch.setattr(_result, "pairwise_table", None)
    succeed(f"search {kaggle.train} --model svm --grid C=1,2 --cv 2")


def test_with_a_policy_candidates_go_on_and_the_best_is_saved(
    succeed, kaggle, network, tmp_path
):
    out = tmp_path / "best.skcnn"
    output = succeed(
        f"search {kaggle.train} --model cnn {network} --policy halving --cv 2 --quiet "
        f"--epochs 3 --grid learning_rate=0.02,1e-6,1e-7 --out {out}".replace(
            "--epochs 2 ", ""
        )
    )
    table = rows(output)
    assert [row[0] for row in table] == ["1", "2", "2"]
    assert table[0][4] == "3"  # epochs
    model = load(out)
    assert str(model.learning_rate) == table[0][1]
    assert len(model.history_) == 3
    assert model.feature_names_in_[0] == kaggle_pixel(kaggle)


def kaggle_pixel(kaggle):
    """Return the name of the first column of pixels."""
    names = kaggle.train.read_text().splitlines()[0].split(",")
    return next(name for name in names if name not in ("Id", "Label"))


def test_drawn_settings_are_the_same_for_a_seed_and_can_be_typed(succeed, kaggle):
    line = f"search {kaggle.train} --model svm --n-iter 3 --cv 2 --seed 1 --quiet "
    line += "--grid C=loguniform:0.1:10 --grid kernel=rbf,linear"
    first, again, other = (
        rows(succeed(one)) for one in (line, line, line.replace("seed 1", "seed 2"))
    )
    values = {row[1] for row in first}
    assert values == {row[1] for row in again} != {row[1] for row in other}
    assert len(values) == 3
    assert all(0.1 <= float(value) <= 10 and len(value) <= 5 for value in values)


def test_more_draws_than_there_are_combinations_are_all_of_them(succeed, kaggle):
    line = f"search {kaggle.train} --model svm --n-iter 9 --cv 2 --grid C=1,2"
    assert len(rows(succeed(f"{line} --quiet"))) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--grid C=loguniform:1:10", "say how many settings to draw"),
        ("--grid C=loguniform:10:1 --n-iter 2", "written as loguniform:LOW:HIGH"),
        ("--grid C=uniform:1 --n-iter 2", "such as uniform:0:0.5"),
        ("--grid degree=randint:a:b --n-iter 2", "such as randint:8:64"),
    ],
)
def test_distributions_need_bounds_and_a_number_of_draws(
    fail, kaggle, options, message
):
    assert message in fail(f"search {kaggle.train} --model svm {options}")


def test_a_search_ends_when_its_time_is_over(succeed, kaggle, network, monkeypatch):
    from skcnn.base import stopwatch
    from skcnn.training.plan import Plan

    now, end_epoch = [0.0], Plan.end_epoch

    def end_epoch_after_ten_seconds(plan):
        now[0] += 10
        end_epoch(plan)

    monkeypatch.setattr(stopwatch, "clock", lambda: now[0])
    monkeypatch.setattr(Plan, "end_epoch", end_epoch_after_ten_seconds)
    output = succeed(
        f"search {kaggle.train} --model cnn {network} --max-seconds 100 --cv 2 "
        "--grid learning_rate=0.02,0.01,0.001,0.0001,0.00001"
    )
    assert "The time was over before all were trained." in output
    assert "The best one: --set learning_rate=" in output
