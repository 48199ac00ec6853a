"""`bench loso`: one training step of all folds side by side against one by one, on made-up data."""

from __future__ import annotations

import argparse

from spotcore.errors import InvalidSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Milliseconds of a step (forward, backward, AdamW) of all folds, both ways, and their ratio."
    parser.add_argument("--folds", type=int, default=22, help="networks (22, the subjects of CAS(ME)^2)")
    parser.add_argument("--architectures", nargs="+", default=["spot_gcn", "dilated"],
                        choices=("spot_gcn", "spotformer", "dilated"))  # fmt: skip
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--threads", type=int, metavar="N", help="of the processor (torch decides)")


def run(arguments: argparse.Namespace) -> dict[str, object]:
    """Figures of one run: architecture -> both times and their ratio."""
    import torch

    from spotcore.device import choose_device
    from spotcore.models.bench_folds import measure

    if arguments.folds < 1:
        raise InvalidSettings(f"--folds: expected 1 or more, got {arguments.folds}")
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    device = choose_device(arguments.device)
    return {name: measure(name, arguments.folds, device) for name in arguments.architectures}
