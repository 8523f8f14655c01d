"""The API of purchasing."""


def register() -> None:
    """Hang this part below /api/v1/."""
