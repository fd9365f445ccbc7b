"""How one network is trained and run.

Importing this package is cheap; its modules start TensorFlow when they are imported.
"""
