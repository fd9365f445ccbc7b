"""A page in a real browser: nothing is loaded, nothing complains, nothing overflows."""

import json
import shutil

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

# It starts a browser.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="no chromium or chromedriver"),
]

# The browser itself must be silent too.
FLAGS = """
--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
--disable-background-networking --disable-component-update --disable-dev-shm-usage
"""
# Widths in CSS pixels.
PHONE, DESKTOP = 390, 1280


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    # Else its own first page is loaded.
    first_page = {
        "session.restore_on_startup": 4,
        "session.startup_urls": ["about:blank"],
    }
    options.add_experimental_option("prefs", first_page)
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    driver = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(executable_path=DRIVER)
    )
    yield driver
    driver.quit()


def show(browser, path, width=PHONE, scheme="light"):
    """Open a page as a phone or a desktop has it."""
    size = {"width": width, "height": 844, "deviceScaleFactor": 1}
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {**size, "mobile": width == PHONE}
    )
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.get(path.as_uri())


@pytest.fixture(scope="module")
def notebook_page(comparison, tmp_path_factory):
    """Give the path of a page that has no more than the form for notebooks."""
    path = tmp_path_factory.mktemp("notebook") / "notebook.html"
    path.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"><title>A notebook</title>'
        f"</head><body>{comparison._repr_html_()}</body></html>",
        encoding="utf-8",
    )
    return path


PAGES = pytest.mark.parametrize("name", ["comparison", "estimator", "notebook"])
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["phone", "desktop"])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


def requests(browser):
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


@PAGES
@WIDTHS
def test_a_page_loads_nothing_complains_of_nothing_and_does_not_overflow(
    name, width, request, browser
):
    path = request.getfixturevalue(f"{name}_page")
    browser.get_log("performance")
    show(browser, path, width)
    asked = {url for url in requests(browser) if not url.startswith("data:")}
    assert asked == {path.as_uri()}
    assert browser.get_log("browser") == []
    # On a desktop a bar to scroll with takes its part.
    widths = "return [document.documentElement.scrollWidth, window.innerWidth]"
    whole, seen = browser.execute_script(widths)
    assert whole <= seen == width


@pytest.mark.parametrize("name", ["comparison", "estimator"])
@WIDTHS
def test_verdict_and_table_are_seen_and_every_picture_has_a_text(
    name, width, request, browser
):
    show(browser, request.getfixturevalue(f"{name}_page"), width)
    sizes = """
    return [...document.querySelectorAll(".verdict, table")].slice(0, 2).map(
        e => [e.checkVisibility(), e.getBoundingClientRect().height > 20]);
    """
    assert browser.execute_script(sizes) == [[True, True]] * 2
    # A refused style sheet would leave the browser's own.
    bar = "return getComputedStyle(document.querySelector('.verdict')).borderLeftWidth"
    assert browser.execute_script(bar) == "4px"
    texts = browser.execute_script("return [...document.images].map(e => e.alt)")
    assert len(texts) > 2
    assert all(len(text) > 10 for text in texts)


@WIDTHS
def test_a_notebook_shows_the_verdict_and_numbers_that_are_not_broken(
    width, comparison, notebook_page, browser
):
    show(browser, notebook_page, width)
    shown = browser.execute_script("return document.body.innerText")
    assert comparison.verdict_ in shown
    tall = """
    return [...document.querySelectorAll("td")].filter(
        e => e.innerText.includes("±") && e.getClientRects().length
    ).map(e => {
        const range = document.createRange();
        range.selectNodeContents(e);
        return new Set([...range.getClientRects()].map(r => r.top)).size;
    });
    """
    lines = browser.execute_script(tall)
    assert lines
    assert set(lines) == {1}


@pytest.mark.parametrize("name", ["comparison", "notebook"])
@SCHEMES
def test_texts_stand_out_from_the_page(name, scheme, request, browser):
    show(browser, request.getfixturevalue(f"{name}_page"), scheme=scheme)
    colours = """
    const rgb = (e, name) => getComputedStyle(e)[name].match(/[0-9.]+/g).map(Number);
    const parents = e => e ? [e, ...parents(e.parentElement)] : [];
    const paper = e => parents(e).map(p => rgb(p, "backgroundColor")).find(
        c => c.length == 3 || c[3] > 0);
    const texts = ".verdict, .subject, a, td, th, b, small, figcaption";
    return [...document.querySelectorAll(texts)].map(
        e => [rgb(e, "color"), paper(e) || null]);
    """
    # Without a colour of its own a page has that of the browser.
    default = (255, 255, 255) if scheme == "light" else (18, 18, 18)
    pairs = browser.execute_script(colours)
    assert len(pairs) > 10
    for text, paper in pairs:
        assert (luminance(paper or default) > 0.5) == (scheme == "light")
        assert contrast(text, paper or default) >= 4.5


@SCHEMES
def test_the_picture_that_is_shown_is_the_one_for_the_scheme(
    scheme, comparison_page, browser
):
    show(browser, comparison_page, scheme=scheme)
    shown = "return document.querySelector('picture img').currentSrc"
    name = "src" if scheme == "light" else "srcset"
    link = f"return document.querySelector('picture [{name}]').getAttribute('{name}')"
    assert browser.execute_script(shown) == browser.execute_script(link)


def luminance(rgb):
    """Return the relative luminance of WCAG 2, from 0 to 1."""
    parts = [v / 255 for v in rgb[:3]]
    red, green, blue = (
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(text, paper):
    low, high = sorted((luminance(text), luminance(paper)))
    return (high + 0.05) / (low + 0.05)
