"""FIFO (先进先出): the oldest layer leaves first. A layer used up gives all its value, else value x part, rounded.

What comes in is one new layer at the end, whatever layers it came from. Goods that go back to the supplier take
the layer of their own receipt first, then the oldest.
"""

from inventory.valuation.average import Average, check_adjustment
from inventory.valuation.pool import Layer, Pool, at_cost, rounded, unit_cost
from inventory.valuation.refusals import Insufficient


class Fifo(Average):
    """Movements of a FIFO pool; the average serves for gains and for transfers inside a company pool."""

    def receive(self, pool: Pool, move_id: int, qty: int, value: int) -> int:
        """``qty`` worth ``value`` settles shortages; the rest becomes the youngest layer."""
        rest_qty, rest_value = pool.settle(move_id, qty, value) if pool.qty < 0 else (qty, value)
        if rest_qty:
            pool.qty += rest_qty
            pool.value += rest_value
            pool.layers.append((move_id, rest_qty, rest_value))
            if pool.book.logging:
                pool.book.log.append((pool.layers.pop, ()))
        return value

    def issue(self, pool: Pool, move_id: int, qty: int, allow_negative: bool) -> int:
        """``qty`` leaves, oldest layer first. Returns its value; raises ``Insufficient``."""
        missing = qty - max(pool.qty, 0)
        if missing > 0 and not allow_negative:
            raise Insufficient(move=move_id, available=max(pool.qty, 0), needed=qty)
        estimate = None
        if missing > 0 and pool.layers:
            _id, youngest_qty, youngest_value = pool.layers[-1]
            estimate = rounded(youngest_value * missing, youngest_qty)
        out = self._take(pool, qty - missing if missing > 0 else qty)
        if missing > 0:
            if estimate is None:
                estimate = at_cost(missing, pool.last)
            out = pool.go_short(move_id, missing, estimate, out)
        pool.qty -= qty
        pool.value -= out
        if pool.settled:
            pool.settled, pool.wholes = {}, {}
        return out

    def return_to_supplier(
        self, pool: Pool, move_id: int, qty: int, receipt_id: int, cost: int, allow_negative: bool
    ) -> int:
        """``qty`` of a receipt leaves: from the receipt's own layer, then from the oldest ones."""
        out = left = 0
        place = self._place(pool, receipt_id)
        if place is not None and qty < pool.qty:
            layers = pool.layers
            layer = layers[place]
            _id, layer_qty, layer_value = layer
            left = min(qty, layer_qty)
            if left == layer_qty:
                out = layer_value
                del layers[place]
                if pool.book.logging:
                    pool.book.log.append((layers.insert, (place, layer)))
            else:
                out = rounded(layer_value * left, layer_qty)
                self._set(pool, place, (receipt_id, layer_qty - left, layer_value - out))
            pool.qty -= left
            pool.value -= out
            pool.settled, pool.wholes = {}, {}
        return out + self.issue(pool, move_id, qty - left, allow_negative) if qty > left else out

    def adjust(self, pool: Pool, move_id: int, amount: int) -> int:
        """Spread the signed ``amount`` over the layers by quantity, the rest on the last one.

        No layer is taken below zero: what it cannot bear goes on to the next ones, then to the first.
        """
        check_adjustment(pool, move_id, amount)
        parts = [rounded(amount * layer_qty, pool.qty) for _id, layer_qty, _value in pool.layers]
        parts[-1] = amount - sum(parts[:-1])
        unborne = 0
        for place, part in [*enumerate(parts), *enumerate([0] * len(parts))]:
            borne = max(part + unborne, -pool.layers[place][2])
            unborne += part - borne
            self._revalue(pool, place, borne)
        pool.value += amount
        return amount

    def landed(self, pool: Pool, receipt_id: int, amount: int) -> int:
        """Cost that belongs to a receipt directly before: on its layer, less what falls on settled shortages."""
        place = self._place(pool, receipt_id)
        on_stock = pool.settle_more(receipt_id, amount)
        if on_stock is None:
            if place is None:
                return 0
            on_stock = amount
        if place is not None:
            self._revalue(pool, place, on_stock)
        pool.value += on_stock
        return amount

    def variance(self, pool: Pool, receipt_id: int, received: int, amount: int) -> int:
        """The part of a price difference for the share of the receipt's layer that is left."""
        place = self._place(pool, receipt_id)
        if place is None:
            return 0
        _id, layer_qty, layer_value = pool.layers[place]
        on_stock = max(rounded(amount * layer_qty, received), -layer_value)
        self._revalue(pool, place, on_stock)
        pool.value += on_stock
        return on_stock

    def _take(self, pool: Pool, qty: int) -> int:
        """Take ``qty``, which is there, from the oldest layers. Returns its value."""
        layers = pool.layers
        log = pool.book.log if pool.book.logging else None
        out = 0
        while qty:
            layer = layers[0]
            layer_id, layer_qty, layer_value = layer
            if layer_qty <= qty:
                layers.popleft()
                if log is not None:
                    log.append((layers.appendleft, (layer,)))
                out += layer_value
                qty -= layer_qty
                if not layers:
                    pool.last = unit_cost(layer_value, layer_qty)
            else:
                part = rounded(layer_value * qty, layer_qty)
                self._set(pool, 0, (layer_id, layer_qty - qty, layer_value - part))
                out += part
                qty = 0
        return out

    @staticmethod
    def _place(pool: Pool, receipt_id: int) -> int | None:
        """Where the layer of a receipt stands; None if nothing of it is left. Mostly it is one of the youngest."""
        for back, layer in enumerate(reversed(pool.layers), 1):
            if layer[0] == receipt_id:
                return len(pool.layers) - back
        return None

    def _revalue(self, pool: Pool, place: int, change: int) -> None:
        layer_id, qty, value = pool.layers[place]
        if change:
            self._set(pool, place, (layer_id, qty, value + change))

    @staticmethod
    def _set(pool: Pool, place: int, layer: Layer) -> None:
        if pool.book.logging:
            pool.book.log.append((pool.layers.__setitem__, (place, pool.layers[place])))
        pool.layers[place] = layer
