"""The package's own estimators, as `reports --defaults` shows them beside the reports'.

Each has its defaults, apart from what stands here.
"""

import os
from functools import partial
from pathlib import Path

from ._trainings import Entry

TASKS = ("T5", "T10", "TN", "TD")

# Real ImageNet weights, of the smallest MobileNetV2.
_WEIGHTS = "weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
# Few images, for which transfer is made.
_N_FEW = 5000


def entries(tasks):
    """Return an entry per estimator and task, by name."""
    found = []
    for task in tasks:
        made = dict(_ESTIMATORS)
        if task == "T5":
            made["CNN with a flat head"] = _flat_cnn
        found += [Entry(f"{name}, {task}", task, make) for name, make in made.items()]
    if "T10" in tasks:
        found += [
            Entry(f"{name}, T10", "T10", make, n_images=_N_FEW)
            for name, make in _OF_FEW.items()
        ]
    return {entry.name: entry for entry in found}


def _make(name, **params):
    import skcnn

    return getattr(skcnn, name)(**params)


def _network_features():
    from sklearn.pipeline import make_pipeline

    features = _make("NetworkFeatures", estimator=_make("CNNClassifier"))
    return make_pipeline(features, _make("SVMClassifier"))


def _recipe(id):
    from skcnn import recipes

    return recipes.make(id)


def _flat_cnn():
    """Return what the docstring of CNNClassifier has for T5."""
    return _make(
        "CNNClassifier",
        convs_per_block=1,
        head="flatten",
        dense_units=(256,),
        augment=None,
    )


def _transfer():
    return _make(
        "TransferClassifier",
        backbone_params={"alpha": 0.35},
        weights=str(Path(os.environ["SKCNN_DATA"]) / _WEIGHTS),
        # Chosen by cross-validation on these 5000 images.
        input_size=128,
        dense_units=(128,),
        dense_dropout=0.5,
    )


_ESTIMATORS = {
    "CNN": partial(_make, "CNNClassifier"),
    "ResNet": partial(_make, "ResNetClassifier"),
    "patches + ridge": partial(_recipe, "P1"),
    "more patches + ridge": partial(_recipe, "P2"),
    "SVM": partial(_make, "SVMClassifier"),
    "HOG + SVM": partial(_make, "SVMClassifier", features="hog"),
    "autoencoder + SVM": partial(_make, "AutoencoderClassifier"),
    "network features + SVM": _network_features,
}
_OF_FEW = {
    "MobileNetV2 0.35": _transfer,
    "linear SVM": partial(_make, "SVMClassifier", kernel="linear"),
}
