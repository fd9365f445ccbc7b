from . import datasets as datasets
from . import networks as networks
from . import plots as plots
from . import recipes as recipes
from ._autoencoder import ConvAutoencoder as ConvAutoencoder
from ._autoencoder_classifier import AutoencoderClassifier as AutoencoderClassifier
from ._cnn import CNNClassifier as CNNClassifier
from ._hog_features import HOGFeatures as HOGFeatures
from ._holdout_ridge import HoldoutRidgeClassifier as HoldoutRidgeClassifier
from ._image_loader import ImageLoader as ImageLoader
from ._network import NetworkClassifier as NetworkClassifier
from ._network_features import NetworkFeatures as NetworkFeatures
from ._patch_features import PatchFeatures as PatchFeatures
from ._pretrained_features import PretrainedFeatures as PretrainedFeatures
from ._resnet import ResNetClassifier as ResNetClassifier
from ._svm import SVMClassifier as SVMClassifier
from ._transfer import TransferClassifier as TransferClassifier
from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .persistence import load as load
from .persistence import save as save
from .reporting import report as report
from .search import ContinuingSearchCV as ContinuingSearchCV

__version__: str
