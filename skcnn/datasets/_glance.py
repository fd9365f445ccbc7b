"""The lines of a description: names and texts."""

from typing import Any

# More classes than fit a glance are summed up.
_MAX_CLASSES = 20


def glance(description: Any) -> dict[str, str]:
    """Return the lines of a description's table.

    Parameters
    ----------
    description : Description
        What was found out.

    Returns
    -------
    dict of str to str
        A text for each line's name, in reading order.
    """
    lines = {
        "images": _images(description),
        "pixels": _pixels(description),
        "constant": _constant(description),
        **_classes(description),
        "duplicates": _duplicates(description),
    }
    test = description.test
    if test is not None:
        lines["test images"] = _images(test)
        lines["test pixels"] = _pixels(test)
        lines["in both"] = plural(len(description.leaked_rows), "test image")
    return lines


def count(number: int) -> str:
    """Return a whole number with a blank between thousands.

    Examples
    --------
    >>> count(60000)
    '60 000'
    """
    return f"{number:,}".replace(",", " ")


def plural(number: int, thing: str) -> str:
    """Return a number and what is counted.

    Examples
    --------
    >>> plural(1, "image"), plural(2, "image"), plural(2, "class")
    ('1 image', '2 images', '2 classes')
    """
    ending = "" if number == 1 else "es" if thing.endswith("s") else "s"
    return f"{count(number)} {thing}{ending}"


def _images(description: Any) -> str:
    """Say how many images of which shape and type there are."""
    sides = description.image_shape or (1, description.n_pixels, 1)
    size = " x ".join(map(str, sides if sides[2] > 1 else sides[:2]))
    layout = ", flat rows" if len(description.shape) == 2 else ""
    megabytes = description.n_bytes / 1e6
    memory = f"{megabytes:.3g} MB" if megabytes >= 1 else f"{megabytes * 1e3:.3g} kB"
    type_and_layout = f"{description.dtype}{layout}"
    return f"{count(description.n_images)} of {size}, {type_and_layout}, {memory}"


def _pixels(description: Any) -> str:
    """Say the range, and what is missing."""
    missing = f"{count(description.n_missing)} missing"
    if description.n_infinite:
        missing += f", {count(description.n_infinite)} infinite"
    return (
        f"{description.minimum:.6g} to {description.maximum:.6g}, "
        f"mean {description.mean:.4g}, {missing}"
    )


def _constant(description: Any) -> str:
    """Say how much of the pixels carries nothing."""
    share = description.n_constant_pixels / description.n_pixels
    return (
        f"{plural(len(description.constant_rows), 'image')} of one value; "
        f"{count(description.n_constant_pixels)} of {count(description.n_pixels)} "
        f"pixels ({share:.1%}) the same in all images"
    )


def _classes(description: Any) -> dict[str, str]:
    """Say how many classes there are, and how many images each has."""
    counts = description.class_counts
    if counts is None:
        return {"classes": "no labels"}
    if counts.empty:
        return {"classes": "all labels are missing"}
    lines = {
        "classes": f"{count(len(counts))}, of {count(counts.min())} to "
        f"{plural(counts.max(), 'image')} (largest / smallest "
        f"{description.imbalance:.3g})"
    }
    names = [*counts.index, *description.unseen_classes]
    if len(names) <= _MAX_CLASSES:
        lines |= {f"class {name}": _class(description, name) for name in names}
    return lines


def _class(description: Any, name: Any) -> str:
    """Say how many images a class has, for training and for test."""
    texts = []
    for part in (description, description.test):
        if part is not None and part.class_counts is not None:
            n_images = part.class_counts.get(name, 0)
            share = n_images / part.class_counts.sum()
            texts.append(f"{count(n_images)} ({share:.1%})")
    return "; test ".join(texts)


def _duplicates(description: Any) -> str:
    """Say how many images are there again."""
    text = f"{plural(len(description.duplicate_rows), 'image')} like an earlier one"
    if description.class_counts is None:
        return text
    return (
        f"{text}; {count(len(description.contradicting_rows))} with labels that differ"
    )
