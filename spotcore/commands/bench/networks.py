"""`bench networks`: what each architecture costs, untrained, at its default settings."""

from __future__ import annotations

import argparse

FRAMES_PER_HOUR = 30 * 3600
CLIPS_PER_FRAME = 2  # clips of faces overlap by half (METHODS section 6)
ARCHITECTURES = ("spot_gcn", "spotformer", "dilated", "fesnet")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Network time alone: flow, or cutting of faces, comes on top (bench spot, bench flow)."
    parser.add_argument("--architectures", nargs="+", default=list(ARCHITECTURES), choices=ARCHITECTURES,
                        help="which (all)")  # fmt: skip
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--threads", type=int, metavar="N", help="of the processor (torch decides)")
    parser.add_argument("--windows", nargs="+", type=int, default=[17], choices=(5, 11, 17, 25),
                        help="of the networks over flow windows (17)")  # fmt: skip


def run(arguments: argparse.Namespace) -> dict[str, object]:
    """Figures of one run: architecture -> cost."""
    import torch

    from spotcore.device import choose_device

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    device = choose_device(arguments.device)
    return {
        "threads": torch.get_num_threads(),
        "networks": {
            name: costs
            for architecture in arguments.architectures
            for name, costs in _costs(architecture, arguments.windows, device)
        },
    }


def _costs(architecture: str, windows: list[int], device: object) -> list[tuple[str, dict[str, object]]]:
    from spotcore.models import build_network
    from spotcore.models.cost import cost

    if not hasattr(build_network(architecture).settings, "window"):
        networks = [(architecture, build_network(architecture))]
    else:
        networks = [(f"{architecture} window {w}", build_network(architecture, {"window": w})) for w in windows]
    found = []
    for name, network in networks:
        costs = cost(network, device)
        times = CLIPS_PER_FRAME if network.input == "face clips" else 1
        hour = costs["ms_per_frame"] / 1000 * FRAMES_PER_HOUR * times
        found.append((name, {**costs, "seconds_per_hour_of_video": round(hour, 1)}))
    return found
