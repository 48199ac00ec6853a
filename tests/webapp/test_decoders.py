"""The pool of decoder processes: right frames, urgent ones first, and no crash reaches the server."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path

import pytest

from spotcore.errors import UnreadableVideo
from spotcore.packs import read_pack
from spotcore.video import probe
from tests import barcode
from webapp.decoders import AHEAD, ASKED, DecoderFailed, DecoderPool, Overloaded, Task
from webapp.frame_store import FrameStore, pack_name

WAIT = 60
HASH = "c" * 64

# A decoder under the test's control: it tells the order of its tasks, and stops at "gate" until it is let on.
SCRIPT = """
import json, os, sys
folder = sys.argv[1]
for line in sys.stdin.buffer:
    task = json.loads(line)
    name = task["name"]
    with open(folder + "/order", "a") as file:
        print(name, file=file)
    if name == "gate":
        open(folder + "/arrived", "w").close()
        open(folder + "/go").close()
    elif name == "crash":
        os._exit(9)
    elif name == "hang":
        sys.stdin.buffer.read()
    elif name == "babble":
        os.write(1, b"Segmentation fault\\n")
        continue
    os.write(1, json.dumps({"bytes": len(name)}).encode() + b"\\n" + name.encode())
"""


def task(name: str) -> Task:
    return Task("pack", HASH, name, "", None, "", 0, None, what=f"the frames of {name}")


@pytest.fixture
def scripted(tmp_path):
    """Makes pools of scripted decoders, one unless told otherwise; closes them."""
    pools = []
    for fifo in ("arrived", "go"):
        os.mkfifo(tmp_path / fifo)

    def make(count=1, **options) -> DecoderPool:
        command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
        pools.append(DecoderPool(FrameStore.at(tmp_path, 1000), processes=count, command=command, **options))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def real(tmp_path):
    pool = DecoderPool(FrameStore.at(tmp_path / "packs", 50_000_000), processes=2)
    yield pool
    pool.close()


def pack_task(made: barcode.Fixture, index: int, folder: Path) -> Task:
    table = folder / f"{made.path.name}.npz"
    if not table.exists():
        probe(made.path, made.rate).table.save(table)
    return Task("pack", HASH, pack_name(index, None), str(made.path), made.rate, str(table), index, None)


@pytest.mark.parametrize("name", ["B-frames", "folder with gaps"])
def test_packs_come_from_other_processes_and_are_kept(name, tmp_path, real):
    made = barcode.make(name, tmp_path)
    futures = [real.submit(pack_task(made, index, tmp_path)) for index in (2, 0, 1)]
    for index, future in zip((2, 0, 1), futures, strict=True):
        pack = read_pack(future.result(WAIT))
        numbers = [barcode.read_number(pack.decode(k)) if data else None for k, data in enumerate(pack.pictures)]
        assert numbers == list(made.numbers[32 * index : 32 * index + 32])
    store = FrameStore.at(tmp_path / "packs", 50_000_000)
    assert all(store.has(HASH, pack_name(index, None)) for index in range(3))


def test_what_a_video_deserves_to_hear_arrives_as_it_was_said(tmp_path, real):
    made = barcode.make("constant rate", tmp_path)
    given = pack_task(made, 1, tmp_path)
    made.path.unlink()
    with pytest.raises(UnreadableVideo, match="no such file"):
        real.submit(given).result(WAIT)


def test_a_task_nobody_foresaw_is_answered_with_a_sentence_and_the_next_one_is_done(tmp_path, real):
    made = barcode.make("constant rate", tmp_path)
    good = pack_task(made, 1, tmp_path)
    with pytest.raises(DecoderFailed, match="failed unexpectedly"):
        real.submit(replace(good, name="other", index="nonsense")).result(WAIT)
    assert read_pack(real.submit(good).result(WAIT)).header["first"] == 32


@pytest.mark.parametrize("name", ["crash", "babble"])
def test_a_crashed_decoder_is_replaced(scripted, name):
    pool = scripted()
    with pytest.raises(DecoderFailed, match=f"crashed while cutting the frames of {name}"):
        pool.submit(task(name)).result(WAIT)
    assert pool.submit(task("after")).result(WAIT) == b"after"


def test_a_hanging_decoder_is_stopped_and_replaced(scripted):
    pool = scripted(patience=0.5)
    with pytest.raises(DecoderFailed, match=r"longer than 0\.5 s"):
        pool.submit(task("hang")).result(WAIT)
    assert pool.submit(task("after")).result(WAIT) == b"after"


def test_a_machine_that_cannot_start_decoders_says_so(tmp_path):
    pool = DecoderPool(FrameStore.at(tmp_path, 1000), processes=1, command=["/nonexistent/decoder"])
    with pytest.raises(DecoderFailed, match="no decoder can be started"):
        pool.submit(task("x")).result(WAIT)
    pool.close()


def begin(pool: DecoderPool, folder: Path):
    """Occupy the decoder; returns the future of the task that holds it."""
    future = pool.submit(task("gate"))
    (folder / "arrived").open().close()  # opens as soon as the decoder has the task
    return future


def let_on(folder: Path) -> None:
    (folder / "go").open("w").close()


def test_what_was_asked_for_goes_before_what_is_fetched_ahead(scripted, tmp_path):
    pool = scripted()
    begin(pool, tmp_path)
    futures = [pool.submit(task(name), AHEAD) for name in ("ahead 1", "ahead 2", "wanted after all")]
    futures += [pool.submit(task(name), ASKED) for name in ("asked", "wanted after all")]
    let_on(tmp_path)
    for future in futures:
        future.result(WAIT)
    order = (tmp_path / "order").read_text().splitlines()
    assert order == ["gate", "wanted after all", "asked", "ahead 1", "ahead 2"]


def test_two_who_ask_for_the_same_get_it_from_one_cut(scripted, tmp_path):
    pool = scripted()
    first = begin(pool, tmp_path)
    others = [pool.submit(task(name)) for name in ("gate", "same", "same")]
    let_on(tmp_path)
    assert [future.result(WAIT) for future in (first, *others)] == [b"gate", b"gate", b"same", b"same"]
    assert (tmp_path / "order").read_text().splitlines() == ["gate", "same"]


def test_a_full_queue_refuses_and_fetching_ahead_gives_way(scripted, tmp_path):
    pool = scripted(limit=2)
    begin(pool, tmp_path)
    ahead = [pool.submit(task(f"ahead {k}"), AHEAD) for k in range(2)]
    with pytest.raises(Overloaded, match="2 requests"):
        pool.submit(task("ahead 3"), AHEAD)
    asked = [pool.submit(task("asked 1")), pool.submit(task("asked 2"))]
    for future in ahead:
        with pytest.raises(Overloaded, match="gave way"):
            future.result(WAIT)
    with pytest.raises(Overloaded):
        pool.submit(task("asked 3"))
    let_on(tmp_path)
    assert [future.result(WAIT) for future in asked] == [b"asked 1", b"asked 2"]


def test_what_nobody_waits_for_any_more_is_not_cut(scripted, tmp_path):
    pool = scripted(limit=2)
    begin(pool, tmp_path)
    left, kept = pool.submit(task("left")), pool.submit(task("kept"))
    left.cancel()
    more = pool.submit(task("more"))  # the queue has room again
    let_on(tmp_path)
    assert (kept.result(WAIT), more.result(WAIT)) == (b"kept", b"more")
    with pytest.raises(CancelledError):
        left.result(WAIT)
    assert (tmp_path / "order").read_text().splitlines() == ["gate", "kept", "more"]


def test_closing_answers_everybody(scripted, tmp_path):
    pool = scripted()
    held = begin(pool, tmp_path)
    waiting = pool.submit(task("late"))
    let_on(tmp_path)
    held.result(WAIT)
    pool.close()
    assert waiting.exception(WAIT) is None or isinstance(waiting.exception(WAIT), Overloaded)
    with pytest.raises(Overloaded, match="stopping"):
        pool.submit(task("x"))


OWNER = """
import sys, pathlib
from webapp.decoders import DecoderPool
from webapp.frame_store import FrameStore
pool = DecoderPool(FrameStore.at(pathlib.Path(sys.argv[1]), 1000), processes=2)
print(*pool.process_ids(), flush=True)
sys.stdin.read()
"""


def test_decoders_end_with_a_server_that_was_killed(tmp_path):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])  # fmt: skip
    decoders = [os.pidfd_open(int(pid)) for pid in owner.stdout.readline().split()]
    owner.kill()
    owner.communicate()
    for decoder in decoders:
        # a process descriptor becomes readable when its process has ended
        assert select.select([decoder], [], [], WAIT)[0], "a decoder outlives its server"
        os.close(decoder)
    assert len(decoders) == 2


def test_slow_tasks_never_hold_all_decoders(scripted, tmp_path):
    pool = scripted(count=2)
    slow = [replace(task(name), kind="magnified") for name in ("gate", "second")]
    waiting = [pool.submit(one, ASKED) for one in slow]
    (tmp_path / "arrived").read_bytes()  # the first slow one is at work, the other waits for its end
    assert pool.submit(task("quick"), AHEAD).result(WAIT) == b"quick"
    assert not waiting[1].done()
    (tmp_path / "go").write_text("")
    assert [future.result(WAIT) for future in waiting] == [b"gate", b"second"]
