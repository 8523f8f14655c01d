"""Run scenarios through the services, each in the same fresh company, and leave no trace of any.

One transaction around all makes the company; each scenario runs in a savepoint that is rolled back. What a worker
would do is done in this process: recosting that waits, then posting.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from inventory.scenarios import buying, company, compare, entry, months, steps
from inventory.scenarios.arrival import Arrival, can_be_shuffled
from inventory.scenarios.files import END, Expectation, Scenario, Step
from inventory.scenarios.steps import NoSuchStep, World, names_of


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(slots=True)
class Result:
    """``differences``: sentences; ``note``: why it was skipped, or that its order was not shuffled."""

    scenario: Scenario
    outcome: Outcome
    differences: list[str] = field(default_factory=list)
    note: str = ""


_TRIES = 20  # orders of arrival that are tried before a scenario counts as not shuffled


class _Over(Exception):
    """Undoes a transaction whose result is kept."""


class _Stuck(Exception):
    """In this order of arrival something that is left is never accepted."""


def run(
    scenarios: Sequence[Scenario], *, shuffle: int | None = None, skip_kinds: Collection[str] = ()
) -> Iterator[Result]:
    """Run the scenarios one by one. ``shuffle``: seed of another order of arrival, for those that allow it."""
    prepare()
    try:
        with transaction.atomic():
            template = company.make_company(scenarios)
            for scenario in scenarios:
                yield run_one(template, scenario, shuffle=shuffle, skip_kinds=skip_kinds)
            raise _Over
    except _Over:
        return


def prepare() -> None:
    """Make the steps known that inventory itself enters."""
    entry.register()
    buying.register()


def run_one(
    template: Company, scenario: Scenario, *, shuffle: int | None = None, skip_kinds: Collection[str] = ()
) -> Result:
    """Run one scenario in a company made for it; everything that it wrote is rolled back."""
    unwanted = {_name(kind) for kind in skip_kinds}
    left_out = sorted({name for step in scenario.steps for name in names_of(scenario, step)} & unwanted)
    if left_out:
        return Result(scenario, Outcome.SKIPPED, note=f"has {', '.join(left_out)}")
    tries = _TRIES if shuffle is not None and can_be_shuffled(scenario) else 0
    for attempt in range(tries):
        try:
            found = _undone(template, scenario, seed=(shuffle or 0) + 1_000_003 * attempt)
        except _Stuck:
            continue  # what came first took what others need: no order that refuses nothing
        return Result(scenario, Outcome.FAILED if found else Outcome.PASSED, found, "shuffled")
    found = _undone(template, scenario)
    note = "" if shuffle is None else "not shuffled"
    return Result(scenario, Outcome.FAILED if found else Outcome.PASSED, found, note)


def _undone(template: Company, scenario: Scenario, *, seed: int | None = None) -> list[str]:
    """Run the scenario, look at the books, undo everything: the differences."""
    found: list[str] = []
    try:
        with transaction.atomic():
            world = company.furnish(template, scenario)
            found = _enter_in_order(world) if seed is None else _enter_shuffled(world, seed)
            if not found:
                found = list(compare.broken(world))
            raise _Over
    except _Over:
        return found


def _name(kind: str) -> str:
    return kind.strip().lower().replace("-", "_").replace(" ", "_")


def _enter_in_order(world: World) -> list[str]:
    found: list[str] = []
    scenario = world.scenario
    last = scenario.steps[-1].ref if scenario.steps else END
    pause = _pause(scenario)
    for number, step in enumerate(scenario.steps, start=1):
        code, sentence = try_step(world, step, settle=number % pause == 0)
        wanted = scenario.refusals.get(step.ref, "")
        if code != wanted:
            found.append(_refusal(step, wanted, code, sentence))
        points = {step.ref, END} if step.ref == last else {step.ref}
        found += _compare(world, [row for row in scenario.expectations if row.after in points])
        if code and not wanted:
            break
    return found


def _enter_shuffled(world: World, seed: int) -> list[str]:
    arrival = Arrival(world.scenario, seed)
    entered: list[str] = []
    pause = _pause(world.scenario)
    while step := arrival.next():
        code, _sentence = try_step(world, step, settle=(len(entered) + 1) % pause == 0)
        if code:
            arrival.refused(step)
        else:
            arrival.accepted(step)
            entered.append(step.ref)
    if arrival.left:
        raise _Stuck
    last = world.scenario.steps[-1].ref if world.scenario.steps else END
    found = _compare(world, [row for row in world.scenario.expectations if row.after in (END, last)])
    return [f"{text} (entered {' '.join(entered)})" for text in found]


def _pause(scenario: Scenario) -> int:
    """The worker posts a dozen times on the way, so that some costs change before they are posted and some after."""
    return max(1, len(scenario.steps) // 12)


def try_step(world: World, step: Step, *, settle: bool = True) -> tuple[str, str]:
    """Enter a step and let the worker post. Returns code and sentence of the refusal, or two empty texts."""
    try:
        with transaction.atomic():
            made = steps.enter(world, step)
    except DomainError as error:
        return error.code, str(error)
    world.made[step.ref] = made
    if settle:
        world.settle()
    return "", ""


def _compare(world: World, stated: Sequence[Expectation]) -> list[str]:
    if not stated:
        return []
    months.calculate(world)
    world.settle()
    return [text for expectation in stated for text in compare.differences(world, expectation)]


def _refusal(step: Step, wanted: str, code: str, sentence: str) -> str:
    if not wanted:
        return f"{step.ref} ({step.do}) is refused, {code}: {sentence}"
    if not code:
        return f"{step.ref} ({step.do}) is accepted, refusal {wanted} expected"
    return f"{step.ref} ({step.do}): refusal {wanted} expected, {code} found: {sentence}"


__all__ = ["NoSuchStep", "Outcome", "Result", "run", "run_one"]
