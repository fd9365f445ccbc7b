"""Pretrained backbones, and the features that they give."""
