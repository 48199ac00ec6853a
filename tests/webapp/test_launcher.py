"""The launcher: one address, two processes, sentences instead of traces, and a clean end."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.servers import ROOT, LiveServer, wait_for
from webapp.__main__ import CannotStart, bind, claim, read_arguments
from webapp.settings import Settings
from webapp.supervisor import Supervisor


@pytest.fixture
def taken():
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def settings(tmp_path, port):
    return Settings(tmp_path, "sqlite:///x", port=port)


def test_a_port_that_was_asked_for_and_is_taken_is_a_sentence(tmp_path, taken):
    with pytest.raises(CannotStart, match=f"port {taken} is taken by another program"):
        bind(settings(tmp_path, taken), port_given=True)


def test_without_a_wish_the_next_free_port_is_taken(tmp_path, taken):
    with bind(settings(tmp_path, taken), port_given=False) as found:
        assert found.getsockname()[1] != taken


def test_the_socket_is_one_whose_connections_get_no_nagle_delay(tmp_path):
    with bind(settings(tmp_path, 0), port_given=True) as found:
        assert found.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.7.7", "lab.example"])
def test_an_address_that_others_can_reach_is_refused_with_a_sentence(tmp_path, host, monkeypatch):
    monkeypatch.setenv("GLINT_DATA", str(tmp_path))
    with pytest.raises(CannotStart, match="people must sign in"):
        read_arguments(["--host", host])


def test_where_people_sign_in_others_may_reach_it_under_a_name(tmp_path, monkeypatch):
    monkeypatch.setenv("GLINT_DATA", str(tmp_path))
    monkeypatch.setenv("GLINT_LOGIN", "local")
    assert read_arguments(["--host", "192.168.7.7"])[0].login == "local"
    with pytest.raises(CannotStart, match="GLINT_ADDRESS"):
        read_arguments(["--host", "0.0.0.0"])
    monkeypatch.setenv("GLINT_ADDRESS", "https://glint.lab.example")
    made = read_arguments(["--host", "0.0.0.0"])[0]
    assert made.secure
    assert "glint.lab.example" in made.allowed_hosts


def test_it_does_not_start_before_somebody_can_sign_in(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-m", "webapp", "--data", str(tmp_path), "--port", "0"],
        env={"PATH": os.environ["PATH"], "GLINT_LOGIN": "local"}, cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert answer.returncode == 2
    assert "create-admin" in answer.stderr


def test_what_is_typed_counts_more_than_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GLINT_PORT", "9001")
    made, given = read_arguments(["--port", "9002", "--data", str(tmp_path)])
    assert (made.port, made.data_dir, given) == (9002, tmp_path, True)


def test_wrong_settings_end_with_one_sentence_and_no_trace(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-m", "webapp", "--data", str(tmp_path)],
        cwd=ROOT, env=os.environ | {"GLINT_DEVICE": "toaster"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 2
    assert "GLINT_DEVICE: expected auto, cpu or cuda, got 'toaster'" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_data_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotStart, match="cannot be used"):
        claim(Settings(tmp_path / "file" / "data", "sqlite:///x"))


def test_it_starts_serves_refuses_a_second_one_restarts_a_dead_worker_and_stops_both(tmp_path):
    server = LiveServer(tmp_path / "data").start()
    try:
        page = httpx.get(server.url)
        assert page.status_code == 200
        assert "<!doctype html>" in page.text.lower()
        assert httpx.get(f"{server.url}/api/none", headers={"X-Glint-Token": server.token()}).status_code == 404
        assert httpx.get(server.url, headers={"Host": "evil.example"}).status_code == 403
        second = subprocess.run(
            [sys.executable, "-m", "webapp", "--data", str(server.data)], cwd=ROOT, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert f"already running on the data folder {server.data}, at {server.url}" in second.stderr
        first = server.kill_worker()
        assert server.wait_for_worker() != first
        assert "the worker ended (signal SIGKILL); starting it again" in server.output()
    finally:
        status = server.stop()
    assert status == 0
    assert "Glint has stopped." in server.output()
    assert "Traceback" not in server.output()
    wait_for("the end of the worker", lambda: server.worker_pid() is None)


def test_sigterm_ends_a_supervised_child_that_ignores_it_too(tmp_path):
    ready = tmp_path / "ready"
    program = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"open({str(ready)!r}, 'w').close(); time.sleep(600)"
    )
    supervisor = Supervisor([sys.executable, "-c", program], stop_seconds=0.3)
    supervisor.start()
    wait_for("the child", ready.exists)
    supervisor.stop()
    assert supervisor.child.returncode == -signal.SIGKILL
