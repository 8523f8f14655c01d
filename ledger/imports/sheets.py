"""Lists that come and go as a sheet (openings, chart, dimension values): upload, dry run, commit, export, template.

A kind says how a file is checked; checking writes nothing and returns what would be written, as a function. The file
is kept as an ``ImportRun``, so that what was imported, when and by whom stays known. Lists are short: no job.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.imports.mapping import Issue
from erp.core.imports.models import ImportProfile, ImportRowIssue, ImportRun


class SheetRefused(DomainError):
    code = "sheet_refused"
    template = _("%(count)s rows of the file are wrong. Mend them and upload it again; nothing was written.")


@dataclass(slots=True)
class SheetCheck:
    """``figures``: label → number, as shown; ``write`` makes it true (inside a transaction of the caller)."""

    issues: list[Issue]
    write: Callable[[Any], None]
    figures: Mapping[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetKind:
    """``check(company, content, filename, options)``; ``options``: (name, label) of boxes to tick at the upload."""

    code: str
    label: Any
    permission: str
    view_permission: str
    back: str
    check: Callable[[Company, bytes, str, Mapping[str, bool]], SheetCheck]
    export: Callable[[Company, str], bytes]
    template: Callable[[Company], bytes]
    options: tuple[tuple[str, Any], ...] = ()
    layouts: tuple[tuple[str, Any], ...] = (("own", _("Tongzhang")), ("kingdee", _("Kingdee")))


_KINDS: dict[str, SheetKind] = {}


def register_sheet(kind: SheetKind) -> None:
    """Make a kind known; its code is unique."""
    if _KINDS.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"sheet {kind.code} is registered twice")


def sheet_kind(code: str) -> SheetKind:
    """The kind of that code. Raises ``NotFound``."""
    if code not in _KINDS:
        raise NotFound(what=_("Sheet"), key=code)
    return _KINDS[code]


def check_file(
    company: Company, kind: SheetKind, content: bytes, filename: str, options: Mapping[str, bool], *, by: Any
) -> ImportRun:
    """Dry run: keep the file with what is wrong with it. Raises ``FileRefused``."""
    found = kind.check(company, content, filename, options)
    profile, _made = ImportProfile.objects.get_or_create(
        company=company,
        code=f"sheet-{kind.code}",
        defaults={"name": str(kind.label)[:120], "target": f"ledger.{kind.code}", "is_active": False},
    )
    sha256 = hashlib.sha256(content).hexdigest()
    run = ImportRun(
        company=company,
        profile=profile,
        file_name=PurePath(filename).name[:200],
        file_sha256=sha256,
        is_dry_run=True,
        started_by=by,
        finished_at=timezone.now(),
        summary={"figures": {str(k): str(v) for k, v in found.figures.items()}, "options": dict(options)},
    )
    suffix = PurePath(filename).suffix.lower() or ".xlsx"
    with transaction.atomic():
        run.file.save(f"{sha256[:16]}{suffix}", ContentFile(content), save=False)
        run.save()
        ImportRowIssue.objects.bulk_create(
            [
                ImportRowIssue(
                    company=company,
                    run=run,
                    row_no=issue.row_no,
                    field=issue.field[:60],
                    code=issue.code,
                    message=issue.message[:400],
                )
                for issue in found.issues
            ]
        )
    return run


def commit(run: ImportRun, kind: SheetKind, *, by: Any) -> None:
    """Check the kept file once more and write it, all or nothing. Raises ``SheetRefused`` and what writing refuses."""
    with run.file.open("rb") as stored:
        content = stored.read()
    with transaction.atomic():
        found = kind.check(run.company, content, run.file_name, run.summary.get("options", {}))
        if found.issues:
            raise SheetRefused(count=len(found.issues))
        found.write(by)
        run.is_dry_run, run.finished_at = False, timezone.now()
        run.save(update_fields=["is_dry_run", "finished_at"])
