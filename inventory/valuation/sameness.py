"""When may a replay stop? As soon as every pool stands as it stood when the moves still to come were valued.

Moves were *entered* (or *cancelled*) since then. For each pool the tracker keeps how far quantity and value are from
where they would be without them. An average pool is the same again when both differences are zero; a FIFO pool when
the youngest layer that may differ has left, as long as no quantity was entered. Whatever else later moves look at
counts too: a transfer on its way, a delivery that comes back later, an assembly, a shortage. When in doubt a pool
counts as different: the replay is then longer than needed, never too short.
"""

from collections.abc import Collection, Mapping

from inventory.valuation.engine import Valuation
from inventory.valuation.moves import Effect, Move
from inventory.valuation.pool import Pool

_RETURNS = frozenset({Effect.BACK, Effect.TO_SUPPLIER, Effect.TAKE_BACK, Effect.GIVE_BACK})


class Track:
    """How a pool differs from what the stored values make of it.

    ``qty`` and ``value``: new less old. ``marker``: the youngest FIFO layer that may differ. ``broken``: nothing is
    known before the pool is empty. ``last`` / ``standard``: the last unit cost, the standard in force differ.
    """

    __slots__ = ("broken", "differs", "is_fifo", "is_standard", "last", "marker", "qty", "standard", "value")

    def __init__(self, method: str) -> None:
        self.qty = 0
        self.value = 0
        self.marker = 0
        self.broken = False
        self.last = False
        self.standard = False
        self.differs = False
        self.is_fifo = method == "fifo"
        self.is_standard = method == "standard"

    def compare(self, pool: Pool) -> bool:
        """Whether the pool may differ from the old one now."""
        if self.qty or self.standard or pool.shortages or pool.qty < 0:
            return True
        if pool.qty == 0:  # both are empty
            self.value = self.marker = 0
            self.broken = False
            return self.last
        if self.broken:
            return True
        return bool(self.marker) if self.is_fifo else bool(self.value)


class Sameness:
    """Follows a replay and answers ``is_reached``. ``entered`` and ``cancelled``: ids later stored values ignore.

    A mirror that was frozen as soon as it was entered belongs to neither.
    """

    def __init__(self, valuation: Valuation, entered: Collection[int], cancelled: Collection[int]) -> None:
        self.valuation = valuation
        self.entered = frozenset(entered)
        self.cancelled = frozenset(cancelled)
        self.news = self.entered | self.cancelled
        self.unseen = len(self.news)
        self.tracks: dict[Pool, Track] = {}
        self.different = 0  # tracks that differ
        self.moving: set[int] = set()  # transfers that left at another value and have not arrived
        self.awaited: dict[int, int] = {}  # moves with another value that are named later, and how often (0: unknown)
        self.assemblies: set[int] = set()  # documents that consumed at another value and have not produced
        self.shortages = 0  # moves gone short whose value is not final
        referred = valuation.referred
        self.naming: Mapping[int, int] | None = referred if isinstance(referred, Mapping) else None

    @property
    def is_reached(self) -> bool:
        """Nothing still to come can get another value."""
        return not (self.unseen or self.different or self.moving or self.awaited or self.assemblies or self.shortages)

    def track(self, pool: Pool, item: int) -> Track:
        """The track of a pool."""
        track = self.tracks.get(pool)
        if track is None:
            track = self.tracks[pool] = Track(self.valuation.items[item].method)
        return track

    def marker(self, pool: Pool) -> int:
        """The youngest FIFO layer that may differ; 0 if none."""
        track = self.tracks.get(pool)
        return track.marker if track is not None else 0

    def marker_left(self, pool: Pool) -> None:
        """The layer that ``marker`` named has been used up."""
        track = self.tracks[pool]
        track.marker = 0
        self._compare(track, pool)

    def plain(self, pool: Pool, move_id: int, item: int, effect: int, of: int, change: int, is_explained: bool) -> None:
        """A receipt, issue or transfer, not entered, whose value changed by ``change`` without emptying the pool.

        ``is_explained``: it took from layers up to the marker.
        """
        track = self.track(pool, item)
        track.value += change
        if track.is_fifo:
            if effect in (Effect.RECEIVE, Effect.INTO):
                track.marker = move_id
            elif not is_explained:
                track.broken = True
        if effect == Effect.OUT:
            self.moving.add(move_id)
        elif effect == Effect.INTO:
            self.moving.discard(of)
        self._await(move_id)
        self._compare(track, pool)

    def saw(self, pool: Pool | None, move: Move, value: int, has_changes: bool) -> None:
        """Any move, after it was applied with signed ``value``; ``has_changes``: it settled shortages."""
        is_entered = is_cancelled = False
        if self.unseen and move.id in self.news:
            self.unseen -= 1
            is_entered, is_cancelled = move.id in self.entered, move.id in self.cancelled
        if move.effect == Effect.FEE or pool is None or (move.effect == Effect.FROZEN and not is_cancelled):
            return
        change = value if is_entered else -move.value if is_cancelled else value - move.value
        is_new = is_entered or is_cancelled
        self._follow_named(move, change, is_new)
        track = self.track(pool, move.item)
        differed = track.differs
        if not self._stays_inside(move):
            track.value += change
            if is_new:
                track.qty += move.qty if is_entered else -move.qty
        if track.is_fifo:
            self._mark_layers(track, pool, move, is_new, change)
        if track.is_standard:
            self._standard(track, pool, move, is_new)
        if has_changes or pool.shortages:
            track.broken = track.broken or differed or bool(change) or is_new or has_changes
        if pool.qty == 0 and move.qty < 0:
            track.last = differed or bool(change) or is_new
        self._compare(track, pool)

    # Helpers

    def _compare(self, track: Track, pool: Pool) -> None:
        differs = track.compare(pool)
        self.different += differs - track.differs
        track.differs = differs

    def _await(self, move_id: int) -> None:
        if self.naming is not None:
            times = self.naming.get(move_id, 0)
            if times:
                self.awaited.setdefault(move_id, times)
        elif move_id in self.valuation.referred:
            self.awaited.setdefault(move_id, 0)

    def _follow_named(self, move: Move, change: int, is_new: bool) -> None:
        effect = move.effect
        if effect in _RETURNS and move.of in self.awaited:
            original = self.valuation.original(move.of)
            left = self.awaited[move.of] - 1
            if left == 0 or (original is not None and original.back_qty == abs(original.qty)):
                del self.awaited[move.of]
            elif left > 0 and not is_new:
                self.awaited[move.of] = left
        if effect == Effect.INTO:
            self.moving.discard(move.of)
        elif effect == Effect.PRODUCE:
            if move.document not in self.valuation.assemblies:
                self.assemblies.discard(move.document)
        elif change and effect == Effect.OUT:
            self.moving.add(move.id)
        elif change and effect == Effect.CONSUME:
            self.assemblies.add(move.document)
        if change and not is_new:
            self._await(move.id)
        if change and move.of and effect in (Effect.LANDED, Effect.FROZEN):
            self._await(move.of)

    def _stays_inside(self, move: Move) -> bool:
        """A transfer inside a company pool changes nothing of it."""
        if move.effect not in (Effect.OUT, Effect.INTO):
            return False
        return self.valuation.company_pool or self.valuation.items[move.item].method == "monthly_average"

    def _mark_layers(self, track: Track, pool: Pool, move: Move, is_new: bool, change: int) -> None:
        if self._stays_inside(move):
            return
        youngest = pool.layers[-1][0] if pool.layers else 0
        if is_new and move.qty:
            track.broken = True
        elif move.qty > 0:
            if change:
                track.marker = youngest
        elif move.qty == 0:
            if change or is_new:
                track.marker = youngest
        elif move.effect in _RETURNS and track.differs:
            track.marker = youngest
        elif change and not track.marker:
            track.broken = True
        if track.marker and all(layer[0] != track.marker for layer in pool.layers):
            track.marker = 0

    def _standard(self, track: Track, pool: Pool, move: Move, is_new: bool) -> None:
        if is_new and move.qty == 0:
            for key, other in self.valuation.pools.items():
                if key[0] == move.item:
                    other_track = self.track(other, move.item)
                    other_track.standard = True
                    self._compare(other_track, other)
        elif move.effect == Effect.REPRICE:
            track.standard = False
            for key, other in self.valuation.pools.items():
                if key[0] == move.item and (not other.qty or not move.warehouse):
                    other_track = self.track(other, move.item)
                    other_track.standard = False
                    self._compare(other_track, other)
