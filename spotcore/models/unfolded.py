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


def unfolded(network: nn.Module) -> nn.Module:
    """The network with its plain one-dimensional convolutions replaced, in place."""
    for name, part in network.named_children():
        if isinstance(part, nn.Conv1d) and part.stride == (1,) and part.padding == (0,) and part.groups == 1:
            setattr(network, name, _Unfolded(part))
        else:
            unfolded(part)
    return network
