import numpy as np
import pandas as pd
import pytest

from skcnn.base.fingerprint import fingerprint
from skcnn.comparison._keys import Keys, data_parts


def digest_of_data(*data):
    return fingerprint(*data_parts(*data))


def test_labels_of_another_width_are_the_same_data():
    X, codes = np.zeros((3, 4)), np.array([0, 1, 0])

    def digest(codes, classes):
        return digest_of_data(X, codes, np.array(classes))

    one = digest(codes, [5, 7])
    assert one == digest(codes.astype(np.int32), np.array([5, 7], np.int32))
    assert digest(codes, ["a", "b"]) == digest(codes, np.array(["a", "b"], object))
    assert one != digest(codes, [5, 8])
    assert one != digest(1 - codes, [5, 7])


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_images_that_are_paths_are_their_files(kind, tmp_path):
    path = tmp_path / "one.png"
    path.write_text("1")
    X, labels = kind([str(path)]), (np.array([0]), np.array([0]))
    before = digest_of_data(X, *labels)
    assert digest_of_data(X, *labels) == before
    path.write_text("22")
    assert digest_of_data(X, *labels) != before


def test_the_index_of_a_frame_is_no_part_of_the_images():
    X, labels = pd.DataFrame({"a": [1, 2]}), (np.array([0, 1]), np.array([0, 1]))
    assert digest_of_data(X, *labels) == digest_of_data(X.set_axis([5, 6]), *labels)


def test_what_has_no_fingerprint_has_keys_that_never_come_again():
    keys = Keys(warns=True)
    known = keys.key("the number", 1)
    with pytest.warns(RuntimeWarning, match=r"'mine' are .* not stored, .* generator"):
        own = keys.key("'mine'", (n for n in range(3)))
    units = [keys.unit(known, "rows"), keys.unit(known, own, "rows")]
    assert [keys.is_lasting(key) for key in (known, own, *units)] == [1, 0, 1, 0]
    assert units[0] == keys.unit(known, "rows") != keys.unit(known, "other rows")
