"""The API of reservations and availability."""


def register() -> None:
    """Hang this part below /api/v1/."""
