"""Kinds of jobs: each names the function that does the work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.jobs.models import Job


class JobCancelled(Exception):
    """Raised inside the work when somebody asked to stop it; what is committed stays."""


class Progress(Protocol):
    """How work tells where it stands. Call it outside transactions: it commits, and it may raise ``JobCancelled``."""

    def report(self, done: int, total: int, message: str = "") -> None: ...


class Silent:
    """Progress that nobody watches."""

    def report(self, done: int, total: int, message: str = "") -> None:
        return None


@dataclass(slots=True)
class Outcome:
    """What a job leaves: figures for its page, and a file to download (its name and content)."""

    figures: Mapping[str, Any] = field(default_factory=dict)
    file_name: str = ""
    content: bytes = b""


class UnknownJobKind(DomainError):
    code = "unknown_job_kind"
    template = _("There is no job of kind %(kind)s.")


Work = Callable[[Job, Progress], Outcome]


@dataclass(frozen=True, slots=True)
class JobKind:
    """``work`` must be safe to run again after dying at any line. ``url`` leads to the page of what it works on."""

    code: str
    label: Any
    work: Work
    url: Callable[[Job], str] | None = None


_KINDS: dict[str, JobKind] = {}


def register_job_kind(kind: JobKind) -> None:
    if _KINDS.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"job kind {kind.code} is registered twice")


def job_kind(code: str) -> JobKind:
    """The kind of that code. Raises ``UnknownJobKind``."""
    if code not in _KINDS:
        raise UnknownJobKind(kind=code)
    return _KINDS[code]
