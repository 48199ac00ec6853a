"""Networks side by side: the same architecture with weights of its own F times, as one batched computation."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch.func import functional_call, stack_module_state, vmap

from spotcore.models.layers import SpottingNetwork
from spotcore.models.unfolded import unfolded


class StackedNetworks:
    """F networks of one architecture as one computation.

    Attributes:
        parameters, buffers: name -> (F, ...) tensors.
    """

    def __init__(self, networks: Sequence[SpottingNetwork], device: torch.device) -> None:
        self._single = copy.deepcopy(networks[0]).to(device)
        twin = unfolded(copy.deepcopy(networks[0])) if device.type == "cpu" else copy.deepcopy(networks[0])
        self._shape = twin.to("meta").train()
        # Fixed matrices are the same in every fold and stay out of the stack.
        self._fixed = {n: b.to(device) for n, b in networks[0].named_buffers() if n not in networks[0].state_dict()}
        parameters, buffers = stack_module_state(list(networks))
        self.parameters = {n: p.detach().to(device).requires_grad_() for n, p in parameters.items()}
        self.buffers = {n: b.to(device) for n, b in buffers.items() if n not in self._fixed}

    def __call__(self, windows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(F, B, ...) inputs -> logits (F, B, 10) and feature (F, B, C), in training mode."""

        def one(parameters, buffers, inputs):
            return tuple(functional_call(self._shape, (parameters, buffers, self._fixed), (inputs,)))

        return vmap(one, randomness="different")(self.parameters, self.buffers, windows)

    def network(self, index: int) -> SpottingNetwork:
        """Network `index` in evaluation mode; the same object every time, refilled."""
        state = {**self.parameters, **self.buffers}
        self._single.load_state_dict({name: values[index].detach() for name, values in state.items()})
        return self._single.eval()


class SingleNetwork:
    """One network with the interface of `StackedNetworks`, F = 1: training one by one, nothing batched."""

    def __init__(self, network: SpottingNetwork, device: torch.device) -> None:
        self._network = network.to(device)
        self.parameters = dict(network.named_parameters())

    def __call__(self, windows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, feature = self._network.train()(windows[0])
        return logits[None], feature[None]

    def network(self, index: int) -> SpottingNetwork:
        return self._network.eval()
