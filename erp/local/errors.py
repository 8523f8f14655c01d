"""The one error of this package: what is wrong with the machine, and the cure."""


class LocalServerError(RuntimeError):
    """A local server can't be had; the message names the cure and is shown without a traceback."""
