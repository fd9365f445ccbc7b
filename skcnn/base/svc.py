"""scikit-learn's SVC, computed by scikit-learn-intelex where that is able to."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from functools import wraps

import numpy as np
from sklearn.svm import SVC

from skcnn.keras_door import thread_budget

_is_first = "sklearnex" not in sys.modules
try:
    from daal4py import daalinit, num_threads
    from sklearnex.svm import SVC as _SVC
except Exception:  # missing, or broken in one of many ways: there is a way without it
    _SVC = None

_LOCK = threading.Lock()


def _in_any_thread(method):
    """Let a method of sklearnex use our number of threads, whatever thread it runs in.

    Theirs warns beside the main thread and takes all cores there, and one thread gives
    other bits than two. The number is one for the whole process, hence the lock. It
    costs nothing, since oneDAL holds the GIL.
    """
    undecorated = getattr(method, "__wrapped__", method)

    @wraps(method)
    def limited(self, *args, **kwargs):
        with _LOCK:
            before = num_threads()
            try:
                daalinit(thread_budget())
                return undecorated(self, *args, **kwargs)
            finally:
                daalinit(before)

    return limited


if _SVC is not None:
    if _is_first and logging.getLogger("sklearnex").level == logging.NOTSET:
        # Else a user's `logging.basicConfig(level="INFO")` shows a line for every call.
        logging.getLogger("sklearnex").setLevel(logging.WARNING)

    class IntelexSVC(_SVC):
        """SVC of scikit-learn-intelex (oneDAL), the same in threads."""

        fit = _in_any_thread(_SVC.fit)
        predict = _in_any_thread(_SVC.predict)
        decision_function = _in_any_thread(_SVC.decision_function)

    _kind = IntelexSVC
else:
    _kind = None


def __getattr__(name):
    if name == "IntelexSVC":  # a pickled model asks
        raise ImportError(
            "This model was fitted by scikit-learn-intelex, which cannot be imported "
            "here. Install it: pip install scikit-learn-intelex."
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def fit_svc(fit, **params):
    """Return ``fit(svc)`` for an SVC with these parameters.

    Parameters
    ----------
    fit : callable
        Takes an SVC that is not fitted. Called with scikit-learn-intelex's first, if
        there is one; whatever it raises, scikit-learn's own gets its turn.
    **params : object
        Parameters of :class:`sklearn.svm.SVC`.
    """
    if _kind is not None:
        with suppress(Exception):
            return fit(_kind(**params))
    return fit(SVC(**params))


def as_plain(svc: SVC) -> SVC:
    """Return scikit-learn's own SVC of what scikit-learn-intelex has fitted.

    The arrays are the same, and so are decision values up to rounding.

    Raises
    ------
    ValueError
        For a machine on sparse rows, or with probabilities of its own.
    """
    theirs = "sklearn.svm._classes"  # sklearn.svm.SVC may be patched
    kind = next(one for one in type(svc).__mro__ if one.__module__ == theirs)
    plain = kind(**{name: getattr(svc, name) for name in kind().get_params()})
    if not hasattr(svc, "classes_"):
        return plain
    if svc._sparse or svc.probability not in (False, "deprecated"):
        raise ValueError(
            "is an SVC of scikit-learn-intelex on sparse rows or with probability=True"
        )
    dual_coef = np.asarray(svc.dual_coef_, float)
    order, sign = np.arange(dual_coef.shape[1]), 1.0
    if len(svc.classes_) == 2:
        # libsvm wants them by class, which oneDAL's of two classes are not. Those of
        # the first class have negative coefficients.
        order, sign = np.argsort(dual_coef[0] > 0, kind="stable"), -1.0
    dual_coef = np.ascontiguousarray(dual_coef[:, order])
    intercept = np.asarray(svc.intercept_, float)
    n_iter = np.asarray(svc.n_iter_)
    vars(plain).update(
        classes_=svc.classes_,
        class_weight_=svc.class_weight_,
        support_=np.asarray(svc.support_)[order].astype(np.int32),
        support_vectors_=np.asarray(svc.support_vectors_, float)[order],
        _n_support=np.asarray(svc._n_support, np.int32),
        dual_coef_=dual_coef,
        intercept_=intercept,
        _dual_coef_=sign * dual_coef,
        _intercept_=sign * intercept,
        _probA=np.empty(0),
        _probB=np.empty(0),
        _sparse=False,
        _gamma=float(svc._gamma),
        fit_status_=0,
        shape_fit_=svc.shape_fit_,
        n_features_in_=svc.n_features_in_,
        n_iter_=n_iter,
        _num_iter=n_iter,
    )
    return plain
