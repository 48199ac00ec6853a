"""DIS flow on torch: many frames against their anchors at once, on CUDA or on the CPU, and regions read from it.

The counterpart of `flow.RegionFlow`, with the same numbers; `features` chooses between them. OpenCV has no such flow
for CUDA, and on a CPU this one is slower than OpenCV's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from spotcore.flow import FlowSettings, RegionReader
from spotcore.flow_refinement import places, refined, remapped
from spotcore.patch_search import PatchSearch

COARSEST = 2  # what OpenCV takes for sides from 91 to 181 pixels
BATCH = 512  # pairs at once; 0.6 GB on the device


@torch.no_grad()
def batched_flow(first: Tensor, second: Tensor, settings: FlowSettings) -> Tensor:
    """DIS flow of B pairs.

    Args:
        first, second: (B, H, W) uint8 on one device; sides are multiples of 16 from 96 to 176.
        settings: as for OpenCV's flow.

    Returns:
        (B, 2, H, W) float32 pixels from `first` to `second`, x and y.

    Raises:
        ValueError: pictures of another size, where OpenCV's pyramid is another one.
    """
    if any(side % 16 or not 91 <= side <= 181 for side in first.shape[1:]):
        raise ValueError(f"batched flow: expected sides of 96, 112, ... 176 pixels, got {tuple(first.shape[1:])}")
    finest = settings.finest_scale
    pyramids = [[_smaller(picture.float(), 2**finest)] for picture in (first, second)]
    for pyramid in pyramids:
        while len(pyramid) <= COARSEST - finest:
            pyramid.append(_smaller(pyramid[-1], 2))
    flow = torch.zeros(1, device=first.device)
    for level, (one, other) in enumerate(zip(*map(reversed, pyramids), strict=True)):
        flow = 2 * _enlarged(flow, 2) if level else flow.expand(len(one), 2, *one.shape[1:])
        search = PatchSearch(one, other)
        flow = refined(one, other, search.densified(search.search(flow)), settings.refinements)
    return _enlarged(flow, 2**finest) * 2**finest


def _smaller(picture: Tensor, factor: int) -> Tensor:
    """(B, H, W) grey levels -> (B, H / factor, W / factor), means rounded as OpenCV rounds bytes."""
    blocks = picture.unflatten(2, (-1, factor)).sum(3).unflatten(1, (-1, factor)).sum(2) / factor**2
    # Its halving adds a half and cuts, its other factors round to even.
    return torch.floor(blocks + 0.5) if factor == 2 else torch.round(blocks)


def _enlarged(flow: Tensor, factor: int) -> Tensor:
    return flow if factor == 1 else interpolate(flow, scale_factor=factor, mode="bilinear", align_corners=False)


def batched_residual(forward: Tensor, backward: Tensor) -> Tensor:
    """Length of what remains after going there and back, (B, 2, H, W) each -> (B, H, W) pixels."""
    x, y = places(forward[:, 0], forward)
    rest = [forward[:, axis] + remapped(backward[:, axis], x, y) for axis in (0, 1)]
    return torch.hypot(*rest)


@dataclass(frozen=True)
class _Asked:
    """A pair that waits; `moved` and `left` are filled when its turn comes."""

    anchor: Tensor
    picture: np.ndarray
    reader: RegionReader
    per_cent: float
    moved: np.ndarray
    left: np.ndarray | None


class BatchedRegionFlow:
    """Movement at points of anchor pictures, measured for many frames at once; see `flow.RegionFlow`.

    Args:
        settings: of the flow.
        device: where it is computed.
        batch: pairs that are collected before; bounds the memory.
    """

    def __init__(self, settings: FlowSettings, device: torch.device, batch: int = BATCH) -> None:
        self._settings, self._device, self._batch = settings, device, batch
        self._waiting: list[_Asked] = []
        self.asked = self.answered = 0

    def anchor(self, picture: np.ndarray, reader: RegionReader, per_cent: float) -> None:
        """The picture (S, S) uint8 that following ones are compared with."""
        self._picture, self._reader, self._per_cent = picture, reader, per_cent

    def follow(self, picture: np.ndarray, moved: np.ndarray, left: np.ndarray | None = None) -> None:
        """Ask for the movement into a picture (S, S) uint8: sooner or later `moved` (P, 2) is filled with pixels and
        `left` (P,) with the per cent that flow there and back leaves."""
        self._waiting.append(_Asked(self._picture, picture, self._reader, self._per_cent, moved, left))
        self.asked += 1
        if len(self._waiting) == self._batch:
            self.finish()

    @torch.no_grad()
    def finish(self) -> None:
        """Answer all that waits."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        first, second = (
            torch.from_numpy(np.stack(pictures)).to(self._device)
            for pictures in ([asked.anchor for asked in waiting], [asked.picture for asked in waiting])
        )
        flow = batched_flow(first, second, self._settings)
        for asked, moved in zip(waiting, self._read(flow, waiting), strict=True):
            asked.moved[:] = moved
        back = [row for row, asked in enumerate(waiting) if asked.left is not None]
        if back:
            rows = torch.tensor(back, device=self._device)
            backward = batched_flow(second[rows], first[rows], self._settings)
            left = batched_residual(flow[rows], backward)[:, None]
            checked = [waiting[row] for row in back]
            for asked, values in zip(checked, self._read(left, checked), strict=True):
                asked.left[:] = values[: len(asked.left), 0] * asked.per_cent
        self.answered += len(waiting)

    def _read(self, fields: Tensor, asked: list[_Asked]) -> np.ndarray:
        """(B, C, S, S) -> (B, P, C), each read by its own reader."""
        index = torch.from_numpy(_stacked([one.reader.index for one in asked])).to(self._device)  # (B, P, n)
        weights = torch.from_numpy(_stacked([one.reader.weights for one in asked])).to(self._device)
        read = [
            (field.flatten(1).gather(1, index.flatten(1)).view(index.shape) * weights).sum(-1)
            for field in fields.unbind(1)
        ]
        return torch.stack(read, dim=-1).cpu().numpy()


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    """(P, n) arrays -> (B, P, the largest n), filled up with zeros: weights of zero read nothing."""
    most = max(array.shape[1] for array in arrays)
    return np.stack([np.pad(array, ((0, 0), (0, most - array.shape[1]))) for array in arrays])
