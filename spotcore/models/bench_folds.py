"""How much faster the folds of leave-one-subject-out train side by side than one after the other, on made-up data.

`python -m spotcore.models.bench_folds --folds 22 --json`; needs torch and numpy only, so it runs on a bare GPU machine.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Callable

import torch

from spotcore.models import build_network
from spotcore.models.stacked import StackedNetworks

SEGMENTS, SEGMENT = 8, 16


def measure(architecture: str, folds: int, device: torch.device, steps: int = 5) -> dict[str, object]:
    """Milliseconds of one step (forward, backward, AdamW) of all folds, both ways; the best of `steps`."""
    torch.manual_seed(0)
    networks = [build_network(architecture).to(device).train() for _ in range(folds)]
    shape = (SEGMENTS * SEGMENT, networks[0].window, 10, 2)
    if networks[0].input == "traces":
        shape = (SEGMENTS, SEGMENT + 2 * networks[0].context, 10, 2)
    given = torch.randn(folds, *shape, device=device)
    stacked = StackedNetworks([copy.deepcopy(network) for network in networks], device)
    alone = [(network, torch.optim.AdamW(network.parameters())) for network in networks]
    joint = torch.optim.AdamW(stacked.parameters.values())

    def one_by_one() -> None:
        for index, (network, optimizer) in enumerate(alone):
            optimizer.zero_grad(set_to_none=True)
            network(given[index]).logits.square().mean().backward()
            optimizer.step()

    def side_by_side() -> None:
        joint.zero_grad(set_to_none=True)
        stacked(given)[0].square().mean(dim=(1, 2)).sum().backward()
        joint.step()

    single, together = (_milliseconds(call, device, steps) for call in (one_by_one, side_by_side))
    return {
        "architecture": architecture,
        "folds": folds,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "one_by_one_ms": round(single, 2),
        "together_ms": round(together, 2),
        "ratio": round(single / together, 2),
    }


def _milliseconds(call: Callable[[], None], device: torch.device, steps: int) -> float:
    best = float("inf")
    for step in range(steps + 1):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        began = time.perf_counter()
        call()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if step:  # the first call pays for start-up
            best = min(best, time.perf_counter() - began)
    return 1000 * best


def main() -> None:
    """Print one line per architecture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=22)
    parser.add_argument("--architectures", nargs="+", default=["spot_gcn", "dilated"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    for architecture in arguments.architectures:
        answer = measure(architecture, arguments.folds, device)
        print(json.dumps(answer) if arguments.json else "  ".join(f"{k} {v}" for k, v in answer.items()), flush=True)


if __name__ == "__main__":
    main()
