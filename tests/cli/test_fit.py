import shutil

import pandas as pd
import pytest

from skcnn import load


def test_the_saved_model_is_the_one_that_was_fitted(
    succeed, kaggle, network, shapes, make_cnn, tmp_path
):
    out = tmp_path / "model.skcnn"
    output = succeed(
        f"fit {kaggle.train} --target Label --drop Id {network} --out {out} "
        f"--test {kaggle.labelled}"
    )
    model = load(out)
    names = [str(at) for at in range(1, 65)]
    frame = pd.DataFrame(shapes[0].reshape(60, 64), columns=names)
    fitted = make_cnn().fit(frame, shapes[1])
    some = frame[::7]
    assert (model.predict_proba(some) == fitted.predict_proba(some)).all()
    assert f"The model is in {out}." in output
    assert "test accuracy: " in output
    assert "; 30 images of " in output


def test_the_seed_decides(succeed, kaggle, tmp_path, network, make_cnn, shapes):
    out = tmp_path / "model.skcnn"
    succeed(f"fit {kaggle.train} {network} --seed 7 --out {out} --no-score")
    assert load(out).random_state == 7


def test_a_bar_leaves_nothing_in_the_model(
    succeed, kaggle, tmp_path, network, monkeypatch
):
    files = [tmp_path / "bar.skcnn", tmp_path / "no-bar.skcnn"]
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    line = f"fit {kaggle.train} {network} --no-score"
    assert "100%" in succeed(f"{line} --out {files[0]}")
    monkeypatch.delenv("FORCE_COLOR")
    assert "100%" not in succeed(f"{line} --out {files[1]}")
    assert load(files[0]).verbose == load(files[1]).verbose == 0


def test_quiet_says_results_only(succeed, kaggle):
    line = f"fit {kaggle.train} --model svm --test {kaggle.labelled} --quiet"
    assert succeed(line).splitlines() == [
        f"test accuracy: 1.0000 (95 % interval 0.886 to 1.000; 30 images of "
        f"{kaggle.labelled})"
    ]


def test_a_small_set_is_scored_by_the_folds_of_compare(
    succeed, kaggle, shapes, tmp_path
):
    from skcnn import SVMClassifier, compare

    own = SVMClassifier(C=0.01, random_state=3)
    X = shapes[0].reshape(60, 64)
    settings = {"cv": 5, "scoring": "accuracy", "random_state": 3, "verbose": 0}
    means = compare({"svm": own}, X, shapes[1], **settings).intervals().loc["svm"]
    line = f"fit {kaggle.train} --model svm --set C=0.01 --seed 3 --quiet"
    low, high = max(means.ci_low, 0), min(means.ci_high, 1)
    assert succeed(f"{line} --out {tmp_path / 'm.skcnn'}").splitlines() == [
        f"accuracy: {means.score:.4f} (95 % interval {low:.3f} to {high:.3f}; 5 folds "
        "of 60 images)"
    ]


def test_a_large_set_is_scored_by_a_hold_out(
    succeed, kaggle, tmp_path, monkeypatch, count_fits
):
    monkeypatch.setattr("skcnn.cli._fit_score._LARGE", 60)
    line = f"fit {kaggle.train} --model svm --out {tmp_path / 'm.skcnn'}"
    # Wilson's interval of 12 right ones of 12.
    said = "accuracy: 1.0000 (95 % interval 0.758 to 1.000; 12 of 60 images held out)"
    assert said in succeed(line)
    assert len(count_fits) == 2


def test_the_saved_model_knows_nothing_of_the_score(
    succeed, kaggle, tmp_path, count_fits
):
    files = [tmp_path / "scored.skcnn", tmp_path / "plain.skcnn"]
    line = f"fit {kaggle.train} --model svm"
    assert "\naccuracy: " in succeed(f"{line} --out {files[0]}")
    assert len(count_fits) == 6
    assert "accuracy" not in succeed(f"{line} --out {files[1]} --no-score")
    assert len(count_fits) == 7
    X = pd.read_csv(kaggle.test).drop(columns="Id")
    models = [load(file) for file in files]
    X.columns = models[0].feature_names_in_
    scored, plain = (model.decision_function(X) for model in models)
    assert (scored == plain).all()


@pytest.mark.filterwarnings("default")
def test_a_class_of_one_image_is_told_and_the_model_is_saved(succeed, kaggle, tmp_path):
    frame = pd.read_csv(kaggle.train)
    frame.loc[0, "Label"] = "alone"
    frame.to_csv(tmp_path / "train.csv", index=False)
    out = tmp_path / "m.skcnn"
    output = succeed(f"fit {tmp_path / 'train.csv'} --model svm --out {out}")
    assert "Warning: svm was not scored: class 'alone' has a single image." in output
    assert "alone" in load(out).classes_


def test_the_next_command_runs_as_it_is_written(succeed, kaggle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file in (kaggle.train, kaggle.test):
        shutil.copy(file, tmp_path)
    output = succeed("fit train.csv --model svm --no-score --out m.skcnn")
    (line,) = [x for x in output.splitlines() if x.startswith("Next: skcnn ")]
    assert line == "Next: skcnn predict m.skcnn test.csv --out predictions.csv"
    succeed(line.removeprefix("Next: skcnn "))
    assert len(pd.read_csv("predictions.csv")) == 30


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("start", ["fit --model", "compare --cv 2 --models"])
def test_test_images_of_the_training_are_warned_of(succeed, kaggle, tmp_path, start):
    test = tmp_path / "test.csv"
    frames = pd.read_csv(kaggle.train)[:4], pd.read_csv(kaggle.labelled)[4:]
    frames[1].columns = frames[0].columns
    pd.concat(frames).to_csv(test, index=False)
    output = succeed(f"{start} svm {kaggle.train} --test {test}")
    assert f"Warning: 4 of 30 images of {test} (--test) are in {kaggle.train}" in output


def test_a_model_is_replaced_by_force_only(fail, succeed, kaggle, tmp_path):
    out = tmp_path / "model.skcnn"
    out.write_text("hours of work")
    line = f"fit {kaggle.train} --model svm --out {out}"
    assert "exists already; name another file, or pass --force" in fail(line)
    assert out.read_text() == "hours of work"
    succeed(f"{line} --force")
    assert load(out).predict is not None


def test_a_training_that_would_leave_nothing_is_refused(fail, kaggle):
    assert "Nothing would be left" in fail(f"fit {kaggle.train} --model svm")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--target Labl --out m.skcnn", "no column 'Labl' (--target); its columns"),
        ("--model cn --out m.skcnn", "There is no model 'cn'. Did you mean 'cnn'?"),
        ("--model B3 --out m.skcnn", "'B3' is a ConvAutoencoder, which gives no lab"),
        ("--set epoch=3 --out m.skcnn", "no parameter 'epoch'. Did you mean 'epochs'?"),
        ("--set epochs=2 --epochs 2 --test x", "--set epochs=2 and --epochs 2 set the"),
        ("--set C=1 --set C=2 --test x", "--set C=1 and --set C=2 set the same"),
        ("--set epochs --out m.skcnn", "--set is written as name=value"),
        ("--model svm --epochs 3 --out m.skcnn", "'svm' has no parameter 'epochs'"),
        ("--set kernel_size=0 --out m.skcnn", "kernel_size"),
        ("--out nowhere/m.skcnn", "there is no folder nowhere; make it first"),
        ("--out m.pkl", "--out m.pkl must end in .skcnn"),
        ("--test nothing.csv", "There is no file or folder nothing.csv"),
    ],
)
def test_bad_input_ends_in_one_line(
    fail, kaggle, options, message, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert message in fail(f"fit {kaggle.train} {options}")
    assert not list(tmp_path.iterdir())


def test_the_output_is_looked_at_before_the_data(fail, tmp_path):
    out = tmp_path / "nowhere" / "m.skcnn"
    assert "there is no folder" in fail(f"fit nothing.csv --out {out}")


def test_test_images_of_another_shape(fail, kaggle, tmp_path, write_idx, shapes):
    smaller = write_idx("smaller-images-idx3-ubyte", shapes[0][:, :4, :4].copy())
    write_idx("smaller-labels-idx1-ubyte", shapes[0][:, 0, 0].copy())
    error = fail(f"fit {kaggle.train} --test {smaller}")
    assert f"{smaller} (--test) has 16 pixels" in error
    assert f"one of {kaggle.train} has 64" in error


def test_test_images_with_other_labels(fail, kaggle, tmp_path):
    frame = pd.read_csv(kaggle.labelled).replace("top", "bottom")
    frame.to_csv(tmp_path / "test.csv", index=False)
    error = fail(f"fit {kaggle.train} --test {tmp_path / 'test.csv'}")
    assert "'bottom'" in error


def test_test_images_with_numbers_for_names(fail, kaggle, tmp_path):
    frame = pd.read_csv(kaggle.labelled)
    frame["Label"] = pd.factorize(frame["Label"])[0]
    frame.to_csv(tmp_path / "test.csv", index=False)
    error = fail(f"fit {kaggle.train} --test {tmp_path / 'test.csv'}")
    assert "(--test) has labels such as 0, but" in error
    assert "has such as 'left'" in error


def test_a_text_among_the_pixels_is_told_with_its_place(fail, kaggle, tmp_path):
    lines = kaggle.train.read_text().splitlines()
    cells = lines[7].split(",")
    cells[9] = "seven"
    lines[7] = ",".join(cells)
    (tmp_path / "train.csv").write_text("\n".join(lines))
    error = fail(f"fit {tmp_path / 'train.csv'} --out {tmp_path / 'm.skcnn'}")
    assert "line 8, column '8': the cell holds 'seven'" in error


def test_an_interruption_ends_with_130(fail, kaggle, monkeypatch, tmp_path):
    from skcnn import SVMClassifier

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(SVMClassifier, "fit", interrupted)
    line = f"fit {kaggle.train} --model svm --out {tmp_path / 'm.skcnn'}"
    assert fail(line, 130) == "Error: interrupted. Nothing was written."


def test_debug_shows_where_an_error_comes_from(command):
    done = command("fit nothing.csv --out m.skcnn --debug")
    assert isinstance(done.exception, FileNotFoundError)


def test_an_error_of_ours_says_that_it_is_one(fail, monkeypatch, kaggle, tmp_path):
    from skcnn import SVMClassifier

    def broken(*_):
        return {}["key"]

    monkeypatch.setattr(SVMClassifier, "fit", broken)
    error = fail(f"fit {kaggle.train} --model svm --out {tmp_path / 'm.skcnn'}")
    assert error == (
        "Error: KeyError: 'key'. This should not happen: --debug shows where it comes "
        "from."
    )


@pytest.mark.filterwarnings("default")
def test_warnings_are_lines_of_text(succeed, kaggle, tmp_path):
    frame = pd.read_csv(kaggle.train)
    frame.drop(columns="5").to_csv(tmp_path / "train.csv", index=False)
    line = f"fit {tmp_path / 'train.csv'} --model svm --test {tmp_path / 'train.csv'}"
    known, warning = [
        line for line in succeed(line).splitlines() if line.startswith("Warning: ")
    ]
    assert "60 of 60 images" in known
    assert "63 columns, which is no square image" in warning
