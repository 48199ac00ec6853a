"""The bench of frames measures a real server, and what it measured came from real packs."""

from __future__ import annotations

from tests import barcode
from webapp.bench.frames import measure


def test_the_bench_starts_a_server_cuts_every_pack_and_reads_it_back(tmp_path):
    made = barcode.make("constant rate", tmp_path)
    measured = measure(made.path, tmp_path / "data", requests=5)
    assert (measured["packs"], measured["frames"], measured["width"]) == (3, 70, 320)
    assert measured["pack_kilobytes"] > 10
    for name in ("pack_on_demand_ms", "pack_from_disk_ms", "smallest_request_ms"):
        assert 0 < measured[name]["p50"] <= measured[name]["p95"]
    assert len(list((tmp_path / "data" / "packs").rglob("*.gpk"))) == 3
