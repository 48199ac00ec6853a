"""Two networks never learn at once in one worker."""

import threading

import pytest

from spotcore.errors import Cancelled
from webapp.jobs import learning


def test_the_second_waits_for_the_first_and_can_be_taken_back_meanwhile(monkeypatch):
    monkeypatch.setattr(learning, "WAIT_SECONDS", 0.01)
    order, waiting = [], threading.Event()

    def second():
        with learning.alone(lambda done, total: waiting.set()):
            order.append("second")

    def stop(done, total):
        raise Cancelled("taken back")

    with learning.alone(stop):  # nothing learns: it is not asked
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        with pytest.raises(Cancelled), learning.alone(stop):
            pytest.fail("two at once")
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
