"""Health tells what is wrong without stopping people from working when only the broker is away."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from erp.core.health import checks
from erp.core.health.checks import Level
from erp.core.users.models import User
from ledger.posting.models import BusinessEvent

FAR = {"REMOTE_ADDR": "203.0.113.9"}
PROXIED = {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}


@pytest.mark.django_db
def test_a_sound_installation_is_ready(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["checks"].keys() == {"database", "broker", "disk", "posting"}


@pytest.mark.django_db
def test_a_lost_broker_degrades_but_serves(client: Client, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/health/ready/")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["broker"]["status"] == "degraded"


@pytest.mark.django_db
def test_events_that_wait_too_long_are_told(client: Client) -> None:
    from tests.trading import Trader

    trader = Trader()
    old = timezone.now() - dt.timedelta(minutes=10)
    assert BusinessEvent.objects.filter(company=trader.company, state="pending").update(created_at=old) == 1
    answer = client.get("/health/").json()
    assert answer["status"] == "degraded"
    assert answer["checks"]["posting"]["pending"] == 1
    assert answer["checks"]["posting"]["oldest_pending_seconds"] >= 600


def test_without_a_database_it_is_not_ready_but_alive(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any) -> Any:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(connection, "cursor", gone)
    answer = client.get("/health/ready/")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert "posting" not in answer.json()["checks"]
    assert client.get("/health/live/").status_code == 200


def test_a_full_disk_stops_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1_000_000

    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _folder: Usage)
    assert checks.disk().level == Level.DOWN


@pytest.mark.django_db
@pytest.mark.parametrize("stranger", [FAR, PROXIED], ids=["another machine", "through a proxy"])
def test_strangers_see_no_figures(client: Client, stranger: dict[str, str]) -> None:
    answer = client.get("/health/", **stranger)  # type: ignore[arg-type]
    assert answer.json()["checks"]["database"] == {"status": "ok"}
    assert client.get("/metrics", **stranger).status_code == 403  # type: ignore[arg-type]


@pytest.mark.django_db
def test_this_machine_and_staff_read_the_metrics(client: Client) -> None:
    assert b"django_http_requests" in client.get("/metrics").content
    client.force_login(
        User.objects.create(username="ops", is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/metrics", **FAR).status_code == 200  # type: ignore[arg-type]
