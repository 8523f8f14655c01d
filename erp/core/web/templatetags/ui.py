"""Template tags of the design system: figures, icons, badges, tiles. ``{% load ui %}``."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# state → colour of its badge; the words come from the model's choices
BADGE_COLOURS = {
    "draft": "grey",
    "waiting": "grey",
    "retired": "grey",
    "void": "grey",
    "cancelled": "grey",
    "settled": "grey",
    "reviewed": "blue",
    "running": "blue",
    "closing": "blue",
    "confirmed": "green",
    "posted": "green",
    "active": "green",
    "open": "green",
    "done": "green",
    "pending": "amber",
    "partial": "amber",
    "failed": "red",
    "reversed": "red",
    "closed": "grey",
}


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None


@register.filter
def money(value: Any) -> SafeString | str:
    """An amount with two decimals and thousands separators; red when negative."""
    amount = _decimal(value)
    if amount is None:
        return ""
    text = f"{amount:,.2f}"
    return format_html('<span class="red">{}</span>', text) if amount < 0 else text


@register.filter
def money_blank(value: Any) -> SafeString | str:
    """As ``money``, but zero is left blank, as books show it."""
    amount = _decimal(value)
    return "" if not amount else money(amount)


@register.filter
def qty(value: Any) -> SafeString | str:
    """A quantity without trailing zeros; red when negative."""
    amount = _decimal(value)
    if amount is None:
        return ""
    text = f"{amount:,.6f}".rstrip("0").rstrip(".")
    return format_html('<span class="red">{}</span>', text) if amount < 0 else text


@register.filter
def unit_cost(value: Any) -> str:
    """A unit cost or price: at least two decimals, at most six."""
    amount = _decimal(value)
    if amount is None:
        return ""
    whole, _, decimals = f"{amount:,.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


@register.filter
def percent(value: Any) -> str:
    """A share (0.125) as 12.5 %."""
    amount = _decimal(value)
    return "" if amount is None else f"{amount * 100:.1f}%"


@register.filter
def rate(value: Any) -> str:
    """A tax rate (0.1300) as 13%: only the decimals that it has."""
    amount = _decimal(value)
    return "" if amount is None else f"{(amount * 100).normalize():f}%" if amount else "0%"


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite; ``size="s"`` for the small one."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        " icon-s" if size == "s" else "",
        static("vendor/tabler-icons/sprite.svg"),
        name,
    )


@register.simple_tag
def badge(state: str, label: Any = "") -> SafeString:
    """A state in its colour: ``{% badge voucher.status voucher.get_status_display %}``."""
    return format_html('<span class="badge {}">{}</span>', BADGE_COLOURS.get(state, "grey"), label or state)


@register.inclusion_tag("components/kpi.html")
def kpi(label: Any, value: Any, url: str = "", delta: Any = "", tone: str = "", icon: str = "") -> dict[str, Any]:
    """A tile: label, figure, a line below it, and where a click leads. ``tone``: good, warn or bad."""
    return {"label": label, "value": value, "url": url, "delta": delta, "tone": tone, "icon": icon}


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """The current address's query with changes; None removes a parameter."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return "?" + urlencode(list(query.lists()), doseq=True)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """``mapping[key]`` or None."""
    return mapping.get(key) if hasattr(mapping, "get") else None
