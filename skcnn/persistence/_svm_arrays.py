"""Whether the arrays of a support vector machine fit each other.

Compiled code takes sizes from some of them and reads the others by these, unchecked:
arrays out of a forged file could make it read anywhere in memory.
"""

from __future__ import annotations

import numpy as np
from sklearn.svm._base import BaseLibSVM

# Of precomputed ones the support vectors are numbers of columns, and there are no
# images to have them of.
_KERNELS = ("linear", "poly", "rbf", "sigmoid")


def check_machine(
    arrays: dict[str, np.ndarray], n_classes: int, n_features: int
) -> None:
    """Raise where arrays are not of one machine.

    Parameters
    ----------
    arrays : dict
        By their names in scikit-learn, without the underscores around them; with
        ``n_support`` for a classifier.
    n_classes : int
        2 for a regression.
    n_features : int
        Of the rows that it will see.

    Raises
    ------
    ValueError
        With the name of the first that does not fit.
    """
    k, n = n_classes, len(arrays["support_vectors"])
    n_pairs = k * (k - 1) // 2
    wanted = {
        "classes": (k,),
        "class_weight": (k,),
        "support": (n,),
        "support_vectors": (n, n_features),
        "dual_coef": (k - 1, n),
        "intercept": (n_pairs,),
        "n_support": (k,),
        "n_iter": (n_pairs,),
        "probA": (n_pairs,),
        "probB": (n_pairs,),
    }
    for name, array in arrays.items():
        if array.shape != wanted[name] or array.dtype.kind not in "if":
            raise ValueError(
                f"holds a support vector machine of {k} classes, {n} support vectors "
                f"and {n_features} features, whose {name} is {array.shape} of "
                f"{array.dtype}"
            )
    counts = arrays.get("n_support", np.array([n]))
    if counts.dtype.kind != "i" or counts.min() < 0 or counts.sum() != n or k < 2:
        raise ValueError(
            f"holds a support vector machine with the counts {counts} of {n} support "
            "vectors"
        )


def check_libsvm(machine: BaseLibSVM) -> None:
    """Raise for a fitted machine of scikit-learn that contradicts itself.

    Raises
    ------
    ValueError
        For that, and for sparse rows and kernels of the user's, whose arrays are
        others.
    """
    if not hasattr(machine, "support_"):
        return
    if machine._sparse or machine.kernel not in _KERNELS:
        raise ValueError(
            f"holds a {type(machine).__name__} on sparse rows or with the kernel "
            f"{machine.kernel!r}; dense rows and one of {list(_KERNELS)} are taken"
        )
    arrays = {
        "support": machine.support_,
        "support_vectors": machine.support_vectors_,
        "dual_coef": machine._dual_coef_,
        "intercept": machine._intercept_,
    }
    is_classifier = machine._impl in ("c_svc", "nu_svc")
    if is_classifier:
        arrays["n_support"] = machine._n_support
    elif len(machine._n_support) != 2:  # libsvm's number of classes, of any machine
        raise ValueError(f"holds a {type(machine).__name__} with {machine._n_support}")
    if machine._probA.size or machine._probB.size:
        arrays |= {"probA": machine._probA, "probB": machine._probB}
    n_classes = len(machine.classes_) if is_classifier else 2
    check_machine(arrays, n_classes, machine.n_features_in_)
