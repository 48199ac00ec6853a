"""Feature files as the authors of SpoT-GCN and SpotFormer published them: one .npy per video, (T, 17, N, 2).

Values are pixels of a 256-pixel face crop; of the N regions the networks use ten columns. These are windows already,
so they are a kind of their own: a network trained on them refuses our traces and the other way round.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spotcore.errors import InvalidFile
from spotcore.feature_files import FeatureKind
from spotcore.regions import FEATURE_KIND

WINDOW = 17
COLUMNS = (1, 2, 3, 5, 6, 7, 9, 10, 11, 12)
RELEASE_KIND = FeatureKind(extractor="spot-gcn-release/1", regions=FEATURE_KIND.regions, unit="pixels of a 256 crop")


def read_release_windows(path: Path | str) -> np.ndarray:
    """The windows of one video.

    Returns:
        (T, 17, 10, 2) float32, pixels of the 256 crop; one window per frame.

    Raises:
        InvalidFile: not such an array.
    """
    try:
        windows = np.load(path, allow_pickle=False)
    except Exception as error:
        raise InvalidFile(f"{path}: expected a .npy array, reading it failed: {error}") from error
    if windows.ndim != 4 or windows.shape[1] != WINDOW or windows.shape[2] <= max(COLUMNS) or windows.shape[3] != 2:
        raise InvalidFile(
            f"{path}: expected an array (T, {WINDOW}, N > {max(COLUMNS)}, 2), got {tuple(windows.shape)}"
        )
    return np.ascontiguousarray(windows[:, :, list(COLUMNS)], dtype=np.float32)
