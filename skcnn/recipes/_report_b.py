"""Waterloo report 2: T5 by convolutional networks, an autoencoder and a ResNet."""

from skcnn.recipes._recipe import PLAIN_CNN, PLAIN_TRAINING, Recipe

_ADAM = {"optimizer": "adam", "learning_rate": 1e-3}

RECIPES = [
    Recipe(
        "B1",
        "T5",
        "conv 32, pool; dense 64",
        params={
            **PLAIN_CNN,
            **_ADAM,
            "filters": (32,),
            "padding": "valid",
            "dense_units": (64,),
            "batch_size": 256,
            "epochs": 20,
        },
        n_parameters=346_821,
        accuracy=0.8846,
        seconds=210,
        note="accuracy of the report's validation images",
    ),
    Recipe(
        "B2",
        "T5",
        "conv 32, 64, 128, each with pool and dropout; dense 128",
        params={
            **PLAIN_CNN,
            **_ADAM,
            "filters": (32, 64, 128),
            "padding": ("valid", "same", "same"),
            "dropout": (0.2, 0.4, 0.4),
            "dense_units": (128,),
            "batch_size": 128,
            "epochs": 25,
        },
        n_parameters=240_901,
        accuracy=0.8908,
        seconds=804,
        note="Kaggle; validation images 0.885",
    ),
    Recipe(
        "B3",
        "T5",
        "autoencoder: conv 256, pool, conv 128, pool, and back",
        estimator="ConvAutoencoder",
        params={
            "filters": (256, 128),
            **_ADAM,
            "lr_schedule": "constant",
            "batch_size": 64,
            "epochs": 10,
        },
        n_parameters=742_657,
        seconds=6540,
        note="mean squared error of the validation images 0.0016",
    ),
    Recipe(
        "B4",
        "T5",
        "ResNet as A3",
        estimator="NetworkClassifier",
        params={
            **PLAIN_TRAINING,
            **_ADAM,
            "model": "build_report_resnet",
            "lr_schedule": "plateau",
            # Keeps the best weights, as the report's ModelCheckpoint did.
            "early_stopping": True,
            "validation_fraction": 0.2,
            "batch_size": 128,
            "epochs": 10,
        },
        n_parameters=11_191_301,
        n_frozen=7_808,
        accuracy=0.858,
        seconds=528,
        # As it was meant: an indentation had lost the inner additions.
        note="validation images, by a network without the inner additions",
    ),
]
