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
    assert "(30 images of " in output


def test_the_seed_decides(succeed, kaggle, tmp_path, network, make_cnn, shapes):
    out = tmp_path / "model.skcnn"
    succeed(f"fit {kaggle.train} {network} --seed 7 --out {out}")
    assert load(out).random_state == 7


def test_a_bar_leaves_nothing_in_the_model(
    succeed, kaggle, tmp_path, network, monkeypatch
):
    files = [tmp_path / "bar.skcnn", tmp_path / "no-bar.skcnn"]
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    assert "100%" in succeed(f"fit {kaggle.train} {network} --out {files[0]}")
    monkeypatch.delenv("FORCE_COLOR")
    assert "100%" not in succeed(f"fit {kaggle.train} {network} --out {files[1]}")
    assert load(files[0]).verbose == load(files[1]).verbose == 0


def test_quiet_says_results_only(succeed, kaggle):
    line = f"fit {kaggle.train} --model svm --test {kaggle.labelled} --quiet"
    assert succeed(line).splitlines() == [
        f"test accuracy: 1.0000 (30 images of {kaggle.labelled})"
    ]


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
    (warning,) = [
        line for line in succeed(line).splitlines() if line.startswith("Warning: ")
    ]
    assert "63 columns, which is no square image" in warning
