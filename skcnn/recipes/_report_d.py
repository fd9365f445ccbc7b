"""Waterloo report 4: T5 by three convolutional networks and a pretrained ResNet50."""

from skcnn.recipes._recipe import PLAIN_CNN, PLAIN_TRAINING, Recipe

_ADAM = {"optimizer": "adam", "learning_rate": 1e-3}
_D3_LAYERS = (
    ("conv", 32, 3, "same"),
    ("batch_norm",),
    ("conv", 32, 3, "same"),
    ("batch_norm",),
    ("max_pool", 2),
    ("dropout", 0.2),
    ("conv", 64, 3, "same"),
    ("batch_norm",),
    ("dropout", 0.2),
    ("conv", 128, 3, "same"),
    ("batch_norm",),
    ("max_pool", 2),
    ("dropout", 0.3),
    ("flatten",),
    ("dense", 512),
    ("batch_norm",),
    ("dropout", 0.4),
    ("dense", 128),
    ("batch_norm",),
    ("dropout", 0.4),
)


def rate_of_d4(epoch: int) -> float:
    """Return the rate of an epoch: 0.001 for five, then a small one."""
    return 1e-3 if epoch < 5 else 1e-5


RECIPES = [
    Recipe(
        "D1",
        "T5",
        "conv 32, pool, dropout; dense 64",
        params={
            **PLAIN_CNN,
            **_ADAM,
            "filters": (32,),
            "padding": "valid",
            "dropout": 0.2,
            "dense_units": (64,),
            "batch_size": 512,
            "epochs": 50,
        },
        n_parameters=346_821,
        accuracy=0.8412,
        note="validation images 0.8834",
    ),
    Recipe(
        "D2",
        "T5",
        "conv 32, pool, conv 64, pool, conv 128, each with dropout; dense 128",
        params={
            **PLAIN_CNN,
            **_ADAM,
            "filters": (32, 64, 128),
            "padding": "valid",
            "pool_size": (2, 2, None),
            "dropout": (0.2, 0.2, 0.4),
            "dense_units": (128,),
            "batch_size": 256,
            "epochs": 50,
        },
        n_parameters=240_901,
        accuracy=0.8892,
        note="validation images 0.8984",
    ),
    Recipe(
        "D3",
        "T5",
        "conv 32, 32, 64, 128 with batch normalisation and dropout; dense 512, 128",
        estimator="NetworkClassifier",
        params={
            **PLAIN_TRAINING,
            **_ADAM,
            "model": "build_stack",
            "model__layers": _D3_LAYERS,
            "batch_size": 256,
            "epochs": 30,
        },
        n_parameters=3_383_589,
        n_frozen=1_792,
        accuracy=0.9028,
        note="Kaggle 0.9064",
    ),
    Recipe(
        "D4",
        "T5",
        "ResNet50 with ImageNet weights, batch normalisation and the last two blocks "
        "trained; average; dense 256",
        estimator="NetworkClassifier",
        params={
            **PLAIN_TRAINING,
            "model": "build_report_backbone",
            "model__backbone": "ResNet50",
            "model__weights": "imagenet",
            "model__layers": (
                ("average",),
                ("dense", 256),
                ("dropout", 0.3),
                ("batch_norm",),
            ),
            "model__trained": ".*_bn|conv5_block[23]_.*",
            "optimizer": "adam",
            "lr_schedule": rate_of_d4,
            "batch_size": 256,
            "epochs": 400,
        },
        n_parameters=24_114_565,
        n_frozen=14_616_064,
        accuracy=0.8342,
        # A network is trained in one go here. The report's first five epochs alone:
        # model__trained=".*_bn", epochs=5.
        note="the last two blocks were frozen for the first 5 epochs",
    ),
]
