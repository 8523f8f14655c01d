"""Fixtures of the pages of purchasing."""

from tests.inventory.purchasing.buyer import accountant, buyer, clerk, keeper

__all__ = ["accountant", "buyer", "clerk", "keeper"]
