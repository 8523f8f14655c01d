"""Another order of arrival: the same documents come in at random, and the result must be the same.

What came in together must stay in order only where the order itself means something: on one day documents count in
the order of their confirmation, and nothing comes before what it names.
"""

import random
from collections.abc import Sequence

from inventory.scenarios.files import Scenario, Step


def can_be_shuffled(scenario: Scenario) -> bool:
    """Not where something is refused, counted or closed: those depend on what is there when they are entered."""
    fixed = {"count", "close_period"}
    return not scenario.refusals and not any(step.do in fixed for step in scenario.steps)


def before(scenario: Scenario) -> dict[str, set[str]]:
    """Step → steps that must have been entered before it."""
    found: dict[str, set[str]] = {step.ref: set() for step in scenario.steps}
    for position, step in enumerate(scenario.steps):
        if step.of:
            found[step.ref].add(step.of)
        for earlier in scenario.steps[:position]:
            same_day = earlier.on == step.on and "cancel" not in (earlier.do, step.do)
            siblings = step.of and earlier.of == step.of
            # What a cancelled document names may be gone, and what names it comes after its own cancellation.
            if same_day or siblings or (step.do == "cancel" and earlier.of == step.of):
                found[step.ref].add(earlier.ref)
    return found


class Arrival:
    """Gives the steps one by one. A step that was refused comes again once something else was accepted."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._before = before(scenario)
        self._done: set[str] = set()
        self._refused: set[str] = set()
        self._waiting: list[Step] = list(scenario.steps)
        random.Random(f"{seed} {scenario.id}").shuffle(self._waiting)

    def next(self) -> Step | None:
        """The next step that may come, or None: all are in, or nothing that is left is accepted."""
        ready = (
            step for step in self._waiting if step.ref not in self._refused and self._before[step.ref] <= self._done
        )
        return next(ready, None)

    def accepted(self, step: Step) -> None:
        self._waiting.remove(step)
        self._done.add(step.ref)
        self._refused.clear()

    def refused(self, step: Step) -> None:
        self._refused.add(step.ref)

    @property
    def left(self) -> Sequence[str]:
        return [step.ref for step in self._waiting]
