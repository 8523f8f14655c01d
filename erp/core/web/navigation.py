"""The navigation: apps register entries, each user sees those that their roles allow."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from erp.core.access.permissions import PERMISSION_LABELS, permissions_of

SECTIONS: dict[str, Any] = {
    "home": "",
    "sales": _("Sales"),
    "purchasing": _("Purchasing"),
    "inventory": _("Stock"),
    "costing": _("Stock costs"),
    "ledger": _("Ledger"),
    "books": _("Books and reports"),
    "link": _("Business to ledger"),
    "settings": _("Set-up"),
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry. ``section`` is a key of ``SECTIONS``; ``icon`` a name in the sprite; lower ``order`` comes first."""

    section: str
    label: Any
    url_name: str
    icon: str
    permission: str
    order: int = 100


_ITEMS: dict[str, NavItem] = {}


def register(*items: NavItem) -> None:
    """Add entries; registering the same address again replaces it."""
    for item in items:
        if item.permission not in PERMISSION_LABELS or item.section not in SECTIONS:
            raise KeyError(f"{item.permission} / {item.section}")
        _ITEMS[item.url_name] = item


def entries(roles: Collection[str], path: str = "") -> list[dict[str, Any]]:
    """Sections with the entries that the roles may see; the entry whose address is the longest prefix of ``path``
    is the current one."""
    allowed = permissions_of(frozenset(roles))
    links = []
    for item in sorted(_ITEMS.values(), key=lambda item: item.order):
        if item.permission in allowed:
            try:
                links.append((item, reverse(item.url_name)))
            except NoReverseMatch:
                continue
    within = (url for _item, url in links if path == url or (url != "/" and path.startswith(url)))
    current = max(within, key=len, default="")
    return [
        {
            "label": label,
            "items": [
                {"label": item.label, "url": url, "icon": item.icon, "is_current": url == current}
                for item, url in links
                if item.section == section
            ],
        }
        for section, label in SECTIONS.items()
        if any(item.section == section for item, _url in links)
    ]
