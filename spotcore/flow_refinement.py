"""Variational refinement of many flow fields at once on torch: the second half of DIS flow.

One linearisation about the flow that `patch_search` found: brightness and its gradient should stay, both divided by
the local slopes so that what is left counts in pixels, and neighbours should move alike, all under robust weights
(Brox et al. 2004). Red-black successive over-relaxation solves it. Discretisation and parameters are those of
`cv2.VariationalRefinement` under the DIS presets, which a test keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import pad

from spotcore.patch_search import bilinear

SMOOTHNESS, BRIGHTNESS, GRADIENT = 20.0, 5.0, 10.0  # alpha, delta and gamma of the presets
OMEGA = 1.6
SOLVER_STEPS = 5
EPSILON = 0.01  # below it robust weights stop growing
SLOPE_FLOOR = 0.1
FRACTIONS = 32  # positions between two pixels that OpenCV's remap knows


def refined(first: Tensor, second: Tensor, flow: Tensor, iterations: int) -> Tensor:
    """The flow after variational refinement.

    Args:
        first, second: (B, H, W) float32 grey levels.
        flow: (B, 2, H, W) pixels, x and y.
        iterations: how often the robust weights are computed anew; with 0 the flow stays as it is.

    Returns:
        (B, 2, H, W).
    """
    if iterations == 0:
        return flow
    x, y = places(first, flow)
    warped = remapped(second, x, y)
    pixels = _Pixels.of((first + warped) / 2, warped - first)
    change = torch.zeros_like(flow)
    for _ in range(iterations):
        change = _solved(_with_springs(pixels.equations(change), flow, change), change)
    return flow + change


def places(picture: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """Where the pixels of (B, H, W) go with a flow (B, 2, H, W): x and y, each (B, H, W)."""
    height, width = picture.shape[1:]
    x = torch.arange(width, device=flow.device) + flow[:, 0]
    return x, torch.arange(height, device=flow.device)[:, None] + flow[:, 1]


def remapped(picture: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(B, H, W) read at x, y (B, h, w), which are rounded as OpenCV's remap does; edge pixels go on outside."""
    height, width = picture.shape[1:]
    padded = pad(picture[:, None], (0, 1, 0, 1), mode="replicate")[:, 0]
    x, y = (torch.round(place * FRACTIONS) / FRACTIONS for place in (x, y))
    return bilinear(padded, x.clamp(0, width - 1), y.clamp(0, height - 1))


def _across(picture: Tensor) -> Tensor:
    """Right neighbour minus left, (B, H, W): twice the slope; edges are repeated."""
    padded = pad(picture[:, None], (1, 1, 0, 0), mode="replicate")[:, 0]
    return padded[:, :, 2:] - padded[:, :, :-2]


def _down(picture: Tensor) -> Tensor:
    padded = pad(picture[:, None], (0, 0, 1, 1), mode="replicate")[:, 0]
    return padded[:, 2:] - padded[:, :-2]


@dataclass(frozen=True)
class _Equations:
    """Two linear equations per pixel for the change (u, v), all (B, H, W): a11 u + a12 v = b1 + what the springs pull,
    a12 u + a22 v = b2 + what they pull. `right` and `down` are the springs to the right and lower neighbour."""

    a11: Tensor
    a12: Tensor
    a22: Tensor
    b1: Tensor
    b2: Tensor
    right: Tensor
    down: Tensor

    def pulled(self, field: Tensor) -> Tensor:
        """Sum of the four neighbours of (B, H, W), each times the strength of its spring."""
        forwards = self.right[..., :-1] * field[..., 1:], self.down[:, :-1] * field[:, 1:]
        backwards = self.right[..., :-1] * field[..., :-1], self.down[:, :-1] * field[:, :-1]
        return (
            pad(forwards[0], (0, 1)) + pad(backwards[0], (1, 0))
            + pad(forwards[1], (0, 0, 0, 1)) + pad(backwards[1], (0, 0, 1, 0))
        )  # fmt: skip


@dataclass(frozen=True)
class _Pixels:
    """Derivatives (B, H, W) of the mean picture (x, y) and of the change of brightness from one to the other (t)."""

    x: Tensor
    y: Tensor
    t: Tensor
    xx: Tensor
    xy: Tensor
    yy: Tensor
    xt: Tensor
    yt: Tensor

    @classmethod
    def of(cls, mean: Tensor, t: Tensor) -> _Pixels:
        x, y = _across(mean), _down(mean)
        return cls(x, y, t, _across(x), _down(x), _down(y), _across(t), _down(t))

    def equations(self, change: Tensor) -> tuple[Tensor, ...]:
        """a11, a12, a22, b1, b2 of the pixels alone, weighted by what the change (B, 2, H, W) so far leaves."""
        u, v = change.unbind(1)
        floor, epsilon2 = SLOPE_FLOOR**2, EPSILON**2
        rows = []  # per constraint: weight, its two coefficients, its right side
        norm = self.x.square() + self.y.square() + floor
        left = self.t + self.x * u + self.y * v
        weight = BRIGHTNESS / 2 / torch.sqrt(left.square() / norm + epsilon2)
        rows.append((weight / norm, self.x, self.y, self.t))
        norms = [(self.xx.square() + self.xy.square() + floor), (self.xy.square() + self.yy.square() + floor)]
        lefts = [self.xt + self.xx * u + self.xy * v, self.yt + self.xy * u + self.yy * v]
        size = sum(left.square() / norm for left, norm in zip(lefts, norms, strict=True))
        weight = GRADIENT / 2 / torch.sqrt(size + epsilon2)
        rows += [(weight / norms[0], self.xx, self.xy, self.xt), (weight / norms[1], self.xy, self.yy, self.yt)]
        return (
            sum(w * a * a for w, a, _, _ in rows) + floor,
            sum(w * a * b for w, a, b, _ in rows),
            sum(w * b * b for w, _, b, _ in rows) + floor,
            -sum(w * a * t for w, a, _, t in rows),
            -sum(w * b * t for w, _, b, t in rows),
        )


def _with_springs(pixels: tuple[Tensor, ...], flow: Tensor, change: Tensor) -> _Equations:
    """Neighbours pull on the whole flow, so on what is there already as well as on the change."""
    a11, a12, a22, b1, b2 = pixels
    total = flow + change
    aside = pad(total.diff(dim=3), (0, 1)).square().sum(1)
    below = pad(total.diff(dim=2), (0, 0, 0, 1)).square().sum(1)
    spring = SMOOTHNESS / 2 / torch.sqrt(aside + below + EPSILON**2)  # (B, H, W)
    right = pad(spring[..., :-1], (0, 1))  # the last column has no right neighbour, the last row no lower one
    down = pad(spring[:, :-1], (0, 0, 0, 1))
    springs = right + down + pad(right[..., :-1], (1, 0)) + pad(down[:, :-1], (0, 0, 1, 0))
    bare = _Equations(a11 + springs, a12, a22 + springs, b1, b2, right, down)
    u, v = flow.unbind(1)
    return _Equations(
        bare.a11, a12, bare.a22, b1 + bare.pulled(u) - springs * u, b2 + bare.pulled(v) - springs * v, right, down
    )


@cache
def _chessboard(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    red = (torch.arange(height, device=device)[:, None] + torch.arange(width, device=device)) % 2 == 0
    return red, ~red


def _solved(equations: _Equations, change: Tensor) -> Tensor:
    u, v = change.unbind(1)
    for _ in range(SOLVER_STEPS):
        for colour in _chessboard(*u.shape[1:], u.device):
            step = (equations.pulled(u) + equations.b1 - equations.a12 * v) / equations.a11 - u
            u = torch.where(colour, u + OMEGA * step, u)
            step = (equations.pulled(v) + equations.b2 - equations.a12 * u) / equations.a22 - v
            v = torch.where(colour, v + OMEGA * step, v)
    return torch.stack([u, v], dim=1)
