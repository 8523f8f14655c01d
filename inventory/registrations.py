"""What the inventory app registers with the floors below when Django starts."""


def register() -> None:
    """Called once by the app's ``ready``."""
    from erp.core.companies.setup import register_installer
    from inventory import api, closing, events, navigation_items, setup, verify

    register_installer(20, setup.install)
    events.register()
    verify.register()
    closing.register()
    api.register()
    navigation_items.register()
