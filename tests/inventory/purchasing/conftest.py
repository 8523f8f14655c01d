"""Fixtures of the pages of purchasing."""

from tests.inventory.purchasing.buyer import buyer, clerk, keeper, manager

__all__ = ["buyer", "clerk", "keeper", "manager"]
