"""The reports that apps registered, by name."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.reports.model import Report

_REPORTS: dict[str, Report] = {}


class UnknownReport(DomainError):
    code = "unknown_report"
    template = _("There is no report “%(name)s”. There are: %(names)s.")


def register(report: Report) -> Report:
    """Make a report known. A name belongs to one report."""
    if _REPORTS.setdefault(report.name, report) is not report:
        raise ValueError(f"report {report.name} is registered twice")
    return report


def names() -> list[str]:
    """All names, sorted."""
    return sorted(_REPORTS)


def find(name: str) -> Report:
    """The report with the name. Raises ``UnknownReport``, which lists the names."""
    if name not in _REPORTS:
        raise UnknownReport(name=name, names=", ".join(names()))
    return _REPORTS[name]
