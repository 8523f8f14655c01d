"""What the ground floor adds to the navigation."""


def register() -> None:
    """Called once by the app's ``ready``."""
