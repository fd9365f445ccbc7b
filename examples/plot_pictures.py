"""
From a folder of pictures to predictions
========================================

Pictures come in many sizes, in folders that are their labels. A model that takes files
has an `ImageLoader` in front: it decides size and colour by the files that it is fitted
on, and is saved with the model.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skcnn import ImageLoader, SVMClassifier, load, save
from skcnn.datasets import describe, read_image_folder
from skcnn.plots import ErrorGalleryDisplay, ImageGridDisplay

# Two photographs come with scikit-learn, a temple and a flower; parts of them, of any
# size and place, are our pictures.
folder, rng = Path(tempfile.mkdtemp()), np.random.default_rng(0)
photos = dict(zip(["temple", "flower"], load_sample_images().images, strict=True))
for kind, photo in photos.items():
    (folder / kind).mkdir()
    for number in range(120):
        height, width = rng.integers(40, 160, 2)
        top = rng.integers(photo.shape[0] - height)
        left = rng.integers(photo.shape[1] - width)
        part = Image.fromarray(photo[top : top + height, left : left + width])
        part.save(folder / kind / f"{number}.jpg")

# %%
# What was found of every file is in the `Bunch`, and `describe` tells it with the rest.
# Files that cannot be read would be an error that names them all; `on_error="skip"`
# leaves them out:

pictures = read_image_folder(folder, return_X_y=False)
print(describe(pictures.data, pictures.target, files=pictures.files))

# %%
# The pictures have become squares, cropped from the middle:

ImageGridDisplay.from_images(pictures.data, pictures.target, per_class=6)

# %%
# For a model that is to read files itself, the files are `X`. The sizes of the training
# files decide, not those of the test:

paths = np.array([str(folder / name) for name in pictures.filenames])
train, test, y_train, y_test = train_test_split(
    paths, pictures.target, stratify=pictures.target, random_state=0
)
model = make_pipeline(ImageLoader(), SVMClassifier(features="hog+pixels"))
model.fit(train, y_train)
print(f"{model[0].image_shape_}, {model.score(test, y_test):.3f} on {len(test)} others")

# %%
# In one file are the size, the way of resizing and the classifier, so that a picture of
# any size can be predicted wherever it is loaded:

save(model, folder / "pictures.skcnn")
Image.fromarray(photos["flower"]).save(folder / "whole.jpg")
print(load(folder / "pictures.skcnn").predict([folder / "whole.jpg"]))

# %%
# Which ones are told wrongly? Parts of the last step take images:

images = model[0].transform(test)
ErrorGalleryDisplay.from_estimator(model[1], images, y_test)

# %%
# Parts of one photograph overlap, so that this is easier than with pictures that were
# taken one by one. From a shell the same is `skcnn fit` and `skcnn predict` with the
# names of the folders.
plt.show()
