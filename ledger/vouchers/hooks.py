"""Checks that other parts of the ledger add to the saving of a voucher, without vouchers knowing those parts.

A check gets what is to be saved and answers findings: a refusal stops the saving, a warning is told to the person.
It runs after the number was taken, so that two vouchers of one period and word are looked at one after the other.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from ledger.vouchers import refusals
from ledger.vouchers.checks import LineInput


@dataclass(frozen=True, slots=True)
class Finding:
    error: DomainError
    refuses: bool


@dataclass(frozen=True, slots=True)
class Saving:
    """What is saved. ``besides`` is the voucher that is replaced, whose old lines do not count."""

    company: Company
    date: dt.date
    kind: str
    lines: Sequence[LineInput]
    besides: int | None = None


Check = Callable[[Saving], list[Finding]]
_CHECKS: list[Check] = []


def register_check(check: Check) -> None:
    """Have ``check`` look at every voucher that a person saves."""
    if check not in _CHECKS:
        _CHECKS.append(check)


def findings(saving: Saving) -> list[Finding]:
    """Of all checks, in the order of their registration."""
    return [finding for check in _CHECKS for finding in check(saving)]


def refuse(saving: Saving) -> None:
    """Raise ``VoucherRefused`` with what the checks refuse; warnings pass."""
    if errors := [finding.error for finding in findings(saving) if finding.refuses]:
        raise refusals.VoucherRefused(errors)


def warnings(saving: Saving) -> list[DomainError]:
    """What a page tells after saving."""
    return [finding.error for finding in findings(saving) if not finding.refuses]
