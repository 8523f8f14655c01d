"""Stock counts of scenarios: what was counted at the step's date; the difference is fixed when it is confirmed."""

from decimal import Decimal

from inventory.counts.services import count_now, reverse_count
from inventory.scenarios.files import Step
from inventory.scenarios.steps import Made, World

COUNT = "counts"


def count(world: World, step: Step) -> Made:
    """Count and confirm at once, one count per warehouse; the gains and losses that came of it are its documents."""
    places: dict[str, list[tuple[int, Decimal, int | None, Decimal | None]]] = {}
    for line in step.lines:
        row = world.items[line.item].pk, line.qty, world.lot(line), line.unit_cost
        places.setdefault(line.warehouse, []).append(row)
    counts = [
        count_now(world.company, world.warehouses[warehouse].pk, step.on, rows, by=None)
        for warehouse, rows in places.items()
    ]
    documents = [pk for row in counts for pk in (row.gain_id, row.loss_id) if pk is not None]
    return Made(documents, {COUNT: [row.pk for row in counts]})


def cancel(world: World, step: Step) -> Made:
    """As if it had never been counted."""
    for count_id in world.made[step.of].other[COUNT]:
        reverse_count(world.company, count_id, by=None)
    world.made.pop(step.of)
    return Made()
