"""
What does it get wrong? Scores per class, confusions, pictures
==============================================================

One number hides what a classifier is good at. Here a small network learns digits from
few images, and is looked at from closer and closer: classes, confusions, single images.
"""

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skcnn import CNNClassifier
from skcnn.datasets import load_digits
from skcnn.plots import ClassScoresDisplay, ConfusionDisplay, ErrorGalleryDisplay

X, y = load_digits()
X, X_test, y, y_test = train_test_split(
    X, y, train_size=400, stratify=y, random_state=0
)
clf = CNNClassifier(filters=(16, 32), epochs=20, random_state=0).fit(X, y)
print(f"{clf.score(X_test, y_test):.3f} of {len(X_test)} images")

# %%
# Precision is the share of images called a digit that are it; recall the share of a
# digit's images that were found; F1 lies between them.

ClassScoresDisplay.from_estimator(clf, X_test, y_test)

# %%
# Where recall is low, images of the class went elsewhere. Where to is in the confusion
# matrix: a row is a true digit, a column what it was taken for.

ConfusionDisplay.from_estimator(clf, X_test, y_test)

# %%
# The images themselves, those of which the network was most certain first:

ErrorGalleryDisplay.from_estimator(clf, X_test, y_test)

# %%
# Some of them a person would not read otherwise. `true=8, predicted=1` shows one
# confusion alone.
plt.show()
