"""Features on disk, found by the content of each image."""

from __future__ import annotations

import hashlib
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from skcnn.base.atomic import replacing

# Bytes of a digest: images by the billion would not meet.
_DIGEST_BYTES = 16


def digests_of(images: np.ndarray) -> np.ndarray:
    """Return one digest per image, uint8 (n, 16)."""
    digests = np.empty((len(images), _DIGEST_BYTES), np.uint8)
    for number, image in enumerate(images):
        content = np.ascontiguousarray(image).data
        digest = hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
        digests[number] = np.frombuffer(digest, np.uint8)
    return digests


class FeatureStore:
    """A folder of files, each written once: digests of images and their features.

    Folds of a cross-validation are different rows of the same images, so what is
    remembered is an image, not a set of them. Any number of processes may use one
    folder: a file is written beside its place and then moved, and never changes. What
    cannot be read is computed again.

    Parameters
    ----------
    location : path
        Of the cache, such as that of a ``joblib.Memory``.
    name : str
        Equal for equal backbones and settings.
    n_features : int
    """

    def __init__(self, location, name: str, n_features: int):
        self.folder = Path(location) / "skcnn-features" / name
        self.n_features = n_features

    def look_up(self, digests: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return features (n, n_features), and the numbers of rows without any."""
        features = np.empty((len(digests), self.n_features), np.float32)
        wanted: dict[bytes, list[int]] = {}
        for number, digest in enumerate(digests):
            wanted.setdefault(digest.tobytes(), []).append(number)
        for path in sorted(self.folder.glob("*.npz")):
            if not wanted:
                break
            self._take(path, wanted, features)
        missing = [number for numbers in wanted.values() for number in numbers]
        return features, np.array(sorted(missing), dtype=np.intp)

    def _take(self, path: Path, wanted: dict, features: np.ndarray) -> None:
        """Move what a file holds of ``wanted`` into ``features``."""
        try:
            # Opened here: NumPy leaves a file open that it finds broken.
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                keys = [digest.tobytes() for digest in file["digests"]]
                found = [(row, key) for row, key in enumerate(keys) if key in wanted]
                if not found:
                    return
                rows = file["features"]  # the checksum of the whole is verified
                self._check(rows, len(keys))
        except (OSError, MemoryError):
            return  # gone by now, or not for us to read
        # A file can be broken in many ways: BadZipFile, ValueError, KeyError, ...
        except Exception:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return
        for row, key in found:
            for number in wanted.pop(key, ()):
                features[number] = rows[row]

    def _check(self, rows: np.ndarray, n_keys: int) -> None:
        if rows.shape != (n_keys, self.n_features) or rows.dtype != np.float32:
            raise zipfile.BadZipFile

    def keep(self, digests: np.ndarray, features: np.ndarray) -> None:
        """Write one file; warn where the folder refuses it."""
        # Equal content has an equal name, so that two processes leave one file.
        name = hashlib.blake2b(digests.tobytes(), digest_size=_DIGEST_BYTES).hexdigest()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(self.folder / f"{name}.npz") as file:
                np.savez(file, digests=digests, features=features)
        except OSError as error:
            warnings.warn(
                f"The features of {len(digests)} images could not be kept in "
                f"{str(self.folder)!r} ({error}); they will be computed again.",
                RuntimeWarning,
                stacklevel=2,
            )
