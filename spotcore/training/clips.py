"""Training of FESNet on face clips: intervals of pictures, a class per frame, one fold at a time.

The step is in `learn_epoch`; training on a manifest stands in `clip_loop`. How it is trained is a choice of ours
throughout (METHODS section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from spotcore.clip_inference import DECODER, clip_curves
from spotcore.decoding import DECODERS
from spotcore.errors import NothingToTrain
from spotcore.face_clips import FaceClips, load_clips
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.models import FesNet, build_network
from spotcore.nested import FoldProposals
from spotcore.splits import Fold
from spotcore.targets import make_targets, to_samples
from spotcore.training.dataset import inside
from spotcore.training.settings import TrainingSettings

SMOOTH_LIMIT = 16.0  # squared difference of log-probabilities above which the smooth loss stops growing: real borders


@dataclass(frozen=True)
class LabelledClips:
    """Face clips of one video and what people said about them.

    Attributes:
        classes: (T,) int64, 0 neutral, 1 macro, 2 micro.
        rejected: samples in the middle of proposals that somebody rejected.
        known: (T,) bool, somebody decided what is there, as in `dataset.LabelledVideo`.
    """

    entry: ManifestVideo
    clips: FaceClips
    classes: np.ndarray
    rejected: tuple[int, ...]
    known: np.ndarray

    @property
    def usable(self) -> np.ndarray:
        """(T,) bool: frames that count in the loss."""
        return self.known & self.clips.found


def load_labelled(entries: Sequence[ManifestVideo]) -> list[LabelledClips]:
    """Read clip files; a micro inside a macro is lost to the macro, as one class per frame allows no more."""
    return [_load(entry) for entry in entries]


def _load(entry: ManifestVideo) -> LabelledClips:
    clips = load_clips(entry.features)
    classes = make_targets(to_samples(entry.intervals, clips.frames), len(clips)).group
    refused = [r.interval for r in entry.rejected]
    decided = [(i.onset, i.offset) for i in (*entry.intervals, *refused)]
    known = inside(clips.frames, [*entry.reviewed, *decided]) & ~inside(clips.frames, entry.unsure)
    middles = tuple((i.onset + i.offset) // 2 for i in to_samples(refused, clips.frames))
    return LabelledClips(entry, clips, classes, middles, known)


def frame_loss(
    stages: torch.Tensor, classes: torch.Tensor, mask: torch.Tensor, weight: torch.Tensor, smooth: float
) -> torch.Tensor:
    """Sum over stages of weighted cross-entropy plus `smooth` times the truncated squared difference of neighbours.

    Args:
        stages: (S, B, T, 3) logits.
        classes: (B, T) int64; mask: (B, T) bool, frames that count; weight: (3,) per class.
    """
    total = stages.new_zeros(())
    counts = mask.float()
    pairs = counts[:, 1:] * counts[:, :-1]
    for logits in stages:
        entropy = F.cross_entropy(logits.transpose(1, 2), classes, weight, reduction="none")  # (B, T)
        total = total + (entropy * counts).sum() / counts.sum().clamp(min=1)
        if smooth > 0:
            log = logits.log_softmax(dim=2)
            # The earlier frame is held still, or both ends would drift towards each other.
            steps = (log[:, 1:] - log[:, :-1].detach()).square().clamp(max=SMOOTH_LIMIT).mean(dim=2)
            total = total + smooth * (steps * pairs).sum() / pairs.sum().clamp(min=1)
    return total


@dataclass
class ClipLearner:
    """A network that learns from clips, with its optimiser and the weight (3,) of each class."""

    network: FesNet
    optimizer: torch.optim.Optimizer
    weights: torch.Tensor


def start_learning(videos: Sequence[LabelledClips], settings: TrainingSettings, device: torch.device) -> ClipLearner:
    """An untrained network.

    Raises:
        NothingToTrain: no picture with an expression.
    """
    torch.manual_seed(settings.seed)
    network = build_network(settings.architecture, settings.network_settings()).to(device)
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    counts = np.sum([np.bincount(v.classes[v.usable], minlength=3) for v in videos], axis=0)
    if not counts[1:].any():
        raise NothingToTrain("no face picture of the training subjects shows an expression")
    # Root of the inverse frequency: the plain inverse would call every tremor a micro.
    weight = np.sqrt(counts.sum() / np.maximum(counts, 1)) * (counts > 0)
    weights = torch.tensor(weight / weight[counts > 0].mean(), dtype=torch.float32, device=device)
    return ClipLearner(network, torch.optim.AdamW(groups, lr=settings.learning_rate), weights)


def learn_epoch(
    learner: ClipLearner,
    videos: Sequence[LabelledClips],
    settings: TrainingSettings,
    epoch: int,
    heard: Callable[[], None] | None = None,
) -> float:
    """One pass over the intervals of this epoch; returns the mean loss. `heard` is called before every batch."""
    network, optimizer = learner.network, learner.optimizer
    device = next(network.parameters()).device
    network.train()
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate * settings.decay_per_epoch**epoch
    losses = []
    for pictures, classes, mask in clip_batches(videos, settings, network.window, epoch):
        if heard:
            heard()
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.mixed_precision and device.type == "cuda"):
            stages = network(torch.from_numpy(pictures).to(device))
        loss = frame_loss(
            stages.float(),
            torch.from_numpy(classes).to(device),
            torch.from_numpy(mask).to(device),
            learner.weights,
            network.settings.smooth_weight,
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def clip_batches(
    videos: Sequence[LabelledClips], settings: TrainingSettings, length: int, epoch: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Batches of one epoch: pictures (B, T, S, S) float32, classes (B, T), mask (B, T).

    Every expression once, at a random place in its interval, and `background` others per expression, rejected proposals
    first; repeated up to `minimum_segments`. Each interval is moved, scaled, mirrored and made noisy as a whole.
    """
    rng = np.random.default_rng([settings.seed, epoch])
    rejected = [(n, middle) for n, v in enumerate(videos) for middle in v.rejected]
    acting = [(n, i) for n, v in enumerate(videos) for i in to_samples(v.entry.intervals, v.clips.frames)]
    chosen: list[tuple[int, int]] = []
    while acting and len(chosen) < max(settings.minimum_segments, 1):
        for number, interval in acting:
            middle = (interval.onset + interval.offset) // 2
            chosen.append((number, _around(middle, length, rng)))
        others = round(settings.background * len(acting))
        refused = [rejected[index] for index in rng.permutation(len(rejected))[:others]]
        chosen += [(number, _around(middle, length, rng)) for number, middle in refused]
        for _ in range(others - len(refused)):
            number = int(rng.integers(len(videos)))
            chosen.append((number, int(rng.integers(max(len(videos[number].clips) - length, 0) + 1))))
    order = [chosen[index] for index in rng.permutation(len(chosen))]
    for first in range(0, len(order), settings.batch_segments):
        parts = [_interval(videos[n], start, length, settings, rng) for n, start in
                 order[first : first + settings.batch_segments]]  # fmt: skip
        yield tuple(np.stack(column) for column in zip(*parts, strict=True))


def _around(middle: int, length: int, rng: np.random.Generator) -> int:
    """First sample of an interval that holds the middle somewhere in its inner half."""
    return middle - int(rng.integers(length // 4, 3 * length // 4 + 1))


def _interval(video: LabelledClips, first: int, length: int, settings: TrainingSettings, rng: np.random.Generator):
    rows = np.arange(first, first + length)
    inner = np.clip(rows, 0, len(video.clips) - 1)
    pictures = np.asarray(video.clips.pictures[inner], np.float32)
    side = pictures.shape[1]
    scale, move = 1 + 0.05 * rng.uniform(-1, 1), 0.03 * side * rng.uniform(-1, 1, 2)
    flip = -1.0 if settings.mirror and rng.random() < 0.5 else 1.0
    half, across = (side - 1) / 2, flip * scale
    matrix = np.array([[across, 0, half - across * half + move[0]], [0, scale, half - scale * half + move[1]]])
    warped = np.stack([_warped(picture, matrix) for picture in pictures])
    warped *= np.float32(np.exp(settings.gain * rng.standard_normal()))
    warped += np.float32(settings.noise * rng.random()) * rng.standard_normal(warped.shape, dtype=np.float32)
    return warped, video.classes[inner], video.usable[inner] & (rows == inner)


def _warped(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(picture, matrix, picture.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


class ClipFolds:
    """Folds of a network over face clips, in the form that `loso` drives."""

    def __init__(
        self, entries: Sequence[ManifestVideo], folds: Sequence[Fold], settings: TrainingSettings, device: torch.device
    ) -> None:
        self.videos = load_labelled(entries)
        self.folds, self.settings, self.device = folds, settings, device
        self.notes: list[str] = []

    def train(self, group: Sequence[int], progress=None) -> list[FoldProposals]:
        """Train the folds of the group one after the other."""
        return [self._fold(index, progress) for index in group]

    def _fold(self, index: int, progress) -> FoldProposals:
        fold, settings = self.folds[index], replace(self.settings, seed=self.settings.seed + index)
        train = [video for video in self.videos if video.entry.subject in fold.train]
        scored = [video for video in self.videos if video.entry.subject in (*fold.validation, *fold.test)]
        epochs: dict[int, dict[str, list[Interval]]] = {}
        learner = start_learning(train, settings, self.device)
        for epoch in range(1, settings.epochs + 1):
            learn_epoch(learner, train, settings, epoch - 1)
            if epoch % settings.validate_every == 0 or epoch == settings.epochs:
                epochs[epoch] = {v.entry.id: DECODERS[DECODER](clip_curves(learner.network, v.clips)) for v in scored}
            if progress:
                progress(epoch, settings.epochs)
        return FoldProposals(fold, epochs)
