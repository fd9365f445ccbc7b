"""
Labels in a table, pictures in a folder
=======================================

Often one folder holds all pictures, and a table says which is what. Here the pictures
are drawn: discs, squares and triangles in any colour and size.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw
from sklearn.model_selection import train_test_split

from skcnn import SVMClassifier
from skcnn.datasets import read_image_table
from skcnn.plots import ConfusionDisplay, ErrorGalleryDisplay, ImageGridDisplay

folder, rng = Path(tempfile.mkdtemp()), np.random.default_rng(0)
(folder / "train").mkdir()
n_corners = {"disc": 24, "square": 4, "triangle": 3}
rows = []
for number in range(360):
    kind = str(rng.choice(list(n_corners)))
    width, height = (int(side) for side in rng.integers(48, 96, 2))
    paper, ink = (tuple(map(int, rng.integers(0, 256, 3))) for _ in "12")
    picture = Image.new("RGB", (width, height), paper)
    middle, radius = (width / 2, height / 2), rng.uniform(8, 20)
    shape = (*middle, radius), n_corners[kind], float(rng.uniform(0, 360))
    ImageDraw.Draw(picture).regular_polygon(*shape, fill=ink)
    picture.save(folder / "train" / f"{number:03}.png")
    rows.append({"id": f"{number:03}", "label": kind})
pd.DataFrame(rows).to_csv(folder / "train.csv", index=False)

# %%
# The column with the names of files is found by itself, and the label, too; `id` and
# `target` name them where a table has more columns. Files that are missing or broken
# would be an error that names them.

pictures = read_image_table(folder / "train.csv", folder / "train", return_X_y=False)
print(pictures.data.shape, pictures.target_names)
ImageGridDisplay.from_images(pictures.data, pictures.target, per_class=8)

# %%
# Colours say nothing here, edges all: gradient histograms are made for that.

parts = train_test_split(
    pictures.data,
    pictures.target,
    np.array(pictures.ids),
    random_state=0,
    stratify=pictures.target,
)
X, X_test, y, y_test, _, ids_test = parts
clf = SVMClassifier(features="hog").fit(X, y)
print(f"{clf.score(X_test, y_test):.3f} on {len(X_test)} others")
ConfusionDisplay.from_estimator(clf, X_test, y_test)

# %%
# Which ones are told wrongly? The ids lead back to the files:

wrong = clf.predict(X_test) != y_test
print(", ".join(f"{name}.png" for name in ids_test[wrong]))
ErrorGalleryDisplay.from_estimator(clf, X_test, y_test)

# %%
# From a shell the same is `skcnn fit train.csv --images-dir train`.
plt.show()
