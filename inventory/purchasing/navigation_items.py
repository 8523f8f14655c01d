"""What purchasing add to the navigation, to the reports and to the drills of the ledger."""


def register() -> None:
    """Called once when Django starts."""
