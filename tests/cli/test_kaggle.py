"""The whole way of a competition: compare, fit, predict, hand in."""

import pandas as pd


def test_compare_fit_and_predict_end_in_a_submission(
    succeed, kaggle, network, tmp_path
):
    how = f"--target Label --drop Id {network}"
    table, model = tmp_path / "table.csv", tmp_path / "model.skcnn"
    compared = succeed(
        f"compare {kaggle.train} {how} --models cnn,svm --cv 2 --out {table}"
    )
    assert pd.read_csv(table).estimator.isin(["cnn", "svm"]).all()
    assert "accuracy" in compared

    succeed(f"fit {kaggle.train} {how} --model cnn --out {model}")
    succeed(f"predict {model} {kaggle.test} --out {tmp_path / 'submission.csv'}")

    lines = (tmp_path / "submission.csv").read_text().splitlines()
    assert lines[0] == "Id,Label"
    assert [int(line.split(",")[0]) for line in lines[1:]] == [*range(900, 930)]
    labels = [line.split(",")[1] for line in lines[1:]]
    assert (kaggle.y_test == labels).mean() > 0.9
