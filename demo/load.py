"""Load the demo company: users, a sales file through the importer that everybody uses, and its posting.

Running again loads nothing twice: a file that is here is recognised by its content, an interrupted load goes on.
"""

import datetime as dt
import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from demo import generate
from demo.extras import add_extras
from erp.core.access.models import Membership
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.read import Table, read_table
from erp.core.excel.values import RowError
from erp.core.imports.models import ImportProfile, ImportRun
from erp.core.imports.profiles import install_profile
from erp.core.imports.reading import open_table
from erp.core.imports.services import Stopwatch, create_run, execute
from erp.core.jobs.registry import Progress
from erp.core.users.models import User
from ledger.periods.models import Period
from ledger.posting import service as posting
from ledger.posting.models import BusinessEvent, EventState

PROFILE = Path(__file__).with_name("profile_online_retail.json")
DATE_COLUMN = "InvoiceDate"
PASSWORD = "tongzhang-demo"
USERS = {
    Role.ADMIN: "系统管理员",
    Role.ACCOUNTANT: "王会计",
    Role.REVIEWER: "李审核",
    Role.CASHIER: "陈出纳",
    Role.CLERK: "赵文员",
    Role.WAREHOUSE: "周仓管",
    Role.SALES: "吴销售",
    Role.AUDITOR: "郑审计",
}
SETS_UP = {Role.ADMIN, Role.ACCOUNTANT, Role.REVIEWER}
# A worker that makes no step for so long is not there; then we post here.
WORKER_PATIENCE = 5.0
STUCK_AFTER = 120.0


class OutsidePeriods(DomainError):
    code = "outside_periods"
    template = _(
        "Company %(company)s keeps books from %(first)s to %(last)s; this file has dates from %(since)s to %(until)s. "
        "Load it with --company NAME into another company, or start anew with `make clean`."
    )


class NoDates(DomainError):
    code = "no_dates"
    template = _("No row of “%(filename)s” has a date in column %(column)s.")


class Reporter(Progress, Protocol):
    """Progress with stages."""

    def stage(self, title: str) -> None: ...


@dataclass(slots=True)
class Loaded:
    """The company, its users' names and what the load found and made."""

    company: Company
    summary: dict[str, Any]


def load(path: Path | None, code: str, *, reporter: Reporter, inline_posting: bool = False) -> Loaded:
    """Load ``path`` (None: the generated file) into the company. Raises ``DomainError`` if it cannot be read there."""
    clock = Stopwatch()
    if path is None:
        path = demo_file(reporter)
        clock.stage("generate")
    reporter.stage(str(_("Reading %(file)s") % {"file": path.name}))
    content = path.read_bytes() if path.is_file() else b""
    if (run := _complete_run(code, hashlib.sha256(content).hexdigest())) is not None:
        reporter.stage(str(_("This file is in the books already.")))
        wait_until_posted(run.company, reporter, inline=inline_posting)
        return Loaded(run.company, summary_of(run.company, run, clock.seconds()))
    table = read_table(content, path.name) if content else read_table(path)
    first, last = date_span(table)
    clock.stage("read")
    company, users = _company(code, first)
    _dates_must_fit(company, first, last)
    profile = ImportProfile.objects.filter(company=company, code="online-retail").first() or install_profile(
        company, json.loads(PROFILE.read_text(encoding="utf-8"))
    )
    clock.stage("company")
    opened = open_table(profile, content, table)
    run = _interrupted_run(profile, opened.sha256) or create_run(
        profile, opened, by=users[Role.CLERK], is_dry_run=False
    )
    reporter.stage(str(_("Importing")))
    execute(run, reporter, opened)
    clock.take_over(run.summary["seconds"])
    reporter.stage(str(_("Posting")))
    wait_until_posted(company, reporter, inline=inline_posting)
    clock.stage("posting")
    add_extras(company, users, last)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the planner knows nothing of a fresh load until autovacuum comes by
    clock.stage("extras")
    return Loaded(company, summary_of(company, run, clock.seconds()))


def demo_file(reporter: Reporter) -> Path:
    """The generated sales file, written on the first call."""
    path = Path(settings.VAR_DIR) / "demo_sales.xlsx"
    if not path.is_file():
        reporter.stage(str(_("Writing the demo trader's sales file")))
        part = path.with_name("demo_sales.part.xlsx")
        generate.write(part)
        os.replace(part, path)
    return path


def date_span(table: Table) -> tuple[dt.date, dt.date]:
    """First and last date of the file. Raises ``FileRefused`` without the column, ``NoDates`` without a date."""
    place = table.require_columns([DATE_COLUMN])[DATE_COLUMN]
    found: set[dt.date] = set()
    for _row_no, cells in table.rows:
        try:
            found.add(values.date(cells[place]))
        except RowError:
            continue  # the import lists it with its row
    if not found:
        raise NoDates(filename=table.filename, column=DATE_COLUMN)
    return min(found), max(found)


@transaction.atomic
def _company(code: str, first: dt.date) -> tuple[Company, dict[str, User]]:
    company = Company.objects.filter(code=code).first()
    if company is None:
        company = create_company(code, generate.COMPANY, first_period=first.replace(day=1))
    users = {}
    for role, name in USERS.items():
        user = User.objects.filter(username=role.value).first()
        if user is None:
            user = User.objects.create_user(
                role.value,
                password=PASSWORD,
                display_name=name,
                is_staff=role in SETS_UP,
                is_superuser=role == Role.ADMIN,
            )
        Membership.objects.get_or_create(company=company, user=user, role=role)
        users[role.value] = user
    return company, users


def _dates_must_fit(company: Company, first: dt.date, last: dt.date) -> None:
    periods = Period.objects.filter(company=company).order_by("start")
    start, end = periods.values_list("start", flat=True).first(), periods.values_list("end", flat=True).last()
    if start is None or end is None or first < start or last > end:
        raise OutsidePeriods(company=company.code, first=start, last=end, since=first, until=last)


def _complete_run(code: str, sha256: str) -> ImportRun | None:
    """The run that brought this very file into the company."""
    runs = ImportRun.objects.select_related("company", "profile").filter(company__code=code, is_dry_run=False)
    return runs.filter(file_sha256=sha256, summary__complete=True).order_by("id").first()


def _interrupted_run(profile: ImportProfile, sha256: str) -> ImportRun | None:
    """A run of this file that was killed; it goes on."""
    runs = ImportRun.objects.select_related("company", "profile", "started_by").filter(profile=profile)
    return runs.filter(file_sha256=sha256, is_dry_run=False, finished_at=None).order_by("id").last()


def wait_until_posted(company: Company, reporter: Reporter, *, inline: bool) -> None:
    """Watch the worker post; post here if asked to, or when nobody does. Gives up when nothing moves for long."""
    total = pending = _pending(company)
    moved = helped = time.monotonic()
    while pending and time.monotonic() - moved < STUCK_AFTER:
        reporter.report(total - pending, total, str(_("%(count)s events wait") % {"count": pending}))
        if inline or time.monotonic() - max(moved, helped) > WORKER_PATIENCE:
            posting.post_pending(company.pk)
            helped = time.monotonic()
        time.sleep(0.1)
        if (now := _pending(company)) < pending:
            pending, moved = now, time.monotonic()
    reporter.report(total - pending, total, "")


def _pending(company: Company) -> int:
    return BusinessEvent.objects.filter(company=company, state=EventState.PENDING).count()


def summary_of(company: Company, run: ImportRun, seconds: Mapping[str, float]) -> dict[str, Any]:
    """What is in the books now: counts of the whole company, and the totals by which a load is checked."""
    imported = run.summary
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT count(*) FROM ledger_businessevent WHERE company_id = %(c)s),
                      (SELECT count(*) FROM ledger_businessevent WHERE company_id = %(c)s AND state = 'failed'),
                      (SELECT count(*) FROM ledger_businessevent WHERE company_id = %(c)s AND state = 'pending'),
                      (SELECT count(*) FROM ledger_voucher WHERE company_id = %(c)s AND status = 'posted'),
                      (SELECT count(*) FROM ledger_voucherline l
                         JOIN ledger_voucher v ON v.id = l.voucher_id AND v.status = 'posted'
                        WHERE l.company_id = %(c)s),
                      (SELECT count(DISTINCT external_no) FROM core_importeddocument
                        WHERE company_id = %(c)s AND kind <> 'opening')""",
            {"c": company.pk},
        )
        events, failed, pending, vouchers, lines, sources = cursor.fetchone()
    return {
        "company": company.code,
        "file": run.file_name,
        "rows": imported["rows"],
        "rows_in_documents": imported["rows_in_documents"],
        "rows_left_out": imported["rows_left_out"],
        "rows_refused": imported["rows_refused"],
        "already_imported_rows": imported["already_imported_rows"],
        "source_documents": sources,
        "documents": imported["documents"],
        "documents_by_kind": imported["documents_by_kind"],
        "events": events,
        "failed_events": failed,
        "pending_events": pending,
        "vouchers": vouchers,
        "lines": lines,
        "totals": totals_of(company),
        "seconds": dict(seconds),
    }


def totals_of(company: Company) -> dict[str, str]:
    """Net by group of items, output VAT, and gross of named customers and of the cash customer (company currency)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT lower(k.code), sum(l.net), sum(l.tax)
                 FROM sales_salesinvoiceline l
                 JOIN sales_salesinvoice v ON v.id = l.invoice_id AND v.status = 'confirmed'
                 JOIN inventory_item i ON i.id = l.item_id
                 JOIN inventory_itemcategory k ON k.id = i.category_id
                WHERE l.company_id = %s GROUP BY 1 ORDER BY 1""",
            [company.pk],
        )
        groups = cursor.fetchall()
        cursor.execute(
            """SELECT c.is_cash, sum(v.gross) FROM sales_salesinvoice v JOIN sales_customer c ON c.id = v.customer_id
                WHERE v.company_id = %s AND v.status = 'confirmed' GROUP BY 1""",
            [company.pk],
        )
        gross = dict(cursor.fetchall())
    totals = {group: net for group, net, _tax in groups}
    totals["net"] = sum(totals.values())
    totals["output_vat"] = sum(tax for _group, _net, tax in groups)
    totals["gross_named_customers"], totals["gross_cash_customer"] = gross.get(False, 0), gross.get(True, 0)
    return {name: f"{amount:.2f}" for name, amount in totals.items()}
