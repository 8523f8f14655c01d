"""The API of recosting and month end."""


def register() -> None:
    """Hang this part below /api/v1/."""
