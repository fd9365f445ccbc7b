import numpy as np
import pandas as pd

from skcnn.comparison._frames import as_text, to_html, to_markdown

TABLE = pd.DataFrame(
    {
        "accuracy": [0.98766, np.nan],
        "fit_seconds": [123.456, 0.00123456],
        "n_parameters": [886021.0, np.nan],
        "rank": [1, 2],
        "error": ["", "ValueError: a | b"],
    },
    index=pd.Index(["CNN", "a|b"], name="estimator"),
)


def test_figures_are_rounded_as_people_read_them():
    text = as_text(TABLE)
    assert text.iloc[0].tolist() == ["0.9877", "123", "886021", "1", ""]
    assert text.iloc[1].tolist() == ["", "0.00123", "", "2", "ValueError: a | b"]
    pd.testing.assert_index_equal(text.index, TABLE.index)


def test_markdown_has_a_line_per_estimator_and_escapes_bars():
    assert to_markdown(TABLE).splitlines() == [
        "| estimator | accuracy | fit_seconds | n_parameters | rank | error |",
        "| :-- | --: | --: | --: | --: | :-- |",
        "| CNN | 0.9877 | 123 | 886021 | 1 |  |",
        r"| a\|b |  | 0.00123 |  | 2 | ValueError: a \| b |",
    ]


def test_what_a_notebook_shows_is_escaped_and_has_no_gaps_of_nan():
    table = TABLE.assign(seconds_per_1000=[0.5, np.nan]).rename({"CNN": "<b>CNN</b>"})
    ends = pd.DataFrame({"ci_low": [0.98, np.nan], "ci_high": [0.99, np.nan]})
    html = to_html("A < B", table, {"accuracy": ends.set_axis(table.index)})
    assert html.startswith("<p><b>A &lt; B</b></p>")
    assert "&lt;b&gt;CNN" in html
    assert "<td>0.988&nbsp;±&nbsp;0.005</td>" in html
    assert "<td>2 min 3 s</td>" in html
    assert "<td>ValueError: a | b</td>" in html
    assert "nan" not in html.lower()
