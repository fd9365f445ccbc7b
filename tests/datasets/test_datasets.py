import skcnn.datasets


def test_all_names_are_importable():
    assert all(hasattr(skcnn.datasets, name) for name in skcnn.datasets.__all__)
