"""The API of suppliers."""


def register() -> None:
    """Hang this part below /api/v1/."""
