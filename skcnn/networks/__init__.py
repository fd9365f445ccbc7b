"""Networks as pure functions: shapes and settings in, an uncompiled Keras model out.

They know no scikit-learn. Their last layer gives logits in float32. Importing them
starts TensorFlow.
"""

from skcnn.networks._common_layers import WHITENING as WHITENING
from skcnn.networks._convolutional import build_cnn as build_cnn
from skcnn.networks._encoder_decoder import build_autoencoder as build_autoencoder
from skcnn.networks._intensity import build_intensity_cnn as build_intensity_cnn
from skcnn.networks._patches import CONTRAST_FLOOR as CONTRAST_FLOOR
from skcnn.networks._patches import build_patches as build_patches
from skcnn.networks._report_backbones import (
    build_report_backbone as build_report_backbone,
)
from skcnn.networks._report_resnets import build_report_resnet as build_report_resnet
from skcnn.networks._report_resnets import build_tiny_resnet as build_tiny_resnet
from skcnn.networks._residual import build_resnet as build_resnet
from skcnn.networks._stack import build_stack as build_stack
from skcnn.networks.backbones import build_application as build_application
from skcnn.networks.backbones import build_features as build_features
from skcnn.networks.backbones import build_head as build_head
from skcnn.networks.backbones import build_transfer as build_transfer

# What users put into NetworkClassifier; the others are for the estimators and recipes.
__all__ = ["build_cnn", "build_intensity_cnn", "build_resnet", "build_stack"]
