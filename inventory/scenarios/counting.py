"""Stock counts of scenarios: what was counted at the step's date; the difference is fixed when it is confirmed."""

from inventory.counts import services
from inventory.counts.models import StockCount
from inventory.scenarios.files import Step
from inventory.scenarios.steps import Made, World


def count(world: World, step: Step) -> Made:
    """Count and confirm at once; the gain and the loss that came of it are the step's documents."""
    raise NotImplementedError


def cancel(world: World, step: Step) -> Made:
    raise NotImplementedError
