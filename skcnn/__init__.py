"""Image classifiers on Keras that are ordinary scikit-learn estimators."""

import lazy_loader

__version__ = "0.1.0"

# The public names stand in __init__.pyi, where editors see them, too. One loads when it
# is first asked for, so that `import skcnn` costs nothing and TensorFlow starts only
# when a network is used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
