"""The API of stock counts."""


def register() -> None:
    """Hang this part below /api/v1/."""
