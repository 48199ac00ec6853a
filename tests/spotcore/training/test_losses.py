"""Losses against slow, obvious versions written with loops from METHODS section 3."""

from __future__ import annotations

import math

import pytest
import torch

from spotcore.training import losses


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(3)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_soft_focal_equals_the_slow_version(generator):
    logits = torch.randn(40, generator=generator, dtype=torch.float64) * 3
    target = (torch.rand(40, generator=generator, dtype=torch.float64) - 0.5).clamp(min=0)
    mask = torch.rand(40, generator=generator) < 0.7
    terms = []
    for x, y, counts in zip(logits.tolist(), target.tolist(), mask.tolist(), strict=True):
        p = sigmoid(x)
        if counts:
            terms.append(-0.9 * abs(y - p) * math.log(p) if y > 0 else -0.1 * abs(p - 0.16) * math.log(1 - p))
    assert losses.soft_focal(logits, target, 0.9, mask).item() == pytest.approx(sum(terms) / len(terms))


def test_negatives_rest_where_the_probability_is_016():
    at_rest = torch.tensor([math.log(0.16 / 0.84)])
    value = losses.soft_focal(at_rest, torch.zeros(1), 0.9, torch.ones(1, dtype=torch.bool))
    assert value.item() == pytest.approx(0, abs=1e-7)


def test_soft_focal_stays_finite_for_certain_mistakes():
    logits, target = torch.tensor([-200.0, 200.0], requires_grad=True), torch.tensor([1.0, 0.0])
    value = losses.soft_focal(logits, target, 0.9, torch.ones(2, dtype=torch.bool))
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("name", ["focal", "cross_entropy"])
def test_boundary_losses_equal_the_slow_version(generator, name):
    logits = torch.randn(40, 3, generator=generator, dtype=torch.float64)
    target = torch.randint(0, 3, (40,), generator=generator)
    mask = torch.rand(40, generator=generator) < 0.7
    terms = []
    for row, y, counts in zip(logits.tolist(), target.tolist(), mask.tolist(), strict=True):
        p = math.exp(row[y]) / sum(math.exp(x) for x in row)
        if counts:
            terms.append(-math.log(p) * ((0.45, 0.45, 0.10)[y] * (1 - p) if name == "focal" else 1))
    value = losses.BOUNDARY_LOSSES[name](logits, target, mask)
    assert value.item() == pytest.approx(sum(terms) / len(terms))


@pytest.mark.parametrize(("temperature", "balanced"), [(0.5, False), (0.07, False), (0.5, True)])
def test_the_contrastive_loss_equals_the_slow_version(generator, temperature, balanced):
    feature = torch.randn(12, 5, generator=generator, dtype=torch.float64)
    group = torch.tensor([0, 0, 0, 0, 1, 1, 1, 2, 0, 0, 1, 0])
    mask = torch.ones(12, dtype=torch.bool)
    mask[9] = False
    kept = [i for i in range(12) if mask[i]]
    terms: dict[int, list[float]] = {}
    for i in kept:
        others = [j for j in kept if j != i]
        weights = {j: math.exp(float(feature[i] @ feature[j]) / temperature) for j in others}
        same = [j for j in others if group[j] == group[i]]
        if same:
            term = -sum(math.log(weights[j] / sum(weights.values())) for j in same) / len(same)
            terms.setdefault(int(group[i]), []).append(term)
    groups = list(terms.values()) if balanced else [[term for found in terms.values() for term in found]]
    expected = temperature / 0.07 * sum(sum(found) / len(found) for found in groups) / len(groups)
    value = losses.supervised_contrastive(feature, group, mask, temperature, balanced)
    assert value.item() == pytest.approx(expected)


def test_without_a_frame_that_counts_every_loss_is_zero_with_a_finite_gradient(generator):
    logits = torch.randn(4, 5, generator=generator, requires_grad=True)
    nothing = torch.zeros(4, dtype=torch.bool)
    labels = torch.zeros(4, dtype=torch.int64)
    total = losses.type_loss(
        logits, labels, torch.zeros(4), torch.zeros(4), nothing, boundary_loss="focal", apex_weight=1.0
    ) + losses.supervised_contrastive(logits, labels, nothing)
    total.backward()
    assert total.item() == 0
    assert (logits.grad == 0).all()


def test_the_loss_of_a_type_weighs_its_parts_as_published(generator):
    logits = torch.randn(20, 5, generator=generator)
    boundary = torch.randint(0, 3, (20,), generator=generator)
    apex, action = torch.rand(20, generator=generator), torch.rand(20, generator=generator).round()
    mask = torch.ones(20, dtype=torch.bool)
    expected = (
        1.8 * losses.soft_focal(logits[:, 3], apex, 0.90, mask)
        + losses.boundary_cross_entropy(logits[:, :3], boundary, mask)
        + 0.1 * losses.soft_focal(logits[:, 4], action, 0.80, mask)
    )
    value = losses.type_loss(logits, boundary, apex, action, mask, boundary_loss="cross_entropy", apex_weight=1.8)
    torch.testing.assert_close(value, expected)
