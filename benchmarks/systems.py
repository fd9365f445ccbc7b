"""The networks and images that every side gets, each network in each side's words.

B1 and C3 are the systems of SYSTEMS.md. A Keras network here is a plain one, as a user
of Keras would write it; ours is the same one through `CNNClassifier`.
"""

import os

import numpy as np

# Trainable parameters with five classes: both sides are held to them.
N_PARAMETERS = {"B1": 346_821, "C3": 886_021}

LEARNING_RATE = 1e-3
BATCH_SIZE = 128

# Nothing that the peers do not do: plain Adam on plain images.
SAME_TRAINING = {
    "optimizer": "adam",
    "learning_rate": LEARNING_RATE,
    "lr_schedule": "constant",
    "label_smoothing": 0.0,
    "weight_decay": 0.0,
    "augment": None,
    "batch_size": BATCH_SIZE,
    "random_state": 0,
}
SAME_NETWORK = {
    "B1": {
        "filters": (32,),
        "kernel_size": 3,
        "padding": "valid",
        "dropout": 0.0,
        "dense_units": (64,),
    },
    "C3": {
        "filters": (64, 128),
        "kernel_size": 3,
        "padding": "same",
        "dropout": 0.25,
        "dense_units": (128, 64),
    },
}


def ours(network, **params):
    """Return the network as a `CNNClassifier`."""
    from skcnn import CNNClassifier

    return CNNClassifier(
        convs_per_block=1,
        batch_norm=False,
        head="flatten",
        **{**SAME_NETWORK[network], **SAME_TRAINING, **params},
    )


def import_ours():
    """Import what our first fit imports, as the peers' sides do before their clock."""
    from skcnn import CNNClassifier, networks  # noqa: F401
    from skcnn.training import fit  # noqa: F401


def keras_b1(input_shape=(28, 28, 1), n_classes=5, kernel_size=3):
    """Return B1 as a Keras network, not compiled."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input(input_shape),
            layers.Conv2D(32, kernel_size, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def keras_c3(input_shape=(28, 28, 1), n_classes=5):
    """Return C3 as a Keras network, not compiled."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input(input_shape),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Conv2D(128, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def compiled_keras(network, n_classes=5):
    """Return the network in plain Keras, ready for `fit`."""
    import keras

    keras.utils.set_random_seed(0)
    build = {"B1": keras_b1, "C3": keras_c3}[network]
    model = build(n_classes=n_classes)
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def torch_network(network):
    """Return the network in PyTorch, from (n, 1, 28, 28) to five logits."""
    from torch import nn

    if network == "B1":
        return nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(13 * 13 * 32, 64), nn.ReLU(), nn.Linear(64, 5)),
        )
    return nn.Sequential(
        *(nn.Conv2d(1, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)),
        *(nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Dropout(0.25), nn.Flatten()),
        *(nn.Linear(7 * 7 * 128, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU()),
        nn.Linear(64, 5),
    )


def images(n):
    """Return n uint8 images of 28x28 with five labels, made ones without the data."""
    if os.environ.get("SKCNN_DATA"):
        from skcnn import datasets

        X, y = datasets.fetch_fashion_mnist(labels="five", split="train")
        return X[:n], y[:n]
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), rng.integers(0, 5, n)


def as_keras_has_it(X):
    """Return images as Keras' examples feed them: float32 in [0, 1], one channel."""
    return (X / np.float32(255))[..., np.newaxis]


def small_digits(n=None):
    """Return scikit-learn's digits as float32 images in [0, 1], one channel."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X.reshape(-1, 8, 8, 1)[:n].astype(np.float32) / 16, y[:n]
