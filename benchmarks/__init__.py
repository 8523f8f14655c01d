"""Measurements of the roads that must be quick, run by ``make bench`` on a database made for them and dropped after."""
