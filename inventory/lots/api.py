"""The API of lots."""


def register() -> None:
    """Hang this part below /api/v1/."""
