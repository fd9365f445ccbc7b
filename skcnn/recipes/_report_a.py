"""Waterloo report 1: T5 by convolutional networks of two kernel sizes, and a ResNet."""

from skcnn.recipes._recipe import PLAIN_CNN, PLAIN_TRAINING, Recipe

_CNN = {
    **PLAIN_CNN,
    "filters": (32, 64, 128),
    "dense_units": (4096,),
    "dense_dropout": 0.5,
    "optimizer": "adam",
    "learning_rate": 1e-5,
    "batch_size": 512,
    "epochs": 351,
}

RECIPES = [
    Recipe(
        "A1",
        "T5",
        "3x3: conv 32, 64, 128, each with pool and dropout; dense 4096",
        params={**_CNN, "kernel_size": 3, "padding": "valid", "dropout": 0.2},
        # The report says 1 641 541, which these layers cannot have: without the first
        # digit it is their sum.
        n_parameters=641_541,
        accuracy=0.728,
        n_images=10_000,
        note="learning_rate=0.01, epochs=151: 0.707, unstable",
    ),
    Recipe(
        "A2",
        "T5",
        "6-7-8: as A1 with kernels 6x6, 7x7, 8x8",
        params={**_CNN, "kernel_size": (6, 7, 8), "dropout": (0.2, 0.2, 0.35)},
        n_parameters=5_369_189,
        accuracy=0.830,
        n_images=10_000,
        note="60 000 images, epochs=551: 0.894, Kaggle 0.9118, 1360.5 s on a GPU",
    ),
    Recipe(
        "A3",
        "T5",
        "ResNet: stem 7x7; 4 stages x 2 blocks with 64 to 512 filters",
        estimator="NetworkClassifier",
        params={
            **PLAIN_TRAINING,
            "model": "build_report_resnet",
            "optimizer": "adam",
            "learning_rate": 1e-5,
            "batch_size": 128,
            "epochs": 25,
        },
        n_parameters=11_191_301,
        n_frozen=7_808,
        accuracy=0.8314,
        seconds=313.6,
        note="Kaggle; F1 at learning_rate=0.01: 0.7216, 0.828, 0.835 after 10, 20, 40 "
        "epochs; seconds on a GPU",
    ),
]
