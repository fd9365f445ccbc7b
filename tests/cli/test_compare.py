import numpy as np
import pandas as pd
import pytest

import skcnn


def test_the_table_is_compares_own(succeed, kaggle, shapes, tmp_path):
    from skcnn import SVMClassifier, compare

    named = {"svm": SVMClassifier(), "hog": SVMClassifier(features="hog")}
    X = shapes[0].reshape(60, 64)
    theirs = compare(named, X, shapes[1], cv=3, random_state=4, verbose=0).table_
    output = succeed(
        f"compare {kaggle.train} --models svm,hog --cv 3 --seed 4 "
        f"--out {tmp_path / 'table.csv'}"
    )
    table = pd.read_csv(tmp_path / "table.csv", index_col="estimator")
    assert table.index.tolist() == theirs.index.tolist()
    assert table.accuracy.tolist() == pytest.approx(theirs.accuracy.tolist())
    head = next(line for line in output.splitlines() if line.startswith("model"))
    assert head.split()[:4] == ["model", "accuracy", "sd", "f1_macro"]
    assert "weights" in head
    assert "over 3 folds" in output  # the verdict


def test_settings_are_for_all_or_for_one(succeed, kaggle, count_fits):
    succeed(
        f"compare {kaggle.train} --models svm,pca --cv 2 --set C=5 --set pca:C=7 "
        "--scoring accuracy"
    )
    assert sorted(set(count_fits)) == [5, 7]


def test_a_model_is_compared_on_test_images_too(succeed, kaggle, tmp_path):
    succeed(
        f"compare {kaggle.train} --models svm --cv 2 --scoring accuracy "
        f"--test {kaggle.labelled} --out {tmp_path / 'table.md'}"
    )
    assert "test_accuracy" in (tmp_path / "table.md").read_text()


@pytest.mark.parametrize("name", ["table.md", "table.MD"])
def test_the_ending_decides_what_is_written(succeed, kaggle, tmp_path, name):
    out = tmp_path / name
    succeed(f"compare {kaggle.train} --models svm --cv 2 --out {out}")
    assert out.read_text().startswith("|")


def test_a_full_disk_leaves_the_table_that_was_there(fail, kaggle, tmp_path, full_disk):
    out = tmp_path / "table.csv"
    out.write_text("the table of yesterday")
    with full_disk():
        error = fail(f"compare {kaggle.train} --models svm --cv 2 --out {out}")
    assert "File too large" in error
    assert out.read_text() == "the table of yesterday"
    assert list(tmp_path.iterdir()) == [out]


def test_the_page_has_names_of_classes_and_what_was_typed(
    succeed, kaggle, tmp_path, monkeypatch
):
    page = tmp_path / "page.html"
    line = f"compare {kaggle.train} --models svm --cv 2 --scoring accuracy"
    monkeypatch.setattr("sys.argv", ["skcnn", *line.split()])
    succeed(f"{line} --report {page} --class-names West,Dot,North")
    text = page.read_text(encoding="utf-8")
    assert line in text
    assert "North" in text


def test_names_of_classes_are_counted_before_any_fit(fail, kaggle, count_fits):
    line = f"compare {kaggle.train} --models svm --cv 2 --class-names West,Dot"
    assert "class_names has 2 names, but there are 3 classes" in fail(line)
    assert not count_fits


def test_the_comparison_goes_into_the_report(succeed, kaggle, tmp_path, monkeypatch):
    reported = {}
    monkeypatch.setattr(
        skcnn,
        "report",
        lambda comparison, path, **options: reported.setdefault(path, comparison),
    )
    page = tmp_path / "out.html"
    succeed(f"compare {kaggle.train} --models svm --cv 2 --report {page}")
    assert isinstance(reported[page], skcnn.Comparison)


def test_with_a_store_nothing_is_fitted_twice(succeed, kaggle, tmp_path, count_fits):
    line = f"compare {kaggle.train} --models svm --cv 2 --store {tmp_path / 'store'}"
    first = succeed(line)
    assert len(count_fits) == 2
    again = [one for one in first.splitlines() if not one.startswith("[")]
    assert succeed(line).splitlines() == again  # all but the lines about fits
    assert len(count_fits) == 2


def test_what_did_not_come_up_is_told_and_is_no_failure(succeed, kaggle, monkeypatch):
    from skcnn.comparison import _compare

    monkeypatch.setattr(_compare, "_is_in_time", lambda unit, limit: unit.name == "svm")
    output = succeed(f"compare {kaggle.train} --models svm,pca --cv 2 --max-seconds 60")
    assert "pca did not come up: not begun" in " ".join(output.split())
    assert "(max_seconds=60)" in output


def test_an_interrupted_comparison_says_what_is_kept(
    fail, kaggle, tmp_path, monkeypatch
):
    from skcnn import SVMClassifier

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(SVMClassifier, "fit", interrupted)
    line = f"compare {kaggle.train} --models svm --cv 2"
    assert "with --store FOLDER finished fits are" in fail(line, 130)
    error = fail(f"{line} --store {tmp_path / 'store'}", 130)
    assert f"is kept in {tmp_path / 'store'}: the same command again" in error


@pytest.mark.filterwarnings("default")
def test_a_model_that_fails_is_told_after_the_others(command, kaggle):
    done = command(f"compare {kaggle.train} --models svm,pca --cv 2 --set pca:C=-1")
    assert done.exit_code == 1
    *shown, error = done.output.splitlines()
    assert error.startswith("Error: 1 of 2 models failed. pca: ")
    assert "The 'C' parameter" in error
    row = next(line for line in shown if line.startswith("svm "))
    assert row.split()[1] == "1.0000"


@pytest.mark.filterwarnings("default")
def test_debug_shows_where_a_model_failed(command, kaggle):
    line = f"compare {kaggle.train} --models svm,pca --cv 2 --set pca:C=-1 --debug"
    (note,) = command(line).exception.__notes__
    assert "_validate_params" in note


@pytest.mark.parametrize(
    ("options", "said"), [("--epochs 1", True), ("--set cnn:filters=8-8", False)]
)
def test_without_models_a_default_set_is_compared(
    command, kaggle, monkeypatch, options, said
):
    given = []

    def compared(estimators, *_, **__):
        given.extend(estimators.items())
        raise KeyboardInterrupt

    monkeypatch.setattr(skcnn, "compare", compared)
    output = command(f"compare {kaggle.train} {options}").output
    small = ["dummy", "patches", "hog-small", "svm", "cnn", "resnet"]
    assert [name for name, _ in given] == small
    assert f"models: {', '.join(small)} (--models takes others)" in output
    # Nobody knows how long networks of other sizes take.
    assert ("Expected on two cores: about " in output) == said
    cnn = dict(given)["cnn"]
    assert (cnn.epochs, cnn.filters == (8, 8)) == ((1, False) if said else (None, True))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--models cnn,nothing", "There is no model 'nothing'"),
        ("--models ,", "--models is empty"),
        ("--models cnn,svm,cnn", "--models has cnn twice"),
        ("--models svm --set epochs=3", "'svm' has no parameter 'epochs'"),
        (
            "--models svm,patches --epochs 3",
            "None of the models svm, patches has a parameter 'epochs'",
        ),
        ("--models svm --set cnn:epochs=3", "'cnn' is none of --models svm"),
        ("--models svm --target Labl", "no column 'Labl'"),
        ("--models svm --scoring accurcy", "accurcy"),
        ("--models svm --cv 40", "fewer than the 40 folds"),
        ("--models svm --report no/out.html", "there is no folder no"),
        ("--models svm --report out.pdf", "must end in .html"),
        ("--models svm --out table.xlsx", "must end in .csv or .md"),
        ("--models svm --test {test}", "which column holds the labels?"),
    ],
)
def test_bad_input_ends_in_one_line(
    fail, kaggle, options, message, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    line = f"compare {kaggle.train} {options.format(test=kaggle.test)}"
    assert message in fail(line)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("read", ["{0}", "digits --labels {0}"])
@pytest.mark.parametrize("test", ["", "--test {0}", "--test digits --test-labels {0}"])
def test_what_is_read_is_not_replaced(fail, kaggle, tmp_path, read, test):
    own, other = tmp_path / "own.csv", kaggle.train
    own.write_bytes(kaggle.labelled.read_bytes())
    places = (own, other) if not test else (other, own)
    line = f"compare {read.format(places[0])} {test.format(places[1])} --models svm"
    assert f"--out {own} is a file that is read" in fail(f"{line} --out {own}")
    assert own.read_bytes() == kaggle.labelled.read_bytes()


def test_what_is_read_is_not_replaced_by_a_report(fail, tmp_path):
    page = tmp_path / "labels.html"
    page.write_text("")
    line = f"compare digits --labels {page} --models svm --report {page}"
    assert f"--report {page} is a file that is read" in fail(line)


def test_a_file_in_the_home_is_not_replaced(fail, kaggle, tmp_path, monkeypatch):
    own = tmp_path / "train.csv"
    own.write_bytes(kaggle.train.read_bytes())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    error = fail(f"compare ~/train.csv --models svm --cv 2 --out {own}")
    assert "is a file that is read" in error
    assert own.read_bytes() == kaggle.train.read_bytes()


def test_a_first_score_that_no_model_gives_is_an_error(kaggle, command):
    line = f"compare {kaggle.train} --models svm --cv 2 --scoring roc_auc_ovr"
    done = command(line)
    assert done.exit_code == 1
    assert "No model gives roc_auc_ovr" in done.output
    assert "--set probability=True" in done.output
    assert command(f"{line} --set probability=True").exit_code == 0


# --- groups -----------------------------------------------------------------------


@pytest.fixture
def compared(monkeypatch):
    """Give a list that every call of `compare` puts its `groups` and result into."""
    calls, compare = [], skcnn.compare

    def remembered(*arguments, **options):
        comparison = compare(*arguments, **options)
        calls.append((options["groups"], comparison))
        return comparison

    monkeypatch.setattr(skcnn, "compare", remembered)
    return calls


@pytest.mark.parametrize(
    "work", ["compare --models svm", "search --model svm --grid C=1"]
)
@pytest.mark.parametrize("kind", ["a column", "a file"])
def test_groups_stay_together(succeed, kaggle, tmp_path, compared, work, kind):
    patients = np.arange(60) // 4
    source = groups = tmp_path / "train.csv"
    if kind == "a column":
        groups = "patient"
        pd.read_csv(kaggle.train).assign(patient=patients).to_csv(source, index=False)
    else:
        source, groups = tmp_path / "X.npz", tmp_path / "patients.npy"
        frame = pd.read_csv(kaggle.train)
        X = frame.drop(columns=["Id", "Label"]).to_numpy(np.uint8)
        np.savez(source, X=X, y=frame["Label"].to_numpy(str))
        np.save(groups, patients)
    name, options = work.split(" ", 1)
    succeed(f"{name} {source} {options} --cv 2 --groups {groups}")
    ((given, comparison),) = compared
    assert list(map(int, given)) == patients.tolist()
    for train, test in comparison.splits_:
        assert not set(patients[train]) & set(patients[test])


@pytest.mark.filterwarnings("ignore:.*test scores may be too high")
def test_some_images_keep_their_groups_and_test_images_need_none(
    succeed, kaggle, tmp_path, compared
):
    source = tmp_path / "train.csv"
    frame = pd.read_csv(kaggle.train).assign(patient=np.arange(60) // 4)
    frame.to_csv(source, index=False)
    for test in (source, kaggle.labelled):
        succeed(
            f"compare {source} --models svm --cv 2 --groups patient --images 30 "
            f"--test {test}"
        )
    for groups, _ in compared:
        assert len(groups) == 30
        assert 10 < len(set(groups)) <= 15


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ("patient", "has no column 'patient' (--groups); its columns are Id, Label"),
        ("Id --images 30 --cv 40", "40"),
    ],
)
def test_groups_that_are_not_there(fail, kaggle, groups, message):
    assert message in fail(f"compare {kaggle.train} --models svm --groups {groups}")


def test_groups_must_be_as_many_as_images(fail, tmp_path):
    np.save(tmp_path / "groups.npy", np.zeros(9, int))
    error = fail(f"compare digits --models svm --groups {tmp_path / 'groups.npy'}")
    assert "holds 1797 images, but" in error
    assert "holds 9 groups" in error


def test_without_a_terminal_there_is_a_line_per_fit_unless_quiet(succeed, kaggle):
    line = f"compare {kaggle.train} --models svm --cv 2"
    said = succeed(line)
    assert said.count("\n[") == 2
    assert "[2/2] svm, fold 1: accuracy" in said
    assert "\r" not in said
    assert "[2/2]" not in succeed(f"{line} --quiet")
