"""Progress of a command on a terminal: one line that is written over."""

import time
from typing import Protocol


class Stream(Protocol):
    def write(self, text: str, /, *, ending: str = ...) -> object: ...

    def flush(self) -> object: ...


class TerminalProgress:
    """A bar with counts, at most a few times a second."""

    WIDTH = 28

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._next = 0.0

    def report(self, done: int, total: int, message: str = "") -> None:
        if (now := time.monotonic()) < self._next and done < total:
            return
        self._next = now + 0.2
        filled = self.WIDTH * done // total if total else 0
        self._stream.write(f"\r[{'#' * filled:<{self.WIDTH}}] {message:<50}", ending="")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line."""
        self._stream.write("")
