"""Tests of the page: what is on it, what it must not do, what is refused."""

import base64
import hashlib
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skcnn import NetworkFeatures, SVMClassifier, compare, plots, report

SCRIPT = "<script>alert(1)</script>"  # the name of a class

VOID = {"meta", "link", "img", "source", "br", "hr", "input"}


class Reader(HTMLParser):
    """Collect the elements of a page and its text; check that they are nested."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.words, self.open = [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def values(self, *names):
        return [v for _, a in self.elements for n, v in a.items() if n in names]


@pytest.fixture(scope="session", params=["comparison", "estimator"])
def page(request):
    return Reader(request.getfixturevalue(f"{request.param}_page"))


@pytest.fixture(scope="session")
def of_comparison(comparison_page):
    return Reader(comparison_page)


@pytest.fixture(scope="session")
def of_estimator(estimator_page):
    return Reader(estimator_page)


# --- every page -------------------------------------------------------------------


def test_nothing_leaves_the_page(page):
    for link in page.values("src", "href", "srcset", "data", "action", "poster"):
        assert link.startswith(("#", "data:image/webp;base64,")), link
    assert not {"script", "link", "iframe", "object", "form"} & {
        tag for tag, _ in page.elements
    }
    assert not page.values("style", "onclick", "onload")


def test_links_within_the_page_have_their_targets(page):
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    targets = [link[1:] for link in page.values("href") if link.startswith("#")]
    assert targets
    assert set(targets) <= set(ids)


def test_the_policy_admits_the_style_that_is_there_and_no_script(comparison_page):
    text = comparison_page.read_bytes()
    style = re.search(rb"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    policy = re.search(rb'Content-Security-Policy" content="(.*?)"', text)[1].decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert b"url(" not in style
    assert b"@import" not in style


def test_every_picture_has_words_in_its_place(page):
    charts = [a for tag, a in page.elements if tag == "img"]
    assert len(charts) >= 4
    assert all(len(chart["alt"]) > 20 for chart in charts)
    assert len([1 for tag, _ in page.elements if tag == "figcaption"]) == len(charts)


def test_every_picture_is_drawn_for_light_and_dark_screens(page):
    images, sources = (
        [a for tag, a in page.elements if tag == wanted] for wanted in ("img", "source")
    )
    assert len(images) == len(sources)
    for image, source in zip(images, sources, strict=True):
        assert source["media"] == "screen and (prefers-color-scheme: dark)"
        assert paper(image["src"]) == (255, 255, 255)
        assert paper(source["srcset"]) == (0x12, 0x16, 0x1B)  # as in the style sheet


def paper(link):
    """Return the colour of the first pixel of an image that a link holds."""
    content = base64.b64decode(link.partition(",")[2])
    return Image.open(io.BytesIO(content)).convert("RGB").getpixel((0, 0))


def test_a_page_is_small(comparison_page, estimator_page):
    assert comparison_page.stat().st_size < 250_000
    assert estimator_page.stat().st_size < 250_000


def test_there_is_one_heading_of_the_page_and_one_of_each_section(page):
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == 1
    assert tags.count("h2") == tags.count("section") >= 5


def test_rows_have_as_many_cells_as_the_table_has_columns(page):
    tables = []
    for tag, _ in page.elements:
        if tag == "table":
            tables.append([])
        elif tag == "tr":
            tables[-1].append(0)
        elif tag in ("th", "td"):
            tables[-1][-1] += 1
    assert len(tables) > 3
    assert all(len(rows) > 1 and len(set(rows)) == 1 for rows in tables)


# --- a comparison -----------------------------------------------------------------


def test_the_verdict_is_read_first(of_comparison, comparison):
    sentence = comparison.verdict_
    plain = of_comparison.text.replace("\N{NO-BREAK SPACE}", " ")
    assert sentence in plain
    assert plain.index(sentence) < plain.index("All estimators")


def test_users_texts_are_escaped(comparison, comparison_page, of_comparison):
    source = comparison_page.read_text(encoding="utf-8")
    names = [*comparison.classes_, *comparison.table_.index]
    assert "<script>alert(1)</script>" in names
    for name in names:
        assert name in of_comparison.text
    assert "<script" not in source
    assert "<b>" not in source


def test_all_estimators_with_scores_times_and_errors_are_there(of_comparison):
    for text in ("Accuracy", "Macro F1", "Log loss", "Training", "Prediction"):
        assert text in of_comparison.text
    assert "broken failed: ValueError" in of_comparison.text
    assert "Use a smaller kernel_size" in of_comparison.text


def test_folds_seed_versions_threads_and_code_are_there(of_comparison, comparison):
    for text in (
        comparison.cv_,
        f"scikit-learn {comparison.versions_['scikit-learn']}",
        "Threads",
        "20 to judge by",
        "comparison = compare(",
        "random_state=0,",
    ):
        assert text in of_comparison.text


def test_settings_that_were_changed_are_there_and_the_rest_is_folded(of_comparison):
    assert "kernel_size" in of_comparison.text
    assert "settings at their defaults" in of_comparison.text
    assert [1 for tag, _ in of_comparison.elements if tag == "details"]


def test_failed_estimators_are_in_no_pair(of_comparison):
    assert "nan" not in of_comparison.text.lower().split()


def test_the_same_estimator_gives_the_same_page_but_for_the_date(fitted_cnn, tmp_path):
    first, second = (
        report(fitted_cnn, tmp_path / f"{name}.html").read_text(encoding="utf-8")
        for name in "ab"
    )
    date = re.compile(r"<footer>.*?</footer>")
    assert date.sub("", first) == date.sub("", second)
    assert date.search(first)


# --- one estimator ----------------------------------------------------------------


def test_scores_on_the_test_images_are_there(of_estimator, shapes):
    for text in ("of 60 test images rightly", "Precision", "Log loss", "A network"):
        assert text in of_estimator.text
    assert set(shapes[1]) <= set(of_estimator.words)


def test_the_accuracy_has_an_interval(tmp_path, shapes):
    X, y = shapes
    clf = SVMClassifier().fit(X, y)
    text = Reader(report(clf, tmp_path / "a.html", X=X, y=y)).text
    # Wilson: from 60 / (60 + 1.96 ** 2) = 0.940 on.
    assert "60 of 60 test images rightly: accuracy 1.000" in text
    assert "between 0.940 and 1.000" in text
    assert "no gallery of mistakes: SVMClassifier made none" in text
    assert "no ROC curve" not in text  # decision values do for it
    assert "no training history: the estimator keeps none" in text


def test_without_images_there_are_history_and_settings(fitted_cnn, tmp_path):
    page = Reader(report(fitted_cnn, tmp_path / "a.html"))
    assert "nothing can be said about how well it does" in page.text
    assert [1 for _, a in page.elements if a.get("id") == "training-training-history"]
    assert "Confusion" not in page.text


def test_the_network_in_a_pipeline_is_told_of(make_cnn, shapes, tmp_path):
    features = NetworkFeatures(make_cnn())
    pipeline = make_pipeline(features, GaussianNB()).fit(*shapes)
    page = Reader(report(pipeline, tmp_path / "a.html"))
    assert "Loss and accuracy of 2 epochs" in page.text
    assert "Time to train" in page.text


def test_of_several_networks_no_single_one_is_told_of(make_cnn, shapes, tmp_path):
    clf = make_cnn(epochs=1)
    vote = VotingClassifier([("a", clf), ("b", clf)]).fit(*shapes)
    page = Reader(report(vote, tmp_path / "a.html"))
    assert "no training history" in page.text
    assert "Time to train" not in page.text


def test_estimators_of_scikit_learn_are_welcome(tmp_path, shapes):
    X, y = shapes[0].reshape(60, -1), shapes[1]
    path = report(SVC().fit(X, y), str(tmp_path / "a.html"), X=X, y=y)
    assert path == tmp_path / "a.html"
    assert "SVC reads" in path.read_text(encoding="utf-8")


def test_a_picture_that_cannot_be_drawn_costs_a_sentence(
    fitted_cnn, tmp_path, monkeypatch
):
    def fail(*args, **options):
        raise ValueError("no ink")

    monkeypatch.setattr(plots.HistoryDisplay, "from_estimator", fail)
    with pytest.warns(RuntimeWarning, match="training history.*no ink"):
        path = report(fitted_cnn, tmp_path / "a.html")
    assert "training history could not be drawn: no ink" in Reader(path).text


def test_the_users_style_and_figures_are_left_alone(fitted_cnn, tmp_path):
    import matplotlib.pyplot as plt

    with plt.style.context("dark_background"):
        before = dict(plt.rcParams), plt.get_fignums()
        page = Reader(report(fitted_cnn, tmp_path / "a.html"))
        assert (dict(plt.rcParams), plt.get_fignums()) == before
    assert paper(page.values("src")[0]) == (255, 255, 255)


def test_a_full_disk_leaves_the_page_that_was_there(tmp_path, full_disk):
    path = tmp_path / "a.html"
    path.write_text("the page of yesterday")
    estimator = GaussianNB().fit([[0], [1]], [0, 1])
    with full_disk(), pytest.raises(OSError, match="too large"):
        report(estimator, path)
    assert path.read_text() == "the page of yesterday"
    assert list(tmp_path.iterdir()) == [path]


# --- what the user says -------------------------------------------------------------


def test_class_names_stand_for_labels_everywhere(tmp_path, shapes):
    X, y = shapes
    y = np.unique(y, return_inverse=True)[1]
    names = ["upright bar", "small spot", "lying bar"]  # not in the order of letters
    clf = make_pipeline(FunctionTransformer(flatten), GaussianNB()).fit(X[::2], y[::2])
    path = tmp_path / "a.html"
    plain = Reader(report(clf, path, X=X, y=y))
    named = Reader(report(clf, path, X=X, y=y, class_names=names))
    cells = [word.strip() for word in named.words]
    assert set(names) <= set(cells)
    assert "Class upright bar 20 (33.3%)" in named.text
    # Scores are those without names: columns of probabilities did not change places.
    find = re.compile(r"Accuracy ([0-9.]+) Macro F1 ([0-9.]+) Log loss .*? ([0-9.]+) ")
    assert find.search(named.text).groups() == find.search(plain.text).groups()


def flatten(X):
    return X.reshape(len(X), -1)


def test_class_names_of_a_comparison_are_on_its_page(tmp_path, comparison):
    names = ["upright bar", "small spot", "lying bar"]
    page = Reader(report(comparison, tmp_path / "a.html", class_names=names))
    for name in names:
        assert f"Class {name} 20" in page.text
    assert "Hardest is upright bar" in page.text
    assert SCRIPT not in page.text


def test_the_command_is_there_as_it_was_typed(tmp_path, comparison):
    typed = "skcnn compare 'my folder' --report page.html"
    page = Reader(report(comparison, tmp_path / "a.html", command=typed))
    assert typed in page.words
    assert page.text.index(typed) < page.text.index("comparison = compare(")


def test_names_of_images_are_one_for_each(tmp_path, comparison, fitted_cnn, shapes):
    path, names = tmp_path / "a.html", [f"{i}.png" for i in range(60)]
    X, y = shapes[0], np.roll(shapes[1], 1)  # three labels are wrong
    page = Reader(report(fitted_cnn, path, X=X, y=y, image_names=names))
    assert "Small under each image: its name." in page.text
    page = Reader(report(fitted_cnn, path, X=X, y=y))
    assert "Small under each image: the number of its row, from 0." in page.text
    with pytest.raises(ValueError, match=r"image_names has 59 values.* 60 images"):
        report(comparison, path, image_names=names[1:])
    with pytest.raises(ValueError, match="there are none: pass X and y"):
        report(fitted_cnn, path, image_names=names)
    with pytest.raises(ValueError, match="has 2 names, but there are 3 classes"):
        report(fitted_cnn, path, class_names=["a", "b"])


def test_long_settings_are_whole(tmp_path):
    priors = np.full(100, 0.01).tolist()
    y = np.arange(100)
    clf = GaussianNB(priors=priors).fit(y[:, None], y)
    assert repr(priors) in Reader(report(clf, tmp_path / "a.html")).words


def test_the_floor_of_smoothed_labels_is_said_once(make_cnn, shapes, tmp_path):
    X, y = shapes
    clf = make_cnn(epochs=1, label_smoothing=0.3).fit(X, y)
    text = Reader(report(clf, tmp_path / "a.html")).text
    # Labels of three classes are 0.8, 0.1 and 0.1.
    least = -(0.8 * np.log(0.8) + 0.2 * np.log(0.1))
    assert text.count("no loss falls to zero") == 1
    assert f"CNNClassifier not below {least:.2f} (label_smoothing=0.3" in text


# --- refusals ---------------------------------------------------------------------


def test_a_missing_folder_is_refused_before_the_work(fitted_cnn, tmp_path):
    path = tmp_path / "nowhere" / "a.html"
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        report(fitted_cnn, path)
    with pytest.raises(IsADirectoryError, match="Name a file in it"):
        report(fitted_cnn, tmp_path)


def test_images_and_labels_come_together(fitted_cnn, shapes, tmp_path):
    X, y = shapes
    path = tmp_path / "a.html"
    with pytest.raises(ValueError, match="y is missing: pass X and y together"):
        report(fitted_cnn, path, X=X)
    with pytest.raises(ValueError, match="X is missing: pass X and y together"):
        report(fitted_cnn, path, y=y)
    with pytest.raises(ValueError, match="X has 60 images and y 59 labels"):
        report(fitted_cnn, path, X=X, y=y[1:])
    with pytest.raises(ValueError, match="not fitted on: 'ball'"):
        report(fitted_cnn, path, X=X[:2], y=["ball", "top"])
    with pytest.raises(ValueError, match="not fitted on: 1"):
        report(fitted_cnn, path, X=X, y=np.ones(60, int))
    with pytest.raises(ValueError, match=r"np\.argmax\(y, axis=1\)"):
        report(fitted_cnn, path, X=X, y=np.eye(60))
    assert not path.exists()


def test_a_comparison_has_its_own_images(comparison, shapes, tmp_path):
    with pytest.raises(ValueError, match=r"compare\(\.\.\., X_test=X, y_test=y\)"):
        report(comparison, tmp_path / "a.html", X=shapes[0], y=shapes[1])


@pytest.mark.parametrize(
    ("subject", "error", "match"),
    [
        (SVMClassifier(), NotFittedError, "not fitted"),
        (SVMClassifier, TypeError, r"the class SVMClassifier: SVMClassifier\(\).fit"),
        ({"a": SVMClassifier()}, TypeError, "got a dict. Compare them first"),
        ("model.skcnn", TypeError, "got str"),
    ],
)
def test_what_cannot_be_reported_is_refused(subject, error, match, tmp_path):
    with pytest.raises(error, match=match):
        report(subject, tmp_path / "a.html")


def test_images_that_are_in_training_and_test_are_told_first(shapes, tmp_path):
    X, y = shapes
    comparison = compare(
        {"SVM": SVMClassifier()}, X, y, cv=2, X_test=X[:7], y_test=y[:7], verbose=0
    )
    page = report(comparison, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Mind the data: 7 of 7 test images are in X" in page
