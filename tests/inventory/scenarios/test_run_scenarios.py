"""``manage.py run_scenarios``: what it says, what it returns, and that it leaves nothing behind."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from erp.core.companies.models import Company
from inventory.moves.models import StockMove
from inventory.scenarios.files import NoScenarioFile, read
from ledger.vouchers.models import Voucher

WRONG = {
    "id": "wrong",
    "title": "the figures are not what comes out",
    "setup": {"cost_pool": "warehouse", "warehouses": ["W1"], "items": [{"code": "A", "method": "fifo"}]},
    "steps": [
        {"on": "2025-01-02", "do": "receipt", "ref": "R1",
         "lines": [{"item": "A", "warehouse": "W1", "qty": "2", "unit_cost": "5.00"}]},
        {"on": "2025-01-03", "do": "delivery", "ref": "D1", "lines": [{"item": "A", "warehouse": "W1", "qty": "3"}]},
    ],
    "expect": {
        "stock": [{"item": "A", "warehouse": "W1", "qty": "2", "value": "11.00"}],
        "total": [],
        "accounts": {"stock": "10.00", "grni": "-10.00"},
    },
}  # fmt: skip


@pytest.mark.django_db
def test_the_command_says_what_differs_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({"scenarios": [WRONG]}))
    with pytest.raises(SystemExit) as stopped:
        call_command("run_scenarios", str(file))
    said = capsys.readouterr().out
    assert stopped.value.code == 1
    assert "wrong failed" in said
    assert "value of A in W1: 11.00 expected, 10.00 found" in said
    assert "D1 (delivery) is refused, insufficient_stock" in said
    assert "1 scenarios: 0 passed, 1 failed, 0 skipped" in said
    assert not Company.objects.exists() and not StockMove.objects.exists() and not Voucher.objects.exists()


@pytest.mark.django_db
def test_the_command_counts_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({"scenarios": [WRONG]}))
    call_command("run_scenarios", str(file), skip_kinds="invoice,delivery")
    assert "wrong skipped (has delivery)" in (said := capsys.readouterr().out)
    assert "1 scenarios: 0 passed, 0 failed, 1 skipped" in said


def test_a_file_that_holds_no_scenarios_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"scenarios": [{"id": "x"}]}')
    with pytest.raises(NoScenarioFile, match=r"odd\.json"):
        read(tmp_path / "odd.json")
