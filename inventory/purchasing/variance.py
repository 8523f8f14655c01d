"""Where a price variance goes: pure. Stock takes the part whose goods are still there, cost of sales the rest."""

from dataclasses import dataclass
from decimal import Decimal

from erp.core.money import ZERO


@dataclass(slots=True)
class Part:
    """What a part of an invoice line does, in company currency and with the sign of the invoice.

    ``cost``: what the goods cost by the invoice (with the tax that is not deductible); ``estimate``: what the receipt
    had estimated for them; ``in_grni``: the part of it that stands in goods received, not invoiced (all, unless the
    monthly reversal holds it); ``carried``: the part of what it holds that goes back into stock. The first part of a
    line carries ``tax`` and ``gross`` of the line.
    """

    line_id: int
    item_id: int | None
    warehouse_id: int | None
    qty: Decimal
    cost: Decimal
    estimate: Decimal = ZERO
    in_grni: Decimal = ZERO
    carried: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO
    tax_pending: Decimal = ZERO
    tax_out: Decimal = ZERO
    gross: Decimal = ZERO
    charge: Decimal = ZERO
    to_stock: Decimal = ZERO
    to_cogs: Decimal = ZERO
    to_variance: Decimal = ZERO
    receipt_line_id: int | None = None  # of a variance that a stock document carries

    @property
    def variance(self) -> Decimal:
        """What the invoice costs more than was estimated."""
        return self.cost - self.estimate

    def place(self, *, stock: Decimal | None, standard: bool) -> None:
        """Standard cost: all of it is cost variance, with what a held estimate did not put into stock. Else ``stock``
        of it is in stock and the rest cost of sales."""
        if standard:
            self.to_variance = self.cost - self.in_grni - self.carried
        else:
            self.to_stock = stock or ZERO
            self.to_cogs = self.cost - self.in_grni - self.carried - self.to_stock

    @property
    def measures(self) -> dict[str, str]:
        """For posting rules. Stock takes ``est_open + back + variance_stock`` and gives the estimate back."""
        figures = {
            "qty": self.qty,
            "est_cost": self.estimate,
            "est_open": self.in_grni,
            "back": self.carried,
            "amount_net": self.net,
            "tax": self.tax,
            "tax_pending": self.tax_pending,
            "tax_out": self.tax_out,
            "gross": self.gross,
            "charge": self.charge,
            "variance": self.variance if not self.charge else ZERO,
            "variance_stock": self.to_stock,
            "variance_cogs": self.to_cogs,
            "variance_price": self.to_variance,
        }
        return {name: str(value) for name, value in figures.items() if value}
