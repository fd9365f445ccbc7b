"""What the estimators and the rooms around them share, without TensorFlow."""
