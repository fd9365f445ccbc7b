"""
From a table of pixels to a submission
======================================

Competitions often give images as a CSV file: a row per image, a column per pixel, one
for the label. Here such files are made of scikit-learn's digits; those of a competition
are read in the same way.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from skcnn import compare
from skcnn.datasets import describe, load_digits, read_csv
from skcnn.plots import ComparisonDisplay, ImageGridDisplay

folder = Path(tempfile.mkdtemp())
images, digits = load_digits()
pixels = pd.DataFrame(images.reshape(len(images), -1).astype(int)).add_prefix("pixel")
pixels[:1200].assign(label=digits[:1200]).to_csv(folder / "train.csv", index=False)
pixels[1200:].to_csv(folder / "test.csv", index=False)
ids = range(1, 1 + len(pixels) - 1200)
sample = pd.DataFrame({"ImageId": ids, "Label": 0})
sample.to_csv(folder / "sample_submission.csv", index=False)

# %%
# `target` names the column of the labels. What else is no pixel, such as a column of
# ids, is left out with `drop`. A look at the data before any training:

X, y = read_csv(folder / "train.csv", target="label")
print(describe(X, y))

# %%
# Rows of 64 pixels are images of 8 x 8: squares are recognised, other shapes are given
# as `image_shape`. Which model? Short names stand for models that are ready to use:

models = ["dummy", "patches", "hog-small", "svm"]
comparison = compare(models, X, y, cv=3, random_state=0, verbose=0)
print(comparison.verdict_)
ComparisonDisplay.from_comparison(comparison)

# %%
# The best one learns from all rows, and fills the sample of a submission:

best = comparison.estimators_[comparison.best_].fit(X, y)
X_test, _ = read_csv(folder / "test.csv")
submission = pd.read_csv(folder / "sample_submission.csv")
submission["Label"] = best.predict(X_test)
submission.to_csv(folder / "submission.csv", index=False)
print(submission.head(3).to_string(index=False))

# %%
# Images that nobody has labelled, each in the row of what it was called:

ImageGridDisplay.from_images(X_test.reshape(-1, 8, 8), submission["Label"], per_class=8)

# %%
# From a shell the same is `skcnn compare train.csv`, then
# `skcnn fit train.csv --model patches --out model.skcnn`, and
# `skcnn predict model.skcnn test.csv --like sample_submission.csv --out mine.csv`.
plt.show()
