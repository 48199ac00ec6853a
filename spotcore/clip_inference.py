"""A network over face clips on a whole video: pictures in, curves out. Decoding is not done here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from spotcore.errors import IncompatibleFeatures
from spotcore.face_clips import CLIP_KIND, FaceClips, Progress, clips_for, load_clips
from spotcore.models import FesNet
from spotcore.person import PersonChoice
from spotcore.probabilities import Curves
from spotcore.runs import CLASS_CHANNELS
from spotcore.training.checkpoint import Checkpoint
from spotcore.video import Video

DECODER = "runs"


def video_curves(
    checkpoint: Checkpoint,
    video: Video,
    folder: Path | None,
    person: PersonChoice | None = None,
    progress: Progress | None = None,
) -> Curves:
    """Curves of a checkpoint over a video; its pictures go through a file, so memory does not grow with its length.

    Args:
        folder: where clip files are kept; None for a temporary one.

    Raises:
        IncompatibleFeatures: the checkpoint was trained on something else; Cancelled: `progress` asked to stop.
    """
    info = checkpoint.info
    info.kind.require(CLIP_KIND, "the clip file")
    side = checkpoint.network.settings.side
    with TemporaryDirectory(prefix="glint-clips-") as passing:
        clips = load_clips(clips_for(video, Path(folder or passing), side, person, progress))
        curves = clip_curves(checkpoint.network, clips)
    return replace(curves, decoder=info.decoder, settings=info.decoder_settings, calibration=info.calibration)


@torch.inference_mode()
def clip_curves(network: FesNet, clips: FaceClips) -> Curves:
    """Class probabilities of every picture: intervals at half-overlap, log-probabilities averaged.

    Frames without a face are neutral. Pictures are read as they are needed.

    Raises:
        IncompatibleFeatures: pictures of another size than the network takes.
    """
    side = network.settings.side
    if clips.pictures.shape[1:] != (side, side):
        raise IncompatibleFeatures(
            f"the network takes face pictures of {side} pixels, got {'x'.join(map(str, clips.pictures.shape[1:]))}"
        )
    device = next(network.parameters()).device
    network.eval()
    T, length = len(clips), network.window
    sums, counts = np.zeros((T, 3)), np.zeros(T)
    last = max(T - length, 0)
    for first in sorted({*range(0, last + 1, max(length // 2, 1)), last}):
        rows = np.clip(np.arange(first, first + length), 0, max(T - 1, 0))
        if T == 0:
            break
        pictures = torch.from_numpy(np.asarray(clips.pictures[rows], np.float32))[None].to(device)
        log = network(pictures)[-1, 0].log_softmax(dim=1).cpu().numpy()  # (length, 3)
        inside = np.arange(first, first + length) < T
        sums[rows[inside]] += log[inside]
        counts[rows[inside]] += 1
    averaged = np.exp(sums / np.maximum(counts, 1)[:, None])
    probabilities = averaged / averaged.sum(axis=1, keepdims=True)
    probabilities[~clips.found] = (1, 0, 0)
    channels = {name: probabilities[:, n].astype(np.float32) for n, name in enumerate(CLASS_CHANNELS)}
    return Curves(clips.frames, clips.timestamps, channels, DECODER)
