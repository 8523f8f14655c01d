"""Processes that are started together end together, whatever ends the first of them."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from erp import local
from erp.local.environment import busy_port_message, port_is_free
from erp.local.processes import ChildDied, Group

_SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_leaving_the_group_ends_its_processes(tmp_path: Path) -> None:
    with Group(tmp_path, {}) as group:
        children = [group.start(name, _SLEEP) for name in ("web", "worker")]
        group.check()
    assert all(child.process.returncode == -signal.SIGTERM for child in children)


def test_a_child_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    told = r"(?s)worker process ended by itself \(exit code 3\).*no such table"
    with pytest.raises(ChildDied, match=told), Group(tmp_path, {}) as group:
        web = group.start("web", _SLEEP)
        group.start("worker", [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"])
        group.watch()
    assert web.process.poll() is not None


def test_a_dying_child_ends_the_step_that_needs_it(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(ChildDied), Group(tmp_path, {}) as group:
        group.start("worker", [sys.executable, "-c", "raise SystemExit(1)"])
        group.run(_SLEEP)
    assert time.monotonic() - started < 10


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells children that their parent is gone")
def test_killing_the_supervisor_outright_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from erp.local.processes import Group; "
        f"group = Group(Path({str(tmp_path)!r}), {{}}); "
        f"print(group.start('web', {_SLEEP!r}).process.pid, flush=True); group.watch()"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script], cwd=local.ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.wait()
    until = time.monotonic() + 10
    while _is_alive(child) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _is_alive(child)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A process whose new parent has not yet collected it counts as ended.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_busy_port_is_found_and_the_next_one_is_the_cure() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not port_is_free(port)
        assert f"make demo PORT={port + 1}" in busy_port_message(port)
    assert port_is_free(port)
