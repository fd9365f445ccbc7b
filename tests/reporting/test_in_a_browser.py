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
# Width of a phone, in CSS pixels.
PHONE = 390


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
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
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": PHONE, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    yield driver
    driver.quit()


def requests(browser):
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


@pytest.mark.parametrize("name", ["comparison", "estimator"])
def test_a_page_loads_nothing_complains_of_nothing_and_fits_a_phone(
    name, request, browser
):
    path = request.getfixturevalue(f"{name}_page")
    browser.get_log("performance")
    browser.get(path.as_uri())
    asked = {url for url in requests(browser) if not url.startswith("data:")}
    assert asked == {path.as_uri()}
    assert browser.get_log("browser") == []
    widths = "return [document.documentElement.scrollWidth, window.innerWidth]"
    assert browser.execute_script(widths) == [PHONE, PHONE]
    # A refused style sheet would leave the browser's own.
    bar = "return getComputedStyle(document.querySelector('.verdict')).borderLeftWidth"
    assert browser.execute_script(bar) == "4px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_the_page(scheme, comparison_page, browser):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.get(comparison_page.as_uri())
    colours = """
    const rgb = (e, name) => getComputedStyle(e)[name].match(/[0-9.]+/g).map(Number);
    const paper = rgb(document.body, "backgroundColor");
    const texts = ".verdict, .subject, a, td, figcaption";
    return [paper, [...document.querySelectorAll(texts)].map(
        e => rgb(e, "color"))];
    """
    paper, texts = browser.execute_script(colours)
    assert len(texts) > 50
    assert (luminance(paper) > 0.5) == (scheme == "light")
    assert not [text for text in texts if contrast(text, paper) < 4.5]
    # The picture that is shown is the one for the scheme.
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
