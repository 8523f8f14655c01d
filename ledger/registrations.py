"""What the ledger app registers with the floors below when Django starts."""


def register() -> None:
    """Called once by the app's ``ready``."""
    from erp.core.companies.setup import register_installer
    from ledger import setup
    from ledger.posting import events  # noqa: F401  (connects the receiver)

    register_installer(10, setup.install)
