"""Two networks never learn at once on one device of a host."""

import subprocess
import sys
import tempfile
import threading

import pytest

from spotcore import device
from spotcore.errors import Cancelled
from tests.servers import ROOT
from webapp.jobs import context, learning
from webapp.settings import Settings

# A worker in the middle of a training: says so, and learns until it is killed.
LEARNING = """
from pathlib import Path
from webapp.jobs import context, learning
from webapp.settings import Settings
context.serve(Settings(Path("."), "sqlite://", device="cpu"), None)
with learning.alone(lambda done, total: None):
    print("learns", flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def host(tmp_path, monkeypatch):
    """A host of its own: its folder of temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(learning, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(context, "_current", context.JobContext(Settings(tmp_path, "sqlite://", device="cpu"), None))


def stop(done, total):
    raise Cancelled("taken back")


def test_the_second_waits_for_the_first_and_can_be_taken_back_meanwhile():
    order, waiting = [], threading.Event()

    def second():
        with learning.alone(lambda done, total: waiting.set()):
            order.append("second")

    with learning.alone(stop):  # nothing learns: it is not asked
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        with pytest.raises(Cancelled), learning.alone(stop):
            pytest.fail("two at once")
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_another_worker_of_the_host_waits_too_until_the_first_one_ends_or_is_killed():
    process = subprocess.Popen(
        [sys.executable, "-c", LEARNING], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"learns\n"
        with pytest.raises(Cancelled), learning.alone(stop):
            pytest.fail("two at once on one device")
    finally:
        process.kill()
        process.communicate()
    with learning.alone(stop):
        pass


def test_who_learns_on_another_device_is_not_waited_for(monkeypatch):
    began = threading.Event()

    def elsewhere():
        with learning.alone(stop):
            began.set()

    with learning.alone(stop):
        monkeypatch.setattr(device, "device_identity", lambda wanted: "gpu-1234")
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(10)
    assert began.is_set()
