"""Processor time and memory of this process and its children, while they live."""

from __future__ import annotations

import dataclasses
import os
import re
import resource
import sys
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Usage:
    """Processor seconds of the living children; largest resident memory of this process and them, in MB."""

    children: float
    peak_mb: float

    @staticmethod
    def now() -> Usage:
        """What has been used up to this moment."""
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cpu, peak = 0.0, largest / (2**20 if sys.platform == "darwin" else 2**10)
        # An extraction starts a process on Linux only, which tells about it here.
        for listed in Path("/proc/self/task").glob("*/children"):
            for child in listed.read_text().split():
                stat = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                cpu += (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
                kilobytes = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child}/status").read_text())
                peak += int(kilobytes[1]) / 2**10 if kilobytes else 0.0  # a child that has just ended has none
        return Usage(cpu, peak)
