"""Identities by name: "astronaut", "variant:17", or "media:FILE[@FRAME][#FACE]" from a folder the caller names.

Pictures of a media folder are test identities: they are read when a clip is rendered and never stored.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from spotcore.errors import InvalidSettings, UnreadableVideo
from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.identities import Identity, from_picture
from spotcore.synthesis.variants import variant_picture

_MEDIA = re.compile(r"media:(?P<file>[^@#]+)(@(?P<frame>\d+))?(#(?P<face>\d+))?$")
_PICTURES = {".jpg", ".jpeg", ".png", ".bmp"}


def identity_for(name: str, width: int, height: int, inter_ocular: float, media: Path | None = None) -> Identity:
    """The identity of that name at the wanted size.

    Args:
        name: see the module's first line; FRAME counts from 0 (video files), FACE from the largest face.
        width, height, inter_ocular: output pixels.
        media: folder of "media:" files.

    Raises:
        InvalidSettings: unknown name, no folder given, or no such face in the picture.
        UnreadableVideo: the file is missing or cannot be read.
    """
    return from_picture(name, *_picture(name, media), width, height, inter_ocular)


@lru_cache(maxsize=8)
def _picture(name: str, media: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Picture and mesh; the last few are kept, because clips of one identity follow each other."""
    if name == "astronaut":
        return astronaut_picture()
    if name.startswith("variant:") and name[8:].isdigit():
        return variant_picture(int(name[8:]))
    match = _MEDIA.match(name)
    if match is None:
        raise InvalidSettings(f'expected "astronaut", "variant:N" or "media:FILE[@FRAME][#FACE]", got {name!r}')
    if media is None:
        raise InvalidSettings(f"{name}: which folder holds this file? (give the media folder)")
    rgb = _read(Path(media) / match["file"], int(match["frame"] or 0))
    return rgb, _mesh(rgb, int(match["face"] or 0), name)


def _mesh(rgb: np.ndarray, face: int, name: str) -> np.ndarray:
    from spotcore.landmarks import FaceFinder

    finder = FaceFinder()
    try:
        faces = finder.find(rgb)
        if face >= len(faces):
            raise InvalidSettings(f"{name}: {len(faces)} faces found in the picture, number {face} was asked for")
        rough = faces[face][:, :2]
        # Once more on an enlarged cut-out: the mesh is drawn from 192 pixels, whatever the picture's size.
        centre, reach = (rough.min(0) + rough.max(0)) / 2, np.ptp(rough, axis=0).max()
        zoom = 400.0 / reach
        matrix = np.array([[zoom, 0, 384 - zoom * centre[0]], [0, zoom, 384 - zoom * centre[1]]])
        view = cv2.warpAffine(rgb, matrix, (768, 768), flags=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
        closer = finder.find(view)
    finally:
        finder.close()
    if not closer:
        return faces[face]
    points = closer[0].copy()
    points[:, :2] = (points[:, :2] - matrix[:, 2]) / zoom
    points[:, 2] /= zoom
    return points


def _read(path: Path, frame: int) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a picture or of one frame of a video."""
    if path.suffix.lower() in _PICTURES:
        try:
            data = np.fromfile(path, np.uint8)
        except OSError as error:
            raise UnreadableVideo(f"{path}: cannot be read ({error.strerror or error})") from error
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if image is None:
            raise UnreadableVideo(f"{path}: no picture that can be read")
        return np.ascontiguousarray(image[..., ::-1])
    from spotcore.video import open_video

    with open_video(path) as video:
        return video.frame(frame).rgb()


def source_hash(name: str, media: Path | None) -> str:
    """SHA-256 of the file an identity comes from; empty for those made by this program."""
    match = _MEDIA.match(name)
    if match is None or media is None:
        return ""
    return hashlib.sha256((Path(media) / match["file"]).read_bytes()).hexdigest()
