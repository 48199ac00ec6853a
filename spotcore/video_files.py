"""Video files through FFmpeg (PyAV): the frame table from packets, sequential decoding, exact random access.

What a frame looks like once shown is the business of `pictures`, the door for callers is `video`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from spotcore.errors import UnreadableVideo
from spotcore.frame_table import FrameTable
from spotcore.pictures import DecodedPicture, Orientation

# Only self-contained formats: a playlist (HLS, concat) named .mp4 could make FFmpeg open other files of the machine.
_FORMATS = (
    "mov,mp4,m4a,3gp,matroska,webm,avi,mpeg,mpegts,mpegvideo,mpegtsraw,m4v,h264,hevc,flv,live_flv,asf,ogg,mxf,gif,ivf,"
    "nut,dv,wav,mp3,aac,flac,amr,aiff,image2,jpeg_pipe,png_pipe,bmp_pipe,tiff_pipe,webp_pipe"
)
# What a damaged file raises in PyAV; IndexError where packets belong to a track that was not there at the beginning.
BROKEN = (av.FFmpegError, OSError, ValueError, IndexError)
_FORWARD = 48  # frames: reading on is cheaper than a seek up to about this distance


def open_container(path: Path) -> av.container.InputContainer:
    """Open a local, self-contained media file; FFmpeg's errors come through."""
    # "file:" keeps a name with a colon from being read as a protocol.
    return av.open(f"file:{path.resolve()}", metadata_errors="replace",  # old cameras write Latin-1 comments
                   options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"})  # fmt: skip


@dataclass
class _Packets:
    """What the demuxer tells about the picture track; compact, since a long video has millions of packets.

    Attributes:
        ticks: presentation timestamps of the packets that are shown and have one, in file order.
        keys: (presentation, decoding timestamp) of each of them at which decoding can start.
        count: packets that are shown.
        discarded: packets before or after an edit list: decoded, never shown.
    """

    ticks: array[int]
    keys: list[tuple[int, int]]
    count: int = 0
    discarded: int = 0


class VideoFile:
    """An open video file.

    Attributes:
        table: its frame table.
        orientation: how stored pictures are shown.
        codec, bit_depth, has_audio: as the container says.
        threads: of FFmpeg, 0 where it chooses.

    Raises (constructor):
        UnreadableVideo: empty, not a video, without a picture track, cut off, or without a decodable frame.
    """

    def __init__(self, path: Path, table: FrameTable | None = None, threads: int = 0) -> None:
        self.path = path
        self.threads = threads
        self._container = None
        self._decoder: Iterator[tuple[int, av.VideoFrame]] | None = None
        self._next = 0
        self._unlisted = 0  # frames that were decoded from the start on and do not stand in the table
        if path.stat().st_size == 0:
            raise UnreadableVideo(f"{path.name}: the file is empty (0 bytes)")
        try:
            self._open()
            self._first_picture()
            self.table = table if table is not None else self._read_table()
        except BROKEN as error:
            self.close()
            raise UnreadableVideo(f"{path.name}: not a video that can be read ({_reason(error)})") from error
        except UnreadableVideo:
            self.close()
            raise

    def close(self) -> None:
        self._decoder = None
        if self._container is not None:
            self._container.close()
            self._container = None

    def _open(self) -> None:
        self.close()
        self._container = open_container(self.path)
        if self._container.format.name == "image2" or self._container.format.name.endswith("_pipe"):
            raise UnreadableVideo(f"{self.path.name}: a single picture, not a video (a folder of pictures is one)")
        tracks = [s for s in self._container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
        if not tracks:
            what = "only sound" if self._container.streams.audio else "no track that can be read"
            raise UnreadableVideo(f"{self.path.name}: the file has no picture track, {what}")
        self._stream = tracks[0]
        if self._stream.codec_context is None:
            raise UnreadableVideo(f"{self.path.name}: the pictures are in a format that this machine cannot decode")
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = self.threads

    def _first_picture(self) -> None:
        """Learn from the first frame what the header alone does not say: display matrix and pixel format."""
        frame = next(iter(self._container.decode(self._stream)), None)
        if frame is None:
            raise UnreadableVideo(f"{self.path.name}: no frame of the picture track can be decoded")
        data = frame.side_data.get("DISPLAYMATRIX")
        matrix = np.frombuffer(bytes(data), dtype=np.int32) if data is not None else None
        aspect = float(self._stream.sample_aspect_ratio or 1)
        self.orientation = Orientation.from_matrix(matrix, aspect if aspect > 0 else 1.0, (frame.width, frame.height))
        self.codec = self._stream.codec_context.name
        self.bit_depth = max(component.bits for component in frame.format.components)
        self.has_audio = bool(self._container.streams.audio)
        self._open()

    def _read_table(self) -> FrameTable:
        packets = self._demux()
        self._open()
        ticks = np.unique(np.asarray(packets.ticks, dtype=np.int64))  # ascending
        expected = self._stream.frames if "mov" in self._container.format.name else 0
        rate = float(self._stream.average_rate or self._stream.guessed_rate or 0)
        if not packets.count:
            raise UnreadableVideo(f"{self.path.name}: no frame of the picture track can be read")
        if packets.count + packets.discarded < expected:
            readable = f"{packets.count} can be read" + (f" ({packets.count / rate:.1f} s)" if rate else "")
            raise UnreadableVideo(
                f"{self.path.name}: the file is cut off: its index lists {expected} frames, only {readable}; "
                "copy it again, or save the readable part as a new video"
            )
        # AVI stores no presentation times: what FFmpeg gives there is a guess that B-frames make wrong.
        if len(ticks) == packets.count and self._container.format.name != "avi":
            return self._table(ticks, self._places(ticks, packets), rate, counted=False)
        return self._count_table(ticks, packets, rate)

    def _demux(self) -> _Packets:
        packets = _Packets(array("q"), [])
        for packet in self._container.demux(self._stream):
            if packet.size == 0:  # the end-of-file marker
                continue
            if packet.is_discard:
                packets.discarded += 1
                continue
            packets.count += 1
            if packet.pts is not None:
                packets.ticks.append(packet.pts)
                if packet.is_keyframe:
                    packets.keys.append((packet.pts, _seek_point(packet)))
        return packets

    def _places(self, ticks: np.ndarray, packets: _Packets) -> list[tuple[int, int]]:
        """(index, decoding timestamp) of every keyframe."""
        return [(int(np.searchsorted(ticks, tick)), seek) for tick, seek in packets.keys]

    def _count_table(self, ticks: np.ndarray, packets: _Packets, rate: float) -> FrameTable:
        """The table of a file whose packets do not name frames: decode it once and count."""
        shown, key_places, count = array("q"), [], 0
        for frame in self._container.decode(self._stream):
            if frame.pts is not None:
                shown.append(frame.pts)
            if frame.key_frame:
                key_places.append(count)
            count += 1
        self._open()
        if not count:
            raise UnreadableVideo(f"{self.path.name}: no frame of the picture track can be decoded")
        if np.array_equal(np.asarray(shown), ticks):
            return self._table(ticks, self._places(ticks, packets), rate, counted=False)
        column = np.unique(np.asarray(shown, dtype=np.int64))
        lost = len(column) != count
        if lost:
            # Nothing usable about time in the packets: the stated rate is all there is.
            step = 1 / (float(self._stream.time_base) * (rate or 25.0))
            column = np.round(np.arange(count) * step).astype(np.int64)
        seeks = [seek for _, seek in packets.keys]
        # Without time a packet can be told after a seek in AVI only, whose packets are counted; elsewhere every
        # access begins at the start of the file.
        told = len(key_places) == len(seeks) and not (lost and self._container.format.name != "avi")
        pairs = list(zip(key_places, seeks, strict=True)) if told else []
        return self._table(column, pairs, rate, counted=True)

    def _table(self, ticks: np.ndarray, keys: list[tuple[int, int]], rate: float, counted: bool) -> FrameTable:
        return FrameTable(
            timestamps=(ticks - ticks[0]) * float(self._stream.time_base),
            source_numbers=np.arange(len(ticks), dtype=np.int64),
            present=np.ones(len(ticks), dtype=bool),
            stream_rate=rate,
            ticks=ticks,
            keyframes=np.array([place for place, _ in sorted(keys)], dtype=np.int64),
            seek_points=np.array([seek for _, seek in sorted(keys)], dtype=np.int64),
            counted=counted,
        )

    @property
    def start_second(self) -> float:
        """When the first frame is shown, on the container's clock, which its sound track shares."""
        # AVI stores no presentation times; its first picture and its sound both begin at 0.
        return 0.0 if self._container.format.name == "avi" else float(self.table.ticks[0] * self._stream.time_base)

    @property
    def stated_seconds(self) -> float | None:
        """How long the file says its pictures last, where it says so apart from its packets; else None."""
        if "matroska" in self._container.format.name and self._container.duration and not self.has_audio:
            return self._container.duration / av.time_base - self.start_second
        if self._container.format.name == "avi" and self._stream.frames and self.table.fps:
            return self._stream.frames / self.table.fps
        return None

    # ---- decoding

    def pictures(self, first: int, last: int) -> Iterator[tuple[int, DecodedPicture]]:
        """Decode the frames first..last, both included, in order.

        Raises:
            UnreadableVideo: a frame cannot be decoded, or the file no longer fits its table.
        """
        expected = first
        while expected <= last:
            index, frame = self._advance(expected)
            if index != expected:
                raise UnreadableVideo(
                    f"{self.path.name}: frame {expected} of {self.table.frame_count} cannot be decoded"
                    f" (frame {index} came in its place); the file is damaged or has changed"
                )
            yield index, DecodedPicture(frame, self.orientation)
            expected += 1

    def require_end(self) -> None:
        """Raise UnreadableVideo if decoding from the first to the last frame gave frames that the table lacks."""
        surplus = 0
        if self._decoder is not None:
            with suppress(*BROKEN):
                surplus = sum(1 for _ in self._decoder)
        if surplus or self._unlisted:
            raise UnreadableVideo(
                f"{self.path.name}: its packets list {self.table.frame_count} frames, decoding gives "
                f"{surplus + self._unlisted} more; save it anew with another program"
            )

    def _advance(self, target: int) -> tuple[int, av.VideoFrame]:
        """Give the frame `target`, reading on from where the decoder stands or from the nearest keyframe before."""
        keys = self.table.keyframes
        nearest = int(np.searchsorted(keys, target, side="right")) - 1 if len(keys) else -1
        near = self._next <= target and (
            target - self._next <= _FORWARD or nearest < 0 or keys[nearest] <= self._next
        )  # fmt: skip
        if self._decoder is not None and near:
            found = self._read_until(target)
            if found is not None:
                return found
        # The nearest keyframe, the one before it (open groups of pictures), then from the start.
        for place in (-1,) if target == 0 else dict.fromkeys((nearest, nearest - 1, -1)):
            if place < -1:
                continue
            self._decoder = self._decode_from(place, target)
            found = self._read_until(target)
            if found is not None and (found[0] == target or place == -1):
                return found
        readable = self._next
        raise UnreadableVideo(
            f"{self.path.name}: frame {target} of {self.table.frame_count} cannot be decoded; "
            f"{readable} {'frame' if readable == 1 else 'frames'} could be"
        )

    def _read_until(self, target: int) -> tuple[int, av.VideoFrame] | None:
        """The first frame from the decoder that is not before `target`; None where the file ends or breaks."""
        try:
            for index, frame in self._decoder:
                self._next = index + 1
                if index >= target:
                    return index, frame
        except BROKEN:
            pass
        self._decoder = None
        return None

    def _decode_from(self, keyframe: int, target: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Decode from the keyframe of that rank, or from the start of the file for -1; yields (index, frame).

        After a seek, frames before `target` that no other frame leans on may be left out.
        """
        self._next = 0
        if keyframe < 0:
            self._open()
            if self.table.counted:
                return enumerate(self._container.decode(self._stream))
            return self._named(self._container.decode(self._stream))
        try:
            self._container.seek(int(self.table.seek_points[keyframe]), stream=self._stream, backward=True)
        except BROKEN:
            return iter(())  # the index names a place that the file does not have: an earlier start is tried
        return self._counted_from_key(keyframe) if self.table.counted else self._named_from_key(target)

    def _named(self, frames: Iterable[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Number frames from the start of the file by their presentation timestamp."""
        for frame in frames:
            place = self._place(frame.pts)
            if place is None:
                self._unlisted += 1
            else:
                yield place, frame

    def _named_from_key(self, target: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Number frames after a seek, beginning with the first key packet that comes."""
        earliest = None
        wanted = self.table.ticks[target]
        for packet in self._container.demux(self._stream):
            if earliest is None:
                if not packet.is_keyframe or packet.pts is None:
                    continue
                earliest = packet.pts
            # Most of the time of a seek goes into frames nobody will see; those that none leans on need no decoding.
            unseen = packet.pts is not None and packet.pts < wanted
            self._stream.codec_context.skip_frame = "NONREF" if unseen else "DEFAULT"
            for frame in packet.decode():
                # Frames shown before the keyframe lean on pictures that were skipped (open groups of pictures).
                if frame.pts is not None and frame.pts >= earliest and (place := self._place(frame.pts)) is not None:
                    yield place, frame

    def _place(self, tick: int | None) -> int | None:
        ticks = self.table.ticks
        place = int(np.searchsorted(ticks, tick)) if tick is not None else len(ticks)
        return place if place < len(ticks) and ticks[place] == tick else None

    def _counted_from_key(self, keyframe: int) -> Iterator[tuple[int, av.VideoFrame]]:
        index = int(self.table.keyframes[keyframe]) - 1
        started = False
        for packet in self._container.demux(self._stream):
            # Keyframes only: the packet after one without a decoding timestamp may carry the same number.
            if not started and not (packet.is_keyframe and _seek_point(packet) == self.table.seek_points[keyframe]):
                continue
            started = True
            for frame in packet.decode():
                if index >= self.table.keyframes[keyframe] or frame.key_frame:
                    index += 1
                    yield index, frame


def _seek_point(packet: av.Packet) -> int | None:
    return packet.dts if packet.dts is not None else packet.pts


def _reason(error: Exception) -> str:
    if isinstance(error, IndexError):
        return "its tracks change on the way"
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]
