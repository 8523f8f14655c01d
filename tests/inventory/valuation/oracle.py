"""The conventions of valuation once more, as slowly and plainly as possible: exact fractions of a currency unit.

Written apart from the engine: landed cost is simply added to its receipt beforehand, layers are a list, nothing is
undone. It knows nothing of frozen moves; leave them out.
"""

from fractions import Fraction

from inventory.valuation.engine import Effect

CENT = Fraction(1, 100)


def cent(value: Fraction, step: Fraction = CENT) -> Fraction:
    """Rounded half away from zero."""
    number = abs(value) / step
    whole = number.numerator // number.denominator
    if number - whole >= Fraction(1, 2):
        whole += 1
    return whole * step if value >= 0 else -whole * step


class OraclePool:
    def __init__(self, method, standard):
        self.method = method
        self.layers = []  # [id, qty, value]; an average pool has one
        self.short = []  # [id, qty, estimate]
        self.last = standard if method == "standard" else Fraction(0)

    @property
    def qty(self):
        return sum((layer[1] for layer in self.layers), Fraction(0)) - sum((s[1] for s in self.short), Fraction(0))

    @property
    def value(self):
        return sum((layer[2] for layer in self.layers), Fraction(0)) - sum((s[2] for s in self.short), Fraction(0))

    def unit(self):
        if self.method == "standard":
            return self.last
        return self.value / self.qty if self.qty > 0 else self.last

    def come_in(self, oracle, id, qty, value):
        whole_qty, whole_value = qty, value
        while self.short and qty:
            short = self.short[0]
            part = min(short[1], qty)
            paid = value if part == qty else cent(value * part / qty)
            estimate = short[2] if part == short[1] else cent(short[2] * part / short[1])
            short[1] -= part
            short[2] -= estimate
            oracle.values[short[0]] += estimate - paid
            qty, value = qty - part, value - paid
            self.last = cent(whole_value / whole_qty, Fraction(1, 10**10))
            if not short[1]:
                self.short.pop(0)
        if qty:
            if self.method == "fifo" or not self.layers:
                self.layers.append([id, qty, value])
            else:
                self.layers[0][1] += qty
                self.layers[0][2] += value

    def go_out(self, id, qty, first=0, cost=None):
        """Value of ``qty`` that leaves; ``cost`` and ``first`` for what goes back to a supplier."""
        value = Fraction(0)
        layers = [la for la in self.layers if la[0] == first] + [la for la in self.layers if la[0] != first]
        empties = qty >= self.qty
        if self.method != "fifo" and cost is not None and not empties:
            layer = self.layers[0]
            value = min(cost, layer[2])
            layer[1] -= qty
            layer[2] -= value
            return value
        unit = self.last
        for layer in self.layers if empties else layers:
            if not qty:
                break
            part = min(qty, layer[1])
            unit = layer[2] / layer[1]
            out = layer[2] if part == layer[1] else cent(layer[2] * part / layer[1])
            if empties:
                self.last = cent(unit, Fraction(1, 10**10))
            layer[1] -= part
            layer[2] -= out
            qty, value = qty - part, value + out
        self.layers = [layer for layer in self.layers if layer[1]]
        if qty:
            estimate = cent(qty * unit)
            self.short.append([id, qty, estimate])
            value += estimate
        return value


class Oracle:
    def __init__(self, settings, company_pool):
        self.settings = settings
        self.company_pool = company_pool
        self.pools = {}
        self.values = {}
        self.back = {}  # id: [qty, value] that came back
        self.of = {}  # returns: (id, qty, value at the original)
        self.sums = {}  # documents: [consumed, given, shares]

    def run(self, moves):
        """Signed values in cents by move id."""
        landed = {}
        for move in moves:
            if move.effect == Effect.LANDED:
                landed[move.of] = landed.get(move.of, 0) + move.given
        self.moves = {move.id: move for move in moves}
        self.landed = landed
        for move in moves:
            self.values[move.id] = Fraction(0)
            self.values[move.id] += self.value(move, Fraction(move.qty, 10**6), Fraction(move.given or 0, 100))
        for receipt, amount in landed.items():
            if self.settings[self.moves[receipt].item].method != "standard":
                self.values[receipt] -= Fraction(amount, 100)
        return {id: int(value * 100) for id, value in self.values.items()}

    def pool(self, move):
        setting = self.settings[move.item]
        key = (
            move.item,
            0 if self.company_pool else move.warehouse,
            move.lot if setting.method == "specific" else 0,
        )
        if key not in self.pools:
            self.pools[key] = OraclePool(setting.method, Fraction(setting.standard, 10**10))
        return self.pools[key]

    def part(self, move):
        """Value by the original of what comes back; the part that completes it takes the rest."""
        original = self.moves[move.of]
        qty, whole_qty = Fraction(abs(move.qty), 10**6), Fraction(abs(original.qty), 10**6)
        whole = abs(self.values[move.of])
        back = self.back.setdefault(move.of, [Fraction(0), Fraction(0)])
        rest = whole - back[1]
        part = rest if back[0] + qty == whole_qty else min(rest, cent(whole * qty / whole_qty))
        back[0] += qty
        back[1] += part
        if move.effect in (Effect.GIVE_BACK, Effect.TAKE_BACK) and move.of in self.of:
            first, first_qty, first_value = self.of[move.of]
            if first_qty == qty:
                self.back[first][0] -= first_qty
                self.back[first][1] -= first_value
        self.of[move.id] = (move.of, qty, part)
        return part

    def value(self, move, qty, given):
        effect = move.effect
        if effect == Effect.FEE:
            self.sums.setdefault(move.document, [Fraction(0), Fraction(0), 0])[0] += given
            return Fraction(0)
        pool = self.pool(move)
        standard = pool.method == "standard"
        if effect == Effect.LANDED:
            return Fraction(0) if standard else given
        if effect in (Effect.ADJUST, Effect.VARIANCE):
            return Fraction(0) if standard else getattr(self, f"_{effect.name.lower()}")(move, pool, given)
        if effect == Effect.REPRICE:
            return self.reprice(move, pool, Fraction(move.given, 10**10))
        if effect in (Effect.OUT, Effect.INTO) and self.company_pool:
            if effect == Effect.INTO:
                return -self.values[move.of]
            return -(pool.value if -qty == pool.qty else cent(-qty * pool.unit()))
        if move.qty > 0:
            return self.incoming(move, pool, qty, given)
        cost = self.part(move) if effect in (Effect.TO_SUPPLIER, Effect.TAKE_BACK) else None
        if standard:
            out = cent(-qty * pool.last)
            if -qty == pool.qty:
                out = pool.value
            elif -qty < pool.qty:
                out = min(out, pool.value)
            self.at_standard(pool, qty, -out)
        else:
            out = pool.go_out(move.id, -qty, move.of if cost is not None else 0, cost)
        if effect == Effect.CONSUME:
            self.sums.setdefault(move.document, [Fraction(0), Fraction(0), 0])[0] += out
        return -out

    def incoming(self, move, pool, qty, given):
        effect = move.effect
        value = given
        if effect == Effect.RECEIVE:
            value += Fraction(self.landed.get(move.id, 0), 100)
        elif effect == Effect.GAIN:
            value = cent(qty * pool.unit()) if pool.qty > 0 or pool.last else given
        elif effect in (Effect.BACK, Effect.GIVE_BACK):
            value = self.part(move)
        elif effect == Effect.INTO:
            value = -self.values[move.of]
        elif effect == Effect.PRODUCE:
            total = self.sums.setdefault(move.document, [Fraction(0), Fraction(0), 0])
            value = total[0] - total[1]
            total[2] += move.share
            if total[2] < move.given:
                value = min(value, cent(total[0] * move.share / move.given))
            total[1] += value
        if pool.method == "standard":
            if effect not in (Effect.INTO, Effect.GIVE_BACK):
                value = cent(qty * pool.last)
            if pool.qty + qty == 0 or (pool.qty + qty > 0 and pool.value + value < 0):
                value = -pool.value
            self.at_standard(pool, qty, value)
        else:
            pool.come_in(self, move.id, qty, value)
        return value

    @staticmethod
    def at_standard(pool, qty, value):
        pool.layers = [[0, pool.qty + qty, pool.value + value]]

    def reprice(self, move, pool, cost):
        change = Fraction(0)
        for key, other in self.pools.items():
            if key[0] == move.item and (other is pool or not move.warehouse or not other.qty):
                before, new = other.value, cent(other.qty * cost)
                self.at_standard(other, Fraction(0), new - before)
                change += new - before
                other.last = cost
        setting = self.settings[move.item]
        if setting.method == "standard":
            setting.standard = int(cost * 10**10)
        return change

    @staticmethod
    def _adjust(move, pool, given):
        total = pool.qty
        parts = [cent(given * layer[1] / total) for layer in pool.layers]
        parts[-1] = given - sum(parts[:-1])
        for layer, part in zip(pool.layers, parts, strict=True):
            layer[2] += part
        for _round in range(2):  # what a layer cannot bear goes on to the next ones, then to the first
            carried = Fraction(0)
            for layer in pool.layers:
                layer[2] += carried
                carried = min(layer[2], Fraction(0))
                layer[2] -= carried
            pool.layers[0][2] += carried
        return given

    def _variance(self, move, pool, given):
        received = Fraction(self.moves[move.of].qty, 10**6)
        if pool.qty <= 0:
            return Fraction(0)
        layers = [la for la in pool.layers if la[0] == move.of] if pool.method == "fifo" else pool.layers
        if not layers:
            return Fraction(0)
        value = max(cent(given * min(layers[0][1], received) / received), -layers[0][2])
        layers[0][2] += value
        return value
