"""
Removing noise with an autoencoder
==================================

A support vector machine that has learned from clean digits meets noisy ones. An
autoencoder that has never seen a noisy image, only noise of its own on clean ones,
cleans them first.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skcnn import ConvAutoencoder, SVMClassifier
from skcnn.datasets import load_digits
from skcnn.plots import ReconstructionDisplay

X, y = load_digits()
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
# Each pixel becomes the larger one of itself and a random one.
noise = np.random.default_rng(0).integers(0, 12, X_test.shape)
X_noisy = np.maximum(X_test, noise)

denoiser = ConvAutoencoder(
    filters=(64, 64), epochs=25, noise=0.7, noise_kind="background", random_state=0
)
denoiser.fit(X)
X_cleaned = denoiser.denoise(X_noisy)

svm = SVMClassifier().fit(X, y)
for name, images in {"noisy": X_noisy, "cleaned": X_cleaned, "clean": X_test}.items():
    print(f"{name:8} {svm.score(images, y_test):.3f}")

# %%
# Noise costs accuracy, and cleaning gives a part of it back. What the autoencoder
# should have made, what it saw, and what it made of that:

ReconstructionDisplay.from_estimator(denoiser, X_noisy, X_test)

# %%
# The background is even again, and strokes are a little softer than they were written.
# The numbers are mean squared errors: what is left of the noise.
plt.show()
