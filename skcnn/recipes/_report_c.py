"""Waterloo report 3: T5 by four convolutional networks and two ResNets."""

from skcnn.recipes._recipe import PLAIN_CNN, PLAIN_TRAINING, Recipe

_TRAINING = {
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "lr_schedule": "exponential",
    "batch_size": 128,
    "epochs": 40,
}
_C1 = {
    **PLAIN_CNN,
    **_TRAINING,
    "filters": (32, 64, 64),
    "pool_size": (2, 2, None),
    "dense_units": (64,),
}
_C4_LAYERS = (
    ("conv", 64, 3, "same"),
    ("max_pool", 2),
    ("dropout", 0.25),
    ("conv", 128, 3, "same"),
    ("batch_norm",),
    ("max_pool", 2),
    ("dropout", 0.25),
    ("flatten",),
    ("dense", 128),
    ("dense", 64),
)

RECIPES = [
    Recipe(
        "C1",
        "T5",
        "conv 32, pool, conv 64, pool, conv 64; dense 64",
        params=_C1,
        n_parameters=256_837,
        accuracy=0.9018,
        note="Kaggle; validation images about 0.90",
    ),
    Recipe(
        "C2",
        "T5",
        "C1 with dropout 0.25 after the second pool and the third conv",
        params={**_C1, "dropout": (0.0, 0.25, 0.25)},
        n_parameters=256_837,
        accuracy=0.9050,
        note="Kaggle; validation images 0.9088",
    ),
    Recipe(
        "C3",
        "T5",
        "LeNet-5 style: conv 64, 128, each with pool and dropout; dense 128, 64",
        params={
            **PLAIN_CNN,
            **_TRAINING,
            "filters": (64, 128),
            "dropout": 0.25,
            "dense_units": (128, 64),
        },
        n_parameters=886_021,
        accuracy=0.9146,
        note="Kaggle; validation images 0.9150",
    ),
    Recipe(
        "C4",
        "T5",
        "C3 with batch normalisation after the second conv",
        estimator="NetworkClassifier",
        params={
            **PLAIN_TRAINING,
            **_TRAINING,
            "model": "build_stack",
            "model__layers": _C4_LAYERS,
        },
        n_parameters=886_533,
        n_frozen=256,
        accuracy=0.9050,
        note="accuracy of the report's validation images",
    ),
    Recipe(
        "C5",
        "T5",
        "ResNet50 with ImageNet weights, all layers trained; average",
        estimator="NetworkClassifier",
        params={
            **PLAIN_TRAINING,
            "model": "build_report_backbone",
            "model__backbone": "ResNet50",
            "model__weights": "imagenet",
            "model__layers": (("average",),),
            "optimizer": "adam",
            "learning_rate": 1e-4,
            "batch_size": 128,
            "epochs": 10,
        },
        n_parameters=23_597_957,
        n_frozen=53_120,
        accuracy=0.8053,
        note="images not padded to 32x32, which Keras wants today",
    ),
    Recipe(
        "C6",
        "T5",
        "tiny ResNet: conv 64, one pre-activation block, pool",
        estimator="NetworkClassifier",
        params={
            **PLAIN_TRAINING,
            **_TRAINING,
            "model": "build_tiny_resnet",
            "epochs": 20,
        },
        # As it was meant: the report's code reached one convolution of the block.
        n_parameters=137_221,
        accuracy=0.8047,
        note="validation images, by a network of 100 293 parameters",
    ),
]
