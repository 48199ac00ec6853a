"""Dense inverse search on torch, many pairs of pictures at once: the first half of DIS flow (Kroeger et al. 2016).

Patches of the first picture look for themselves in the second (inverse-compositional Gauss-Newton steps, brightness
offset removed), neighbours hand on what they found, and pixels take the mean of the patches that cover them. The
second half, which smooths the field, stands in `flow_refinement`; both are put together in `batched_flow`. The
arithmetic is that of `cv2.DISOpticalFlow` with mean normalisation and spatial propagation, found by asking it and kept
by a test, so that features mean the same on every device.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import pad

PATCH, STRIDE = 8, 4
PIXELS = PATCH * PATCH
STEPS = 8  # Gauss-Newton steps in each of the two sweeps
BANDS = 8  # rows of patches are shared out among as many bands, between which no news passes
BORDER = 16  # repeated edge pixels around the second picture
FLAT = 0.001  # determinant that a patch without structure is given


def sobel(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of the Sobel kernels across and down (B, H, W), the border mirrored without its edge: each (B, H, W).

    They are eight times the slope, so that the Gauss-Newton steps made with them are an eighth of the full ones.
    """
    padded = pad(picture[:, None], (1, 1, 1, 1), mode="reflect")[:, 0]
    down = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    across = padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]
    return down[:, :, 2:] - down[:, :, :-2], across[:, 2:] - across[:, :-2]


def bilinear(picture: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(B, H, W) read at x, y (B, h, w), which must lie in the picture and before its last pixel: (B, h, w)."""
    width = picture.shape[2]
    column, row = x.floor(), y.floor()
    right, below = x - column, y - row
    index = (row * width + column).long().flatten(1)
    flat = picture.flatten(1)
    here, beside, under, across = (flat.gather(1, index + step).view(x.shape) for step in (0, 1, width, width + 1))
    return _mixed(here, beside, under, across, right, below)


def _mixed(here: Tensor, beside: Tensor, under: Tensor, across: Tensor, right: Tensor, below: Tensor) -> Tensor:
    return (1 - below) * ((1 - right) * here + right * beside) + below * ((1 - right) * under + right * across)


@cache
def _sweep(rows: int, columns: int, backwards: bool, device: torch.device) -> tuple[tuple[Tensor, Tensor], ...]:
    """The order of the search: patches in groups searched at once, since all they are told is known by then.

    A patch hears from its neighbours to the left and above, backwards from those to the right and below.

    Returns:
        per group of n patches: their numbers (n,), and (3 n,) the patches whose displacements they try: themselves,
        the neighbours in the row, those in the column (themselves where there is none).
    """
    band = -(-rows // BANDS)
    turn = -1 if backwards else 1
    groups: dict[int, list[tuple[int, int, int]]] = {}
    for row in range(rows):
        end = min((row // band + 1) * band, rows)
        before = end - 1 - row if backwards else row % band  # rows of its band that come first
        for at in range(columns):
            patch = row * columns + (columns - 1 - at if backwards else at)
            tries = patch, patch - turn if at else patch, patch - turn * columns if before else patch
            groups.setdefault(at + before, []).append(tries)
    tried = [torch.tensor(groups[step], device=device).T for step in sorted(groups)]  # (3, n) each
    return tuple((numbers[0].contiguous(), numbers.flatten()) for numbers in tried)


class PatchSearch:
    """The patches of one pyramid level of B pairs of pictures.

    Args:
        first, second: (B, H, W) float32 grey levels, sides multiples of the stride.
    """

    def __init__(self, first: Tensor, second: Tensor) -> None:
        self._first, self._second = first, second
        self._height, self._width = first.shape[1:]
        self._rows, self._columns = ((side - PATCH) // STRIDE + 1 for side in first.shape[1:])
        across, down = (_cut(picture) for picture in sobel(first))
        xx, xy, yy = ((a * b).sum(-1, keepdim=True) for a, b in ((across, across), (across, down), (down, down)))
        determinant = xx * yy - xy * xy
        determinant = determinant.where(determinant.abs() >= FLAT, FLAT)
        across, down = (slope - slope.mean(-1, keepdim=True) for slope in (across, down))
        # (B, P, 3, 64): the patch, and what a grey level at each pixel adds to the step across and down.
        self._patches = torch.stack(
            [_cut(first), (yy * across - xy * down) / determinant, (xx * down - xy * across) / determinant], dim=2
        )
        self._padded = pad(second[:, None], [BORDER] * 4, mode="replicate").flatten(1)
        device, self._pitch = first.device, self._width + 2 * BORDER
        numbers = torch.arange(self._rows * self._columns, device=device)
        corners = torch.stack([numbers % self._columns, numbers // self._columns], dim=-1)  # (P, 2) x, y
        self._corners = (corners * STRIDE + BORDER).float()
        steps = torch.arange(PATCH + 1, device=device)
        self._window = (steps[:, None] * self._pitch + steps).flatten()  # (81,)

    def search(self, flow: Tensor) -> Tensor:
        """(B, 2, H, W) flow to start from -> (B, P, 2) displacement of the patches, x and y."""
        middle = PATCH // 2
        start = flow[:, :, middle::STRIDE, middle::STRIDE][:, :, : self._rows, : self._columns]
        found = start.flatten(2).transpose(1, 2).contiguous()
        for backwards in (False, True):
            for patches, tries in _sweep(self._rows, self._columns, backwards, flow.device):
                found[:, patches] = self._descend(patches, found[:, tries])
        return found

    def _descend(self, numbers: Tensor, tries: Tensor) -> Tensor:
        """The best of three displacements each, (B, 3 n, 2), improved: (B, n, 2)."""
        patches, corners = self._patches[:, numbers], self._corners[numbers]
        steepest = patches[:, :, 1:]
        size = len(numbers)
        error = self._left(patches.repeat(1, 3, 1, 1), corners.repeat(3, 1), tries)[1]
        chosen, best = tries[:, :size], error[:, :size]
        for other in (1, 2):
            part = slice(other * size, (other + 1) * size)
            better = error[:, part] < best
            chosen = torch.where(better[..., None], tries[:, part], chosen)
            best = torch.where(better, error[:, part], best)
        place, running, before = chosen, torch.ones_like(best, dtype=torch.bool), torch.full_like(best, torch.inf)
        for _ in range(STEPS):
            left, error = self._left(patches, corners, place)
            place = place - (steepest * left[:, :, None]).sum(-1) * running[..., None]
            running = running & (error < before)  # the step that did not help is taken all the same, and is the last
            before = error
        near = torch.linalg.vector_norm(place - chosen, dim=-1, keepdim=True) <= PATCH
        return torch.where(near, place, chosen)

    def _left(self, patches: Tensor, corners: Tensor, moved: Tensor) -> tuple[Tensor, Tensor]:
        """Second picture at displacements (B, n, 2) minus the patches: (B, n, 64), and (B, n) its squared sum about
        its mean."""
        x, y = (corners + moved).unbind(-1)
        x = x.clamp(BORDER - PATCH + 1, BORDER + self._width - 1)
        y = y.clamp(BORDER - PATCH + 1, BORDER + self._height - 1)
        column, row = x.floor(), y.floor()
        right, below = (x - column)[..., None, None], (y - row)[..., None, None]
        index = (row * self._pitch + column).long()[..., None] + self._window
        near = self._padded.gather(1, index.flatten(1)).view(*x.shape, PATCH + 1, PATCH + 1)
        corner, rest = slice(None, -1), slice(1, None)
        sampled = _mixed(*(near[..., a, b] for a in (corner, rest) for b in (corner, rest)), right, below)
        left = sampled.flatten(2) - patches[:, :, 0]
        return left, left.square().sum(-1) - left.sum(-1).square() / PIXELS

    def densified(self, found: Tensor) -> Tensor:
        """(B, P, 2) displacements of patches -> (B, 2, H, W): the mean of the patches that cover a pixel, each
        weighted by one over the difference of grey levels it leaves there, which counts from one on."""
        grid = found.transpose(1, 2).reshape(len(found), 2, self._rows, self._columns)
        y = torch.arange(self._height, device=found.device)
        x = torch.arange(self._width, device=found.device)
        total, weights = torch.zeros((), device=found.device), torch.zeros((), device=found.device)
        for up in range(PATCH // STRIDE):
            rows = y // STRIDE - up
            for aside in range(PATCH // STRIDE):
                columns = x // STRIDE - aside
                covered = ((rows >= 0) & (rows < self._rows))[:, None] & (columns >= 0) & (columns < self._columns)
                vectors = grid[:, :, rows.clamp(0, self._rows - 1)][..., columns.clamp(0, self._columns - 1)]
                # A little before the last pixel, as its right neighbour is read too.
                at_x = (x + vectors[:, 0]).clamp(0, self._width - 1.001)
                at_y = (y[:, None] + vectors[:, 1]).clamp(0, self._height - 1.001)
                left = bilinear(self._second, at_x, at_y) - self._first
                weight = (covered / left.abs().clamp(min=1))[:, None]
                total, weights = total + weight * vectors, weights + weight
        return total / weights


def _cut(picture: Tensor) -> Tensor:
    """(B, H, W) -> (B, P, 64), the patches row by row."""
    return picture.unfold(1, PATCH, STRIDE).unfold(2, PATCH, STRIDE).reshape(len(picture), -1, PIXELS)
