"""How one network is trained and run: the only room that touches TensorFlow.

Importing this package is cheap; its modules start TensorFlow when they are imported.
"""
