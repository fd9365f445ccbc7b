"""
Shirts: what 6000 garments teach a network
==========================================

Fashion-MNIST has ten kinds of garments, and one of them is hard. This example needs the
data set in the folder that ``SKCNN_DATA`` names. Where these pages are built without
it, the code below is not run. It finds this:

.. image:: /_static/garments.png
   :alt: Bars of precision, recall and F1 of ten classes; those of Shirt are the lowest.
"""

# sphinx_gallery_thumbnail_path = '_static/garments.png'

import matplotlib.pyplot as plt

from skcnn import CNNClassifier
from skcnn.datasets import fetch_fashion_mnist
from skcnn.plots import (
    ClassScoresDisplay,
    ErrorGalleryDisplay,
    HistoryDisplay,
    ImageGridDisplay,
)

train = fetch_fashion_mnist(split="train", return_X_y=False)
test = fetch_fashion_mnist(split="test", return_X_y=False)
X, y = train.data[:6000], train.target_names[train.target[:6000]]
X_test, y_test = test.data[:1000], test.target_names[test.target[:1000]]
ImageGridDisplay.from_images(X, y, random_state=0)

# %%
# Images of 28 x 28 pixels, and labels that are names. The setting is the fast one:

fast = {"filters": (16, 64, 128), "whitening": 3, "pool_after": "first"}
clf = CNNClassifier(**fast, learning_rate=0.01, epochs=5, random_state=0)
clf.fit(X, y, X_val=X_test, y_val=y_test)
print(f"{clf.score(X_test, y_test):.3f}")
HistoryDisplay.from_estimator(clf)

# %%
# Training images are shifted and their targets smoothed, so that they look harder than
# those that are only watched.

ClassScoresDisplay.from_estimator(clf, X_test, y_test)

# %%
# Shirts are the hard ones: taken for T-shirts, pullovers and coats.

ErrorGalleryDisplay.from_estimator(clf, X_test, y_test, true="Shirt")

# %%
# Collars and buttons are a few pixels here.
plt.show()
