"""Pages of the statements: sheet, drill, Excel, designer, reclassifications, snapshots, API."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from erp.core import reports
from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.reports.render import as_table
from ledger.periods.models import Period, PeriodStatus
from ledger.statements import services, setup, snapshots
from ledger.statements.evaluation import evaluate
from ledger.statements.models import Statement, StatementAdjustment, StatementRow, StatementSnapshot
from ledger.vouchers.models import Voucher

MONTH = "?period=2025-12"


@pytest.fixture
def sheets(company: Company, posted: Callable[..., Voucher]) -> dict[str, Statement]:
    """The statements of a company that took 100.00 in cash from the bank."""
    setup.install(company)
    posted("100.00")
    return {statement.code: statement for statement in Statement.objects.filter(company=company)}


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def head(client: Client, company: Company) -> Client:
    """Somebody who may design and reclassify."""
    from erp.core.access.models import Membership
    from erp.core.access.permissions import Role, permissions_of
    from erp.core.users.models import User

    role = next(
        role
        for role in Role
        if {"ledger.manage_statement", "ledger.adjust_statement"} <= permissions_of(frozenset([role]))
    )
    user = User.objects.create_user(username="陈主管", password="not-a-secret", display_name="陈主管")
    Membership.objects.create(company=company, user=user, role=role)
    return client_of(user)


@pytest.mark.parametrize("code", ["balance_sheet", "income_statement", "cash_flow_statement", "ratios"])
@pytest.mark.parametrize("query", ["", "&view=months", "&columns=end&columns=prior_year_end&unposted=1"])
def test_every_statement_opens_in_every_view(sheets: dict[str, Statement], auditor: Any, code: str, query: str) -> None:
    answer = client_of(auditor).get(reverse("statements_sheet", args=[sheets[code].pk]) + MONTH + query)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert sheets[code].name in text
    assert ("badge amber" in text) == ("unposted" in query)  # 含未过账 is marked.


def test_the_list_names_the_statements(sheets: dict[str, Statement], auditor: Any) -> None:
    text = client_of(auditor).get(reverse("statements_list")).content.decode()
    assert "资产负债表" in text
    assert "会小企03表" in text


def test_a_figure_leads_to_its_accounts_and_their_lines(sheets: dict[str, Statement], auditor: Any) -> None:
    client = client_of(auditor)
    text = client.get(reverse("statements_cell", args=[sheets["balance_sheet"].pk, 1]) + MONTH).content.decode()
    assert "100.00" in text
    assert "account=100201&amp;from=2025-12&amp;to=2025-12" in text
    total = client.get(reverse("statements_cell", args=[sheets["balance_sheet"].pk, 15]) + MONTH).content.decode()
    assert reverse("statements_cell", args=[sheets["balance_sheet"].pk, 1]) in total


def test_the_workbook_has_both_sides_and_the_names_of_the_tax_form(
    sheets: dict[str, Statement], auditor: Any, company: Company
) -> None:
    StatementRow.objects.filter(statement=sheets["balance_sheet"], line_no=1).update(label="现金和银行存款")
    answer = client_of(auditor).get(
        reverse("statements_sheet", args=[sheets["balance_sheet"].pk]) + MONTH + "&export=xlsx"
    )
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    first = next(row for row in rows if row[0] and "货币资金" in str(row[0]))
    assert first[1] == 1
    assert "短期借款" in str(first[4])
    total = next(row for row in rows if row[0] and "资产总计" in str(row[0]))
    assert "负债和所有者权益" in str(total[4])
    assert any("会小企01表" in str(row[0]) for row in rows if row[0])


# --- designer -----------------------------------------------------------------------------------------------------


def row_of(statement: Statement, line_no: int) -> StatementRow:
    return StatementRow.objects.get(statement=statement, line_no=line_no)


def given(row: StatementRow, **changes: Any) -> dict[str, Any]:
    names = ["line_no", "label", "label_en", "export_label", "formula", "side", "indent", "number_format"]
    return {name: getattr(row, name) or "" for name in names} | changes


def test_a_wrong_formula_is_refused_at_its_field(sheets: dict[str, Statement], head: Client) -> None:
    """C18: users define sources and formulas; a wrong one is explained."""
    row = row_of(sheets["balance_sheet"], 1)
    for formula in ("BAL_D(1001", "BAL_D(9999)", "L99", "L15", "CELL(nothing,1)"):
        answer = head.post(reverse("statements_row_edit", args=[row.pk]), given(row, formula=formula))
        assert answer.status_code == 200, formula
        assert answer.context["form"].errors["formula"], formula
    row.refresh_from_db()
    assert row.formula == "BAL_D(1001,1002,1012)"


def test_rows_are_inserted_moved_and_deleted(sheets: dict[str, Statement], head: Client) -> None:
    statement = sheets["balance_sheet"]
    first = row_of(statement, 1)
    address = reverse("statements_row_add", args=[statement.pk]) + f"?after={first.pk}"
    answer = head.post(address, given(first, line_no=101, label="其中：库存现金", formula="BAL_D(1001)"))
    assert answer.status_code == 302
    labels = list(
        StatementRow.objects.filter(statement=statement).order_by("sequence").values_list("line_no", flat=True)
    )
    assert labels[1:4] == [1, 101, 2]
    row = row_of(statement, 101)
    head.post(reverse("statements_row_action", args=[row.pk, "down"]))
    head.post(reverse("statements_row_action", args=[first.pk, "delete"]))  # L15 reads it.
    labels = list(
        StatementRow.objects.filter(statement=statement).order_by("sequence").values_list("line_no", flat=True)
    )
    assert labels[1:4] == [1, 2, 101]
    head.post(reverse("statements_row_action", args=[row.pk, "delete"]))
    assert not StatementRow.objects.filter(pk=row.pk).exists()


def test_the_shipped_version_comes_back(sheets: dict[str, Statement], head: Client) -> None:
    statement = sheets["income_statement"]
    before = list(StatementRow.objects.filter(statement=statement).values_list("line_no", "label", "formula"))
    StatementRow.objects.filter(statement=statement, line_no=19).delete()
    StatementRow.objects.filter(statement=statement, line_no=1).update(label="收入", formula="0")
    head.post(reverse("statements_action", args=[statement.pk, "restore"]))
    assert list(StatementRow.objects.filter(statement=statement).values_list("line_no", "label", "formula")) == before


def test_a_copy_is_an_own_report_and_can_be_deleted(
    sheets: dict[str, Statement], head: Client, company: Company
) -> None:
    statement = sheets["income_statement"]
    head.post(reverse("statements_action", args=[statement.pk, "copy"]), {"code": "management", "name": "管理利润表"})
    own = Statement.objects.get(company=company, code="management")
    assert own.rows.count() == statement.rows.count()
    assert head.get(reverse("statements_sheet", args=[own.pk]) + MONTH).status_code == 200
    columns = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "0",
        "form-0-label": "上月",
        "form-0-basis": "prior_period",
    }
    head.post(reverse("statements_columns", args=[own.pk]), columns)
    assert [column.label for column in own.columns.all()] == ["上月"]
    head.post(reverse("statements_action", args=[statement.pk, "delete"]))
    head.post(reverse("statements_action", args=[own.pk, "delete"]))
    assert Statement.objects.filter(pk=statement.pk).exists()
    assert not Statement.objects.filter(pk=own.pk).exists()


def test_designing_needs_its_permission(sheets: dict[str, Statement], auditor: Any) -> None:
    client = client_of(auditor)
    row = row_of(sheets["balance_sheet"], 1)
    assert client.get(reverse("statements_design", args=[sheets["balance_sheet"].pk])).status_code == 403
    assert client.post(reverse("statements_row_action", args=[row.pk, "delete"])).status_code == 403
    assert client.get(reverse("statements_adjustments", args=[sheets["balance_sheet"].pk])).status_code == 403


def test_changes_of_statutory_rows_are_kept_in_the_history(sheets: dict[str, Statement]) -> None:
    row = row_of(sheets["balance_sheet"], 1)
    services.save_row(sheets["balance_sheet"], row, label="货币资金（改）")
    events = StatementRow.pgh_event_model.objects.filter(pgh_obj_id=row.pk)  # type: ignore[attr-defined]
    assert "货币资金（改）" in events.values_list("label", flat=True)


def test_a_reclassification_needs_a_reason_and_an_open_period(
    sheets: dict[str, Statement], head: Client, company: Company
) -> None:
    """C19: no figure is edited; what a person moves carries a reason."""
    statement = sheets["balance_sheet"]
    address = reverse("statements_adjustments", args=[statement.pk]) + MONTH
    refused = head.post(address, {"line_no": "28", "amount": "5.00", "reason": " "})
    assert refused.context["form"].errors["reason"]
    head.post(address, {"line_no": "28", "amount": "5.00", "reason": "超过一年的预付款"})
    row = StatementAdjustment.objects.get(company=company)
    assert (row.line_no, row.amount) == (28, Decimal("5.00"))
    assert "超过一年的预付款" in head.get(reverse("statements_sheet", args=[statement.pk]) + MONTH).content.decode()
    Period.objects.filter(company=company, year=2025, number=12).update(status=PeriodStatus.CLOSED)
    with pytest.raises(DomainError):
        services.remove_adjustment(row)


# --- snapshots ----------------------------------------------------------------------------------------------------


def test_an_issued_statement_stays_and_is_superseded_when_the_period_reopens(
    sheets: dict[str, Statement], company: Company, auditor: Any
) -> None:
    """C11: what was issued at closing is kept; reopening marks it."""
    period = Period.objects.get(company=company, year=2025, number=12)
    made = snapshots.issue(company, period, auditor)
    assert {row.statement.code for row in made} == set(sheets)
    sheet = next(row for row in made if row.statement.code == "balance_sheet")
    line = next(row for row in sheet.payload["rows"] if row["line"] == 1)
    assert Decimal(line["values"][0]) == 0  # 100 from the bank to the cash box: the sum is nothing.
    assert snapshots.supersede(company, period) == len(made)
    text = client_of(auditor).get(reverse("statements_sheet", args=[sheet.statement_id]) + MONTH).content.decode()
    assert reverse("statements_snapshot", args=[sheet.pk]) in text
    assert client_of(auditor).get(reverse("statements_snapshot", args=[sheet.pk])).status_code == 200
    with pytest.raises(DatabaseError), transaction.atomic():
        StatementSnapshot.objects.filter(pk=sheet.pk).update(payload={})
    again = snapshots.issue(company, period, auditor)
    current = StatementSnapshot.objects.filter(company=company, period=period, superseded_at=None)
    assert {row.pk for row in again} == set(current.values_list("pk", flat=True))


# --- API and reports ----------------------------------------------------------------------------------------------


def test_the_api_gives_a_statement_and_lets_designers_change_it(
    sheets: dict[str, Statement], head: Client, company: Company, auditor: Any
) -> None:
    tail = f"?company={company.code}"
    statement = sheets["balance_sheet"]
    reader = client_of(auditor)
    shown = reader.get(f"/api/v1/statements/{statement.pk}/sheet/{tail}&period=2025-12").json()
    assert shown["rows"][1]["label"] == "货币资金"
    assert Decimal(shown["rows"][1]["values"][0]) == 0
    row = row_of(statement, 2)
    address = f"/api/v1/statement-rows/{row.pk}/{tail}"
    assert reader.patch(address, {"label": "x"}, content_type="application/json").status_code == 403
    refused = head.patch(address, {"formula": "BAL_D(9999)"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "formula_account")
    assert head.patch(address, {"label": "短期投资净额"}, content_type="application/json").json()["line_no"] == 2
    added = head.post(
        f"/api/v1/statements/{statement.pk}/rows/{tail}",
        {"label": "其中：现金", "line_no": 102, "formula": "BAL_D(1001)", "after": row.pk},
        content_type="application/json",
    )
    assert added.status_code == 201, added.content
    assert head.delete(f"/api/v1/statement-rows/{added.json()['id']}/{tail}").status_code == 204
    body = {"statement": statement.pk, "period": "2025-12", "line_no": 28, "amount": "3.00", "reason": "长账龄"}
    made = head.post(f"/api/v1/statement-adjustments/{tail}", body, content_type="application/json")
    assert made.status_code == 201, made.content
    assert head.delete(f"/api/v1/statement-adjustments/{made.json()['id']}/{tail}").status_code == 204


@pytest.mark.parametrize("name", ["balance_sheet", "income_statement", "cash_flow_statement", "ratios", "statement"])
def test_statements_are_reports(sheets: dict[str, Statement], company: Company, name: str) -> None:
    report = reports.find(name)
    for given_params in ({"period": "2025-12"}, {"period": "2025-12", "columns": "end,prior_year_end"}):
        params = report.clean(given_params)
        text = as_table(report.query(company, params), report.columns_for(params))
        assert "2025-12" in text


def test_a_statement_whose_rows_go_in_a_circle_is_refused_and_does_not_hang(sheets: dict[str, Statement]) -> None:
    statement = sheets["ratios"]
    StatementRow.objects.filter(statement=statement, line_no=1).update(formula="PRIOR(L2)")
    with pytest.raises(DomainError) as refusal:
        services.save_row(statement, row_of(statement, 2), formula="L1+1")
    assert refusal.value.code == "formula_cycle"
    StatementRow.objects.filter(statement=statement, line_no=2).update(formula="L1")
    period = Period.objects.get(company=statement.company, year=2025, number=12)
    with pytest.raises(DomainError) as refusal:
        evaluate(statement.company, statement, period)
    assert refusal.value.code == "formula_cycle"
