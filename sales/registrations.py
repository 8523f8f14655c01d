"""What the sales app registers with the floors below when Django starts."""


def register() -> None:
    """Called once by the app's ``ready``."""
    from erp.core.companies.setup import register_installer
    from inventory.documents.parties import register_parties
    from sales import api, events, navigation_items, scenarios, setup, verify
    from sales.customers.queries import parties
    from sales.imports import target
    from sales.orders import promises

    register_installer(30, setup.install)
    register_parties(parties)
    events.register()
    verify.register()
    api.register()
    navigation_items.register()
    target.register()
    promises.register()
    scenarios.register()
