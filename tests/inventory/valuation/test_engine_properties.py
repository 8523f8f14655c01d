"""What holds for every run of moves: the engine agrees with a slow oracle, values add up, nothing is lost or undone
by halves, and a pool may be put down and taken up anywhere."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.valuation.engine import Effect, Valuation
from inventory.valuation.refusals import ValuationRefusal
from tests.inventory.valuation.oracle import Oracle
from tests.inventory.valuation.runs import METHODS, Run, ops, settings_of, state_of, values_of

KIND = st.tuples(st.sampled_from(METHODS), st.booleans(), st.booleans())


def _run(kind, entries):
    run = Run(*kind)
    for op in entries:
        run.enter(op)
    return run


@settings(max_examples=250, deadline=None)
@given(KIND, ops())
def test_the_engine_agrees_with_exact_fractions(kind, entries):
    run = _run(kind, entries)
    moves = [move for move in run.moves() if move.effect != Effect.FROZEN]
    valuation = run.valuation()
    oracle = Oracle(settings_of(run.method, run.negative), run.company_pool)
    assert values_of(moves, valuation) == oracle.run(moves)
    for key, pool in oracle.pools.items():
        state = valuation.dump(key)
        assert (state.qty, state.value) == (pool.qty * 10**6, pool.value * 100)


@settings(max_examples=150, deadline=None)
@given(KIND, ops())
def test_values_add_up_and_an_empty_pool_is_worth_nothing(kind, entries):
    run = _run(kind, entries)
    valuation = run.valuation()
    values = {}
    seen = []
    for move in run.moves():
        values[move.id] = valuation.apply(move)
        values.update(valuation.changes)
        valuation.changes.clear()
        stays = run.company_pool and move.effect in (Effect.OUT, Effect.INTO)
        if move.effect not in (Effect.FROZEN, Effect.FEE) and not stays:
            seen.append(move)
        for key, pool in valuation.pools.items():
            mine = [m for m in seen if valuation.key(m.item, m.warehouse, m.lot) == key]
            assert pool.qty == sum(m.qty for m in mine)
            assert pool.value == sum(values[m.id] for m in mine)
            assert pool.value >= 0 or pool.qty < 0
            assert pool.qty or not pool.value
            if run.method == "fifo" and key[0] == 1:
                short = sum(s.qty for s in pool.shortages), sum(s.value for s in pool.shortages)
                assert pool.qty == sum(layer[1] for layer in pool.layers) - short[0]
                assert pool.value == sum(layer[2] for layer in pool.layers) - short[1]
                assert all(layer[1] > 0 and layer[2] >= 0 for layer in pool.layers)
                assert not (pool.layers and pool.shortages)


@settings(max_examples=150, deadline=None)
@given(KIND, ops(), ops(), st.integers(0, 40))
def test_what_is_rolled_back_leaves_no_trace(kind, entries, others, after):
    moves = _run(kind, entries).moves()
    run = Run(*kind, next_id=1000, dated=False)
    run.entries = _run(kind, entries).entries
    for op in others:
        run.enter(op)
    later = [move for entry in run.entries for move in entry.moves if move.id >= 1000]
    valuation = Run(*kind).valuation()
    values_of(moves[:after], valuation)
    before = state_of(valuation)
    outer = valuation.mark()
    for move in later:
        inner, at_inner = valuation.mark(), state_of(valuation)
        try:
            valuation.apply(move)
        except ValuationRefusal:
            valuation.rollback(inner)
            assert state_of(valuation) == at_inner
    valuation.rollback(outer)
    assert state_of(valuation) == before
    valuation.keep()
    untouched = Run(*kind).valuation()
    values_of(moves[:after], untouched)
    assert values_of(moves[after:], valuation) == values_of(moves[after:], untouched)


@settings(max_examples=150, deadline=None)
@given(KIND, ops(), st.integers(0, 40))
def test_pools_put_down_and_taken_up_again_go_on_the_same(kind, entries, after):
    run = _run(kind, entries)
    moves = run.moves()
    while 0 < after < len(moves) and (moves[after].document or moves[after].effect == Effect.LANDED):
        after += 1  # a document is not torn apart, and landed cost comes with its receipt
    straight = run.valuation()
    values_of(moves[:after], straight)
    resumed = Valuation(settings_of(run.method, run.negative), run.company_pool)
    for key in straight.pools:
        resumed.load(key, json.loads(json.dumps(straight.dump(key))))
        assert resumed.dump(key) == straight.dump(key)
    if straight.standards:
        resumed.items[1].standard = straight.standards[1]
    for move_id, original in straight.book.originals.items():
        item, lot, qty, value, back_qty, back_value, of, part = original
        resumed.load_original(move_id, qty, value, back_qty, back_value, item=item, lot=lot, of=of, part=part)
    resumed.in_transit.update(straight.in_transit)
    assert values_of(moves[after:], resumed) == values_of(moves[after:], straight)
    assert {k: s for k, s in state_of(resumed)[0].items()} == {k: s for k, s in state_of(straight)[0].items()}


@settings(max_examples=80, deadline=None)
@given(KIND, ops(), st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_matter(kind, entries, random):
    run = _run(kind, entries)
    shuffled = list(run.entries)
    random.shuffle(shuffled)
    again = Run(*kind)
    again.entries = sorted(shuffled)
    again.frozen = run.frozen
    assert values_of(again.moves(), again.valuation()) == values_of(run.moves(), run.valuation())
