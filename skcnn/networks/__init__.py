"""Networks as pure functions: shapes and settings in, an uncompiled Keras model out.

They know no scikit-learn. Their last layer gives logits in float32.
"""

from skcnn.networks._cnn import build_cnn as build_cnn

__all__ = ["build_cnn"]
