import pytest

from skcnn.cli._option_types import Settings
from skcnn.cli._parsing import (
    format_value,
    parse_grid,
    parse_settings,
    parse_shape,
    parse_value,
    split_outside_brackets,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1", -1),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("6-7-8", (6, 7, 8)),
        ("0.1-0.25", (0.1, 0.25)),
        ("2-2-none", (2, 2, None)),
        ("(8,)", (8,)),
        ("('flip', 'shift')", ("flip", "shift")),
        ("{'alpha': 0.35}", {"alpha": 0.35}),
        ("none", None),
        ("None", None),
        ("true", True),
        ("False", False),
        ("one_cycle", "one_cycle"),
        ("hog+pixels", "hog+pixels"),
        ("2024-run", "2024-run"),
        ("'3'", "3"),
        ("a b", "a b"),
        ("__import__('os')", "__import__('os')"),
    ],
)
def test_a_value_is_a_literal_a_run_of_numbers_or_text(text, value):
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        *[3, -1, 0.5, 1e-05, (6, 7, 8), (8,), (), (2, None), (-1, 2), None, True],
        *["adam", "3", "none", "a,b", "6-7", {"alpha": 0.35}, [1], (("conv", 3),)],
    ],
)
def test_what_is_written_is_read_again(value):
    again = parse_value(format_value(value))
    assert again == value
    assert type(again) is type(value)


def test_commas_split_outside_of_brackets_and_quotes_only():
    text = "3,(3, 5),[1,(2,3)],'a,b',\"c,d\""
    assert split_outside_brackets(text) == [
        "3",
        "(3, 5)",
        "[1,(2,3)]",
        "'a,b'",
        '"c,d"',
    ]


def test_a_value_may_hold_an_equals_sign():
    assert parse_settings(Settings(["memory=a=b"])) == {"memory": "a=b"}


@pytest.mark.parametrize("text", ["epochs", "epochs=", "=5", ""])
def test_a_setting_without_name_or_value_is_refused(text):
    with pytest.raises(ValueError, match=r"--set is written as name=value.*epochs=5"):
        parse_settings(Settings([text]))


@pytest.mark.parametrize(
    ("texts", "epochs", "message"),
    [
        (["C=1", "gamma=scale", "C=2"], None, "--set C=1 and --set C=2 set the same"),
        (["epochs=3"], 3, "--set epochs=3 and --epochs 3 set the same"),
    ],
)
def test_what_is_set_twice_is_refused(texts, epochs, message):
    with pytest.raises(ValueError, match=message):
        parse_settings(Settings(texts, epochs))


def test_what_is_set_for_all_and_for_one_is_not_set_twice():
    expected = {"epochs": 5, "cnn:epochs": 3}
    assert parse_settings(Settings(["cnn:epochs=3"], 5)) == expected


def test_a_grid_has_a_list_for_each_name():
    assert parse_grid(["kernel_size=3,5,6-7-8", "optimizer=adam"]) == {
        "kernel_size": [3, 5, (6, 7, 8)],
        "optimizer": ["adam"],
    }


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["kernel_size"], "--grid is written as name=value"),
        (["kernel_size=3,,5"], "empty value"),
        (["C=1,2", "C=3"], "'C' twice"),
    ],
)
def test_a_grid_that_says_nothing_clear_is_refused(texts, message):
    with pytest.raises(ValueError, match=message):
        parse_grid(texts)


def test_shapes_are_numbers_with_an_x_between():
    assert parse_shape("32x32x3", "--image-shape") == (32, 32, 3)
    assert parse_shape("20-30", "--size") == (20, 30)


@pytest.mark.parametrize("text", ["x", "32x", "0x3", "axb", "1x2x3x4", "-1x3", ""])
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(ValueError, match="--size is written as 28x28"):
        parse_shape(text, "--size")
