"""A warehouse clerk gives an item another unit, without a mouse."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from erp.core.access.permissions import Role
from inventory.items.models import Item
from inventory.items.unit_services import units_of
from tests.trading import Trader

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_unit_is_entered_by_keyboard(browser_page: Page, live_server: LiveServer, client: Client) -> None:
    trader = Trader()
    client.force_login(trader.user("keeper", Role.WAREHOUSE))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    browser_page.context.add_cookies([session])  # type: ignore[list-item]
    said: list[str] = []
    browser_page.on("console", lambda message: said.append(message.text))
    item = Item.objects.get(pk=trader.items["A1"])
    browser_page.goto(reverse("item_edit", args=[item.pk]))
    browser_page.locator("[data-prefix=units] tbody tr").last.locator("input:not([type=hidden])").first.focus()
    keys = browser_page.keyboard
    for text in ("箱", "12", "16901234567899"):
        keys.type(text)
        keys.press("Tab")
    keys.press("Control+s")
    browser_page.wait_for_url(f"**{reverse('item_detail', args=[item.pk])}")
    (unit,) = units_of(item)
    assert (unit.name, unit.factor, unit.barcode) == ("箱", 12, "16901234567899")
    assert browser_page.get_by_text("16901234567899").is_visible()
    assert said == []
