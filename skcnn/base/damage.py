"""Which errors of reading a file are the file's own."""

import errno


def is_damage(error: Exception) -> bool:
    """Tell whether an error in reading a file is due to what is in the file.

    Other libraries raise almost anything then: ``zlib.error``, ``SyntaxError``,
    ``NotImplementedError``, ``OSError`` without a number, ...

    Examples
    --------
    >>> is_damage(EOFError()), is_damage(PermissionError(13, "Permission denied"))
    (True, False)
    """
    # A position outside of the file is what the file says: EINVAL.
    is_system = isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)
    return not is_system and not isinstance(error, (ImportError, MemoryError))
