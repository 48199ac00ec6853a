"""The sound of a video as a small file that a browser can play beside the frames.

Speech is the main rival explanation of a movement, so the sound must start exactly with the first shown frame. No
measuring of speech here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from spotcore.video import open_video
from spotcore.video_files import BROKEN, open_container

_log = logging.getLogger(__name__)
AUDIO_RATE = 44_100
_BLOCK = 1024  # samples of one AAC frame
_AFTER = 1.0  # seconds of sound kept after the last frame
_SLACK = AUDIO_RATE // 50  # 20 ms: smaller jumps between packets are rounding of the container's clock


def extract_audio(
    path: Path | str, out: Path | str, *, start: float | None = None, seconds: float | None = None
) -> bool:
    """Write the first sound track as mono AAC (.m4a), its first sample at the time of the first shown frame.

    Sound from before that frame or long after the last one is cut, a late start or a hole is filled with silence.
    Written atomically.

    Args:
        start: seconds on the container's clock at which the first frame is shown (`Video.start_second`); read from the
            file where None.
        seconds: how long the pictures last; read from the file where None.

    Returns:
        False where there is no sound that can be decoded (a folder of pictures, no track, an empty or damaged one).

    Raises:
        UnreadableVideo: the file itself cannot be read.
    """
    path, out = Path(path), Path(out)
    if path.is_dir():
        return False
    if start is None or seconds is None:
        with open_video(path) as video:
            start = video.start_second if start is None else start
            seconds = video.info.table.duration if seconds is None else seconds
    part = out.with_name(out.name + ".part")
    try:
        with open_container(path) as source:
            if not source.streams.audio:
                return False
            out.parent.mkdir(parents=True, exist_ok=True)
            written = _write(_blocks(_samples(source, start, seconds + _AFTER)), part)
    except BROKEN as error:
        # A picture track without its sound is worth more than no import.
        _log.warning("%s: the sound track cannot be decoded (%s)", path.name, error)
        written = 0
    if written:
        part.replace(out)
    else:
        part.unlink(missing_ok=True)
    return written > 0


def _samples(source: av.container.InputContainer, start: float, seconds: float) -> Iterator[np.ndarray]:
    """Mono float32 stretches that follow each other without holes, from `start` on, for at most `seconds`."""
    most = round(seconds * AUDIO_RATE)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=AUDIO_RATE)
    given = 0  # samples so far
    for frame in _resampled(source, resampler):
        samples = frame.to_ndarray().reshape(-1).astype(np.float32)
        place = given if frame.pts is None else round((float(frame.pts * frame.time_base) - start) * AUDIO_RATE)
        # A damaged clock can name any time: silence until then would fill the memory.
        if place >= most:
            return
        if place > given + _SLACK or (given == 0 and place > 0):
            for begin in range(given, place, AUDIO_RATE):
                yield np.zeros(min(AUDIO_RATE, place - begin), dtype=np.float32)
            given = place
        elif place < given - _SLACK or given == 0:
            samples = samples[max(given - place, 0) :]
        if len(samples):
            yield samples
            given += len(samples)


def _resampled(source: av.container.InputContainer, resampler: av.AudioResampler) -> Iterator[av.AudioFrame]:
    for frame in source.decode(source.streams.audio[0]):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _blocks(stretches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The same samples in pieces of the encoder's frame size; the last one shorter."""
    rest = np.zeros(0, dtype=np.float32)
    for stretch in stretches:
        rest = np.concatenate([rest, stretch])
        whole = len(rest) // _BLOCK * _BLOCK
        for begin in range(0, whole, _BLOCK):
            yield rest[begin : begin + _BLOCK]
        rest = rest[whole:]
    if len(rest):
        yield rest


def _write(blocks: Iterator[np.ndarray], part: Path) -> int:
    """Encode; returns the number of samples. Nothing is created where there are none."""
    count = 0
    container = None
    try:
        for block in blocks:
            if container is None:
                container = av.open(f"file:{part.resolve()}", "w", format="ipod", options={"movflags": "faststart"})
                stream = container.add_stream("aac", rate=AUDIO_RATE, layout="mono")
                stream.bit_rate = 96_000
            frame = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, count, Fraction(1, AUDIO_RATE)
            container.mux(stream.encode(frame))
            count += len(block)
        if container is not None:
            container.mux(stream.encode())
    finally:
        if container is not None:
            container.close()
    return count
