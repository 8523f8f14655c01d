"""Every published scenario, and our own, through the public services and the posting of a worker, to the cent."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from erp.core.companies.models import Company
from inventory.moves.models import StockMove
from inventory.scenarios import company
from inventory.scenarios.files import DATA, FILES, Scenario, read
from inventory.scenarios.runner import Outcome, prepare, run, run_one
from ledger.vouchers.models import Voucher

# Steps that the sales app has no service for yet: payments of customers, credit notes of parts, reversed invoices.
NOT_YET = ("customer_payment", "customer_refund", "credit_note", "sales_allowance", "cancel_sales_invoice")

SCENARIOS = [scenario for file in FILES for scenario in read(DATA / file)]


@pytest.fixture(scope="module")
def template(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Company]:
    """One company for all scenarios of the module: each of them runs in a savepoint and is rolled back."""
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        prepare()
        yield company.make_company(SCENARIOS)
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


def _id(scenario: Scenario) -> str:
    return f"{scenario.id} {scenario.title}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_id)
def test_scenario(template: Company, django_db_blocker: Any, scenario: Scenario) -> None:
    with django_db_blocker.unblock():
        result = run_one(template, scenario, skip_kinds=NOT_YET)
    if result.outcome is Outcome.SKIPPED:
        pytest.skip(result.note)
    assert result.differences == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_id)
def test_scenario_in_another_order_of_arrival(template: Company, django_db_blocker: Any, scenario: Scenario) -> None:
    with django_db_blocker.unblock():
        result = run_one(template, scenario, shuffle=1, skip_kinds=NOT_YET)
    if result.note != "shuffled":
        pytest.skip(result.note)
    assert result.differences == []


@pytest.mark.django_db
def test_running_scenarios_leaves_nothing_behind() -> None:
    results = list(run(SCENARIOS[:2]))
    assert [result.outcome for result in results] == [Outcome.PASSED] * 2
    assert not Company.objects.exists() and not StockMove.objects.exists() and not Voucher.objects.exists()


def test_figures_of_our_own_balance() -> None:
    """Every voucher balances, so the accounts that a scenario states do too."""
    for scenario in read(DATA / "own.json"):
        for expectation in scenario.expectations:
            assert sum((expectation.accounts or {}).values()) == 0, (scenario.id, expectation.after)
