"""Losses as plain functions on tensors (METHODS section 3); each has a slow, obvious twin in the tests.

Every function takes a mask of frames that count and averages over those (the mean is a choice of ours); without any,
it is 0 and still differentiable.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from spotcore.targets import MACRO, MICRO, NEUTRAL, ONSET

REST = 0.16  # probability at which negatives of the focal loss rest
APEX_ALPHA, ACTION_ALPHA = 0.90, 0.80
BOUNDARY_ALPHA = (0.45, 0.45, 0.10)
TEMPERATURE, BASE_TEMPERATURE = 0.5, 0.07
GROUPS = (NEUTRAL, MACRO, MICRO)


def soft_focal(logits: torch.Tensor, target: torch.Tensor, alpha: float, mask: torch.Tensor) -> torch.Tensor:
    """Focal loss with soft targets, gamma 1, for apex and action curves.

    Where y > 0: -alpha |y - p| log p; elsewhere: -(1 - alpha) |p - 0.16| log(1 - p).

    Args:
        logits, target: (B,) float32, target in 0..1.
        alpha: weight of positives.
        mask: (B,) bool, frames that count.

    Returns:
        Scalar.
    """
    probability = torch.sigmoid(logits)
    positive = alpha * (target - probability).abs() * -F.logsigmoid(logits)
    negative = (1 - alpha) * (probability - REST).abs() * -F.logsigmoid(-logits)
    return _mean(torch.where(target > 0, positive, negative), mask)


def boundary_focal(logits: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Three-class focal loss as the papers give it, gamma 1, alpha .45 onset, .45 offset, .10 none.

    Args:
        logits: (B, 3).
        target: (B,) int64, 0 onset, 1 offset, 2 none.
        mask: (B,) bool.
    """
    log_probability = F.log_softmax(logits, dim=1).gather(1, target[:, None])[:, 0]  # (B,)
    alpha = logits.new_tensor(BOUNDARY_ALPHA)[target]
    return _mean(-alpha * (1 - log_probability.exp()) * log_probability, mask)


def boundary_cross_entropy(logits: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Plain cross-entropy, which the release uses; arguments as `boundary_focal`."""
    return _mean(F.cross_entropy(logits, target, reduction="none"), mask)


def supervised_contrastive(
    feature: torch.Tensor,
    group: torch.Tensor,
    mask: torch.Tensor,
    temperature: float = TEMPERATURE,
    balanced: bool = False,
) -> torch.Tensor:
    """Supervised contrastive loss over the batch, un-normalised features, scaled by tau / 0.07.

    For each frame with others of its group: minus the mean over those of log softmax over all other frames.

    Args:
        feature: (B, C) before the head.
        group: (B,) int64, 0 neutral, 1 macro, 2 micro.
        mask: (B,) bool.
        temperature: tau, 0.5 as published.
        balanced: each group counts the same; otherwise each frame does, and most frames are neutral.
    """
    # Masks instead of selections keep the shapes, so that the folds of `together` can share one computation.
    others = mask[:, None] & mask[None, :] & ~torch.eye(len(feature), dtype=torch.bool, device=feature.device)
    similarity = (feature @ feature.T / temperature).masked_fill(~others, torch.finfo(feature.dtype).min)
    same = (group[:, None] == group[None, :]) & others
    log_probability = (similarity - similarity.logsumexp(dim=1, keepdim=True)).masked_fill(~same, 0.0)
    counts = same.sum(dim=1)
    per_frame = -log_probability.sum(dim=1) / counts.clamp(min=1)
    if balanced:
        groups = [(counts > 0) & (group == kind) for kind in GROUPS]
        present = torch.stack([members.any() for members in groups]).to(per_frame.dtype)
        total = torch.stack([_mean(per_frame, members) for members in groups]).sum() / present.sum().clamp(min=1)
    else:
        total = _mean(per_frame, counts > 0)
    return temperature / BASE_TEMPERATURE * total


def _mean(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weight = mask.to(values.dtype)
    return (values * weight).sum() / weight.sum().clamp(min=1)


BOUNDARY_LOSSES = {"focal": boundary_focal, "cross_entropy": boundary_cross_entropy}


def type_loss(
    logits: torch.Tensor,
    boundary: torch.Tensor,
    apex: torch.Tensor,
    action: torch.Tensor,
    mask: torch.Tensor,
    *,
    boundary_loss: str,
    apex_weight: float,
) -> torch.Tensor:
    """apex_weight * apex + boundary + 0.1 * action of one expression type.

    Args:
        logits: (B, 5) in the order onset, offset, none, apex, action.
        boundary: (B,) int64; apex, action: (B,) float32; mask: (B,) bool.
    """
    return (
        apex_weight * soft_focal(logits[:, 3], apex, APEX_ALPHA, mask)
        + BOUNDARY_LOSSES[boundary_loss](logits[:, ONSET : ONSET + 3], boundary, mask)
        + 0.1 * soft_focal(logits[:, 4], action, ACTION_ALPHA, mask)
    )
