"""One-dimensional convolutions written as matrix products, for networks that are run side by side on a CPU.

`vmap` turns convolutions into grouped ones, which CPUs do slowly, and matrix products into batched ones, which they do
well. The parameters keep their names and shapes; values agree up to the order of sums.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from spotcore.models.dilated import ZeroSumConvolution


class _Unfolded(nn.Module):
    """A Conv1d without stride, padding and groups: (B, C, L) -> (B, C', L - dilation * (kernel - 1))."""

    def __init__(self, convolution: nn.Conv1d) -> None:
        super().__init__()
        self.weight, self.bias = convolution.weight, convolution.bias
        self.kernel, self.dilation = convolution.kernel_size[0], convolution.dilation[0]
        self.zero_sum = isinstance(convolution, ZeroSumConvolution)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        weight = self.weight - self.weight.mean(dim=2, keepdim=True) if self.zero_sum else self.weight
        last = values.transpose(1, 2)  # (B, L, C)
        count = last.shape[1] - self.dilation * (self.kernel - 1)
        taps = [last[:, k * self.dilation : k * self.dilation + count] for k in range(self.kernel)]
        return F.linear(torch.cat(taps, dim=2), weight.permute(0, 2, 1).flatten(1), self.bias).transpose(1, 2)


class _PlainNorm(nn.Module):
    """A BatchNorm1d in training mode on (B, C, L), written out; its batched form copies everything twice."""

    def __init__(self, norm: nn.BatchNorm1d) -> None:
        super().__init__()
        self.weight, self.bias, self.eps, self.momentum = norm.weight, norm.bias, norm.eps, norm.momentum
        for name, values in norm.named_buffers():
            self.register_buffer(name, values)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        variance, mean = torch.var_mean(values, dim=(0, 2), correction=0)
        count = values.shape[0] * values.shape[2]
        with torch.no_grad():
            kept, new = 1 - self.momentum, self.momentum
            self.running_mean.mul_(kept).add_(mean.detach(), alpha=new)
            self.running_var.mul_(kept).add_(variance.detach(), alpha=new * count / (count - 1))
            self.num_batches_tracked += 1
        scale = self.weight * (variance + self.eps).rsqrt()
        return values * scale[:, None] + (self.bias - mean * scale)[:, None]


def unfolded(network: nn.Module) -> nn.Module:
    """The network with its plain one-dimensional convolutions and norms replaced, in place; for training only."""
    for name, part in network.named_children():
        if isinstance(part, nn.Conv1d) and part.stride == (1,) and part.padding == (0,) and part.groups == 1:
            setattr(network, name, _Unfolded(part))
        elif type(part) is nn.BatchNorm1d:
            setattr(network, name, _PlainNorm(part))
        else:
            unfolded(part)
    return network
