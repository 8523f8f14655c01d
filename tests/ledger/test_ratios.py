"""Ratios over the months of a year."""

from typing import Any

import pytest
from django.test import Client

from erp.core.companies.models import Company
from ledger.analysis.ratios import ratios_of
from ledger.periods.models import Period
from ledger.statements.evaluation import evaluate
from ledger.statements.services import statement_of


@pytest.mark.django_db
def test_each_month_shows_what_its_own_statement_shows(company: Company, posted: Any) -> None:
    posted("100.00")
    december = Period.objects.get(company=company, year=2025, number=12)
    sheet = ratios_of(company, december)
    own = evaluate(company, statement_of(company, "ratios", december), december, with_checks=False)
    assert len(sheet.rows) == len(own.rows) and sheet.columns[-1].closing == "2025-12"


def test_the_page_shows_table_and_trends(company: Company, accountant: Any, posted: Any) -> None:
    posted("100.00")
    client = Client()
    client.force_login(accountant)
    response = client.get("/ledger/analysis/ratios/", {"to": "2025-12"})
    assert response.status_code == 200
    text = response.content.decode()
    assert "<table" in text and "style=" not in text.split("<main")[1]
