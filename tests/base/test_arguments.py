import numpy as np
import pytest

from skcnn.base.arguments import check_option


def test_a_known_word_passes():
    check_option("split", "test", ("train", "test"))


@pytest.mark.parametrize("value", ["tset", None, 1, ["test"], np.array(["test"])])
def test_anything_else_is_refused_and_the_known_words_are_listed(value):
    with pytest.raises(ValueError, match="split must be one of 'train', 'test'; got"):
        check_option("split", value, ("train", "test"))
