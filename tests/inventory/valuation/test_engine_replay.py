"""The fast replay gives what the engine gives move by move, and stops early only when nothing can change any more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.valuation.engine import Effect, ItemSetting, Move, Valuation
from inventory.valuation.replay import replay
from tests.inventory.valuation.runs import METHODS, UNIT, Run, ops, state_of, values_of

RUNS = st.tuples(
    st.sampled_from(METHODS), st.booleans(), st.booleans(), ops(), st.sampled_from(["all", "set", "counts"])
)


def _entered(method, company_pool, negative, entries):
    run = Run(method, company_pool, negative)
    for op in entries:
        run.enter(op)
    return run


@settings(max_examples=200, deadline=None)
@given(RUNS)
def test_a_replay_yields_what_differs_and_nothing_else(drawn):
    *kind, naming = drawn
    run = _entered(*kind)
    moves = run.moves()
    straight = run.valuation(naming)
    values = values_of(moves, straight)
    fixed = (Effect.FROZEN, Effect.FEE)
    wrong = [move if move.effect in fixed else move._replace(value=7) for move in moves]
    valuation = run.valuation(naming)
    found = {move_id: value for move_id, value, _cost in replay(valuation, wrong)}
    never = {move.id for move in moves if move.effect in fixed}
    assert found == {move_id: value for move_id, value in values.items() if value != 7 and move_id not in never}
    assert state_of(valuation) == state_of(straight)
    right = [move._replace(value=values[move.id]) for move in moves]
    assert list(replay(run.valuation(naming), right)) == []


@settings(max_examples=200, deadline=None)
@given(RUNS)
def test_rows_of_a_cursor_serve_as_well_as_moves(drawn):
    *kind, naming = drawn
    run = _entered(*kind)
    moves = run.moves()
    rows = [tuple(move) for move in moves]
    assert list(replay(run.valuation(naming), rows)) == list(replay(run.valuation(naming), moves))


@settings(max_examples=250, deadline=None)
@given(RUNS)
def test_stored_values_kept_up_by_replays_that_stop_early_are_those_of_a_straight_run(drawn):
    method, company_pool, negative, entries, naming = drawn
    run = Run(method, company_pool, negative)
    stored: dict[int, int] = {}
    for op in entries:
        news = run.enter(op)
        if news is None:
            continue
        entered, cancelled = news
        moves = [m if m.effect == Effect.FROZEN else m._replace(value=stored.get(m.id, 0)) for m in run.moves()]
        found = replay(run.valuation(naming), moves, entered=entered, cancelled=cancelled)
        stored.update((move_id, value) for move_id, value, _cost in found)
        expected = values_of(run.moves(), run.valuation())
        assert {m.id: stored.get(m.id, 0) for m in moves if m.effect != Effect.FROZEN} == {
            m.id: expected[m.id] for m in moves if m.effect != Effect.FROZEN
        }


def _move(id, effect, qty=0, given=None, of=0, value=0, item=1, warehouse=1, document=0, share=0):
    return Move(id, effect, item, warehouse, 0, qty * UNIT, given, of, document, share, value)


@pytest.mark.parametrize("method", ["moving_average", "fifo", "specific"])
def test_a_replay_stops_when_the_pool_is_empty_and_filled_again(method):
    moves = [
        _move(1, Effect.RECEIVE, 2, 1000, value=1000),
        _move(9, Effect.LANDED, 0, 500, of=1),
        _move(2, Effect.ISSUE, -2, value=-1000),
        _move(3, Effect.RECEIVE, 2, 800, value=800),
        _move(4, Effect.ISSUE, -1, value=-400),
    ]
    valuation = Valuation({1: ItemSetting(method)}, False, {1: 0})
    assert list(replay(valuation, moves, entered=[9])) == [(9, 500, 0), (2, -1500, 75 * 10**9)]
    assert valuation.stopped_after == 3


def test_a_fifo_replay_stops_when_the_layer_has_left():
    moves = [
        _move(1, Effect.RECEIVE, 2, 1000, value=1000),
        _move(9, Effect.LANDED, 0, 500, of=1),
        _move(2, Effect.RECEIVE, 5, 800, value=800),
        _move(3, Effect.ISSUE, -1, value=-500),
        _move(4, Effect.ISSUE, -2, value=-660),
        _move(5, Effect.ISSUE, -1, value=-160),
        _move(6, Effect.ISSUE, -1, value=-160),
    ]
    valuation = Valuation({1: ItemSetting("fifo")}, False, frozenset())
    assert [row[:2] for row in replay(valuation, moves, entered=[9])] == [(9, 500), (3, -750), (4, -910)]
    assert valuation.stopped_after == 4


def test_a_replay_goes_on_while_a_changed_delivery_is_still_to_come_back():
    moves = [
        _move(1, Effect.RECEIVE, 2, 1000, value=1000),
        _move(9, Effect.LANDED, 0, 500, of=1),
        _move(2, Effect.ISSUE, -2, value=-1000),
        _move(3, Effect.RECEIVE, 2, 800, value=800),
        _move(4, Effect.BACK, 1, of=2, value=500),
        _move(5, Effect.ISSUE, -3, value=-1300),
        _move(6, Effect.RECEIVE, 2, 800, value=800),
        _move(7, Effect.RECEIVE, 2, 800, value=800),
    ]
    valuation = Valuation({1: ItemSetting("moving_average")}, False, {1: 0, 2: 1})
    assert [row[:2] for row in replay(valuation, moves, entered=[9])] == [(9, 500), (2, -1500), (4, 750), (5, -1550)]
    assert valuation.stopped_after == 6


@pytest.mark.parametrize("method", ["moving_average", "fifo"])
def test_a_replay_goes_on_while_a_cent_is_on_its_way(method):
    """The cent of landed cost leaves with the transfer: the pool it left is the same again, the other not yet."""
    moves = [
        _move(1, Effect.RECEIVE, 2, 1000, value=1000),
        _move(9, Effect.LANDED, 0, 1, of=1),
        _move(2, Effect.OUT, -1, value=-500),
        _move(3, Effect.INTO, 1, of=2, value=500, warehouse=2),
        _move(4, Effect.ISSUE, -1, value=-500, warehouse=2),
    ]
    valuation = Valuation({1: ItemSetting(method)}, False, {1: 0})
    found = list(replay(valuation, moves, entered=[9]))
    assert [row[:2] for row in found] == [(9, 1), (2, -501), (3, 501), (4, -501)]


def test_a_replay_goes_on_while_an_assembly_has_consumed_and_not_produced():
    moves = [
        _move(1, Effect.RECEIVE, 2, 1000, value=1000),
        _move(9, Effect.LANDED, 0, 1, of=1),
        _move(2, Effect.CONSUME, -1, value=-500, document=7),
        _move(3, Effect.FEE, 0, 10, document=7, item=0, warehouse=0),
        _move(4, Effect.PRODUCE, 1, 1, document=7, share=1, item=2, value=510),
        _move(5, Effect.ISSUE, -1, value=-510, item=2),
    ]
    valuation = Valuation({1: ItemSetting("moving_average"), 2: ItemSetting("moving_average")}, False, {1: 0})
    found = list(replay(valuation, moves, entered=[9]))
    assert [row[:2] for row in found] == [(9, 1), (2, -501), (4, 511), (5, -511)]


def test_a_replay_of_nothing_new_reads_nothing():
    valuation = Valuation({1: ItemSetting("fifo")}, False)
    assert list(replay(valuation, iter([_move(1, Effect.RECEIVE, 1, 5)]), entered=[])) == []
    assert valuation.stopped_after == 0 and not valuation.pools


def test_an_issue_at_the_average_has_the_unit_cost_of_its_pool():
    moves = [_move(1, Effect.RECEIVE, 3, 1000), _move(2, Effect.ISSUE, -1), _move(3, Effect.ISSUE, -2)]
    valuation = Valuation({1: ItemSetting("moving_average")}, False)
    assert list(replay(valuation, moves)) == [
        (1, 1000, 33333333333),
        (2, -333, 33333333333),
        (3, -667, 33350000000),
    ]


def test_a_move_that_went_short_is_told_once_with_what_it_cost_in_the_end():
    moves = [
        _move(1, Effect.RECEIVE, 10, 10000, value=10000),
        _move(2, Effect.ISSUE, -15, value=-15000),
        _move(3, Effect.RECEIVE, 2, 3000, value=3000),
        _move(4, Effect.RECEIVE, 15, 22500, value=22500),
        _move(5, Effect.ISSUE, -1, value=-1500),
    ]
    valuation = Valuation({1: ItemSetting("fifo", 0, True)}, False)
    assert [row[:2] for row in replay(valuation, moves)] == [(2, -17500)]
