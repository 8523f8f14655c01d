"""Child processes that live and die together.

The one idea: whatever ends us (Ctrl-C, SIGTERM, a child that dies, an error) ends all that we started, and a child
that dies by itself is reported with the end of its log. Each child writes to ``var/log/<name>.log``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1


class ChildDied(RuntimeError):
    """A process that should have gone on ended by itself."""


class Interrupted(Exception):
    """Ctrl-C or SIGTERM: stop in good order."""


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def log_tail(self, lines: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Group:
    """Processes started together; ``with Group(…)`` stops them at its end, the last one first."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = {**os.environ, **environment}
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Group:
        return self

    def __exit__(self, *_: object) -> None:
        with _signals_ignored():
            self.stop()

    def start(self, name: str, command: Sequence[str], **environment: str) -> Child:
        """Start a process that is to run until we stop it; ``environment`` is for it alone."""
        path = self._logs / f"{name}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**self._environment, **environment},
                # Out of the terminal's process group: Ctrl-C reaches us alone, and we stop them in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        child = Child(name, process, path)
        self._children.append(child)
        return child

    def run(self, command: Sequence[str], **environment: str) -> int:
        """Run a step to its end with our stdout and stderr, while the others are watched. Its exit code."""
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            env={**self._environment, **environment},
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        try:
            while (code := process.poll()) is None:
                self.check()
                time.sleep(_POLL_SECONDS)
            return code
        finally:
            if process.poll() is None:
                _end(process)

    def check(self) -> None:
        """Raise ``ChildDied`` when one of the processes has ended."""
        for child in self._children:
            if (code := child.process.poll()) is not None:
                raise ChildDied(
                    f"The {child.name} process ended by itself (exit code {code}). "
                    f"The end of {child.log}:\n{child.log_tail()}"
                )

    def watch(self) -> None:
        """Stay until somebody interrupts us or a child dies."""
        while True:
            self.check()
            time.sleep(5 * _POLL_SECONDS)

    def restart(self, child: Child, command: Sequence[str]) -> Child:
        self._children.remove(child)
        _end(child.process)
        return self.start(child.name, command)

    def stop(self) -> None:
        """End all of them, the last one first."""
        running = [child.process for child in reversed(self._children) if child.process.poll() is None]
        for process in running:
            _signal(process, signal.SIGTERM)
        until = time.monotonic() + _STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
        self._children.clear()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Inside, Ctrl-C and SIGTERM raise ``Interrupted``."""

    def interrupt(_number: int, _frame: object) -> None:
        raise Interrupted

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(sentence: str) -> None:
    """Progress goes to stderr: stdout may be read by a program."""
    print(sentence, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _signals_ignored() -> Iterator[None]:
    """A second Ctrl-C must not leave half of the children running."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: subprocess.Popen[bytes]) -> None:
    _signal(process, signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    # To the process alone: gunicorn and Celery end their own workers in good order.
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _die_with_parent() -> None:
    """In the child: ask Linux for SIGTERM should we be killed outright, so that nothing is left on the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
