"""The kinds of documents that trade lines become."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TradeKind(models.TextChoices):
    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")
    GIFT = "gift", _("Gift")
    STOCK_CORRECTION = "stock_correction", _("Stock correction")


# Beside them, one document per file: the goods that the file takes out without saying where they came from.
OPENING = "opening"

ORDERS = frozenset({TradeKind.SALE.value, TradeKind.RETURN.value})
ISSUES = frozenset({TradeKind.GIFT.value, TradeKind.STOCK_CORRECTION.value})
# Quantities of these kinds are negative in the file.
NEGATIVE = frozenset({TradeKind.RETURN.value, TradeKind.STOCK_CORRECTION.value})
