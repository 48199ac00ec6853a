"""What a version remembers of its training, and what a job says about types it could not learn."""

from __future__ import annotations

from spotcore.probabilities import Calibration
from spotcore.training.checkpoint import CheckpointInfo
from tests.spotcore.trace_examples import KIND
from webapp.jobs.train_model import _kept_heads, lineage_of

TABLE = Calibration({"macro": (0.0,), "micro": (0.0,)}, {"macro": (1.0,), "micro": (1.0,)}, "two minutes of footage")
KEPT = "only 3 micro events to train on, 10 are needed: its micro proposals stay those of the start"
INFO = CheckpointInfo(
    "dilated", {}, KIND, calibration=TABLE,
    training={"seconds": 61.5, "best_epoch": 4, "notes": [KEPT, "25 % tuned"], "roles": {"person 7": "train"},
              "settings": {"epochs": 8, "network": "{}", "warm_start": "/somewhere"}},
)  # fmt: skip


def test_the_lineage_holds_settings_hardware_time_and_calibration_but_neither_paths_nor_people():
    made = lineage_of(INFO, "tune", "two cores")
    assert (made["origin"], made["preset"], made["hardware"], made["seconds"]) == ("trained", "tune", "two cores", 61.5)
    assert made["training"] == {"epochs": 8}
    assert made["calibration"] == "two minutes of footage"
    assert "person 7" not in str(made)
    assert "/somewhere" not in str(made)


def test_a_type_that_kept_its_head_is_said_in_a_sentence():
    assert _kept_heads(INFO) == [f"O{KEPT[1:]}."]
