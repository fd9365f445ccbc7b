"""
Which of four? One call, one table, one page
============================================

`compare` puts several estimators on the same folds and measures all of them: scores,
seconds, weights, and whether the differences are more than chance. Networks and support
vector machines are compared as what they are, classifiers.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from skcnn import CNNClassifier, HOGFeatures, ResNetClassifier, SVMClassifier, compare
from skcnn.datasets import load_digits
from skcnn.plots import ComparisonDisplay, HistoryDisplay

X, y = load_digits()
estimators = {
    "CNN": CNNClassifier(filters=(16, 32), epochs=15),
    "ResNet": ResNetClassifier(blocks=1, filters=(16, 32), epochs=15),
    "pixels + SVM": SVMClassifier(),
    "HOG + SVM": make_pipeline(HOGFeatures(pixels_per_cell=2), SVMClassifier()),
}
comparison = compare(estimators, X, y, cv=3, random_state=0, verbose=0)
columns = ["accuracy", "accuracy_sd", "f1_macro", "fit_seconds", "n_parameters"]
print(comparison.table_[columns].round(4).to_string())

# %%
# The best one is on top. `sd` is the standard deviation over the folds: a difference
# that is smaller says little. One picture has both, against the time that it takes:

ComparisonDisplay.from_comparison(comparison)

# %%
# To the left is fast, above is accurate. On 1200 images of 8 x 8 pixels a support
# vector machine is hard to beat; networks want more images.
#
# Are the differences more than chance? Every pair is tested, with a correction for
# folds that share training images and one for testing many pairs:

columns = ["first", "second", "difference", "ci_low", "ci_high", "p_holm"]
print(comparison.pairwise_[columns].round(4).to_string(index=False))

# %%
# A small `p_holm` says that the first of the pair is better on more than these folds.
#
# How the networks came there is in the curves of all folds:

HistoryDisplay.from_comparison(comparison, name=["CNN", "ResNet"])

# %%
# The line is the mean over the folds, the band its standard deviation. Where a line is
# flat at its end, more epochs would change little.
#
# For somebody who must decide, the same on one page of HTML:

from skcnn import report  # noqa: E402  (it belongs here for the reader)

page = report(comparison, Path(tempfile.mkdtemp(), "digits.html"), title="Digits")
print(page.name, f"{page.stat().st_size / 1e6:.1f} MB")

# %%
# Verdict, tables, pictures, settings and versions are in this one file. It loads
# nothing from anywhere, and can be sent by mail.
plt.show()
