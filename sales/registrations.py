"""What the sales app registers with the floors below when Django starts."""


def register() -> None:
    """Called once by the app's ``ready``."""
