"""The face mesh: pictures in, 468 landmarks per face out. The only module that knows MediaPipe.

Which of several faces is followed stands in `person`, where on the face movement is read in `regions`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

LANDMARKS = 468
# The detector works on 192 to 256 pixels; beyond this size a larger picture only costs time.
FIND_MAX_WIDTH = 960

_stderr_lock = threading.Lock()


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere for a moment.

    MediaPipe's C++ side writes its greeting there before any of its log settings is read.
    """
    with _stderr_lock:
        try:
            saved = os.dup(2)
        except OSError:  # no descriptor 2 at all: nothing can be written there
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(nowhere)
            os.close(saved)


def _face_mesh(static: bool, faces: int):
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_stderr():
        import mediapipe

        logging.getLogger("absl").setLevel(logging.ERROR)
        graph = _in_callers_thread(mediapipe.solutions.face_mesh.FaceMesh)
        mesh = graph(static_image_mode=static, max_num_faces=faces)
        # The graph starts with its first picture, and warns once per process at the first face it ever sees.
        mesh.process(_some_face() if static else np.zeros((64, 64, 3), np.uint8))
    return mesh


def _in_callers_thread(face_mesh: type) -> type:
    """MediaPipe's class, its graph run by whoever asks: handing each node to another thread costs 0.4 ms a picture."""

    class Direct(face_mesh):
        def _initialize_graph_interface(self, *arguments, **named):
            graph = super()._initialize_graph_interface(*arguments, **named)
            del graph.executor[:]
            graph.executor.add(type="ApplicationThreadExecutor")
            return graph

    return Direct


@cache
def _some_face() -> np.ndarray:
    """The public-domain portrait that scikit-image brings: any face will do."""
    from skimage import data

    return np.ascontiguousarray(data.astronaut()[:256, 96:352])


def _points(face, width: float, height: float) -> np.ndarray:
    values = np.array([(p.x, p.y, p.z) for p in face.landmark], np.float64)[:LANDMARKS]
    # z comes in units of the picture's width, as x does.
    return values * (width, height, width)


class FaceFinder:
    """Finds every face of a picture, each picture on its own."""

    def __init__(self, faces: int = 5) -> None:
        self._mesh = _face_mesh(static=True, faces=faces)

    def find(self, rgb: np.ndarray) -> list[np.ndarray]:
        """Landmarks of all faces, the largest first.

        Args:
            rgb: (H, W, 3) uint8.

        Returns:
            A list of (468, 3) float64 arrays, pixels of `rgb` (z in the same unit, smaller is nearer).
        """
        height, width = rgb.shape[:2]
        shrink = min(1.0, FIND_MAX_WIDTH / max(width, height))
        if shrink < 1:
            size = (max(2, round(width * shrink)), max(2, round(height * shrink)))
            rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        # MediaPipe's projection expects a square picture and says so on stderr otherwise.
        rows, columns = rgb.shape[:2]
        side = max(rows, columns)
        square = cv2.copyMakeBorder(rgb, 0, side - rows, 0, side - columns, cv2.BORDER_CONSTANT)
        answer = self._mesh.process(square).multi_face_landmarks or []
        faces = [_points(face, side / shrink, side / shrink) for face in answer]
        return sorted(faces, key=face_size, reverse=True)

    def close(self) -> None:
        self._mesh.close()


class FaceFollower:
    """Landmarks of the one face of a picture, smoothed by where it was in the picture before."""

    def __init__(self) -> None:
        self._mesh = _face_mesh(static=False, faces=1)

    def follow(self, rgb: np.ndarray) -> np.ndarray | None:
        """(468, 3) float64 in pixels of `rgb`, or None where no face is seen. `rgb` is (H, W, 3) uint8."""
        height, width = rgb.shape[:2]
        answer = self._mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks
        return _points(answer[0], width, height) if answer else None

    def close(self) -> None:
        self._mesh.close()


def face_size(points: np.ndarray) -> float:
    """Diagonal of the box around (468, 3) landmarks, pixels."""
    return float(np.hypot(*np.ptp(points[:, :2], axis=0)))
