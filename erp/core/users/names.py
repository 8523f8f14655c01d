"""The name under which a person's work is kept beside the work itself."""

from typing import Any

LONGEST = 60  # of the columns that keep it


def name_of(user: Any) -> str:
    """The user's name as text, kept as it is when the user is renamed; '' for nobody."""
    return str(user)[:LONGEST] if user is not None else ""
