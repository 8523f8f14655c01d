"""What the ground floor adds to the navigation."""

from django.utils.translation import gettext_lazy as _

from erp.core.web import navigation
from erp.core.web.navigation import NavItem


def register() -> None:
    """Called once by the app's ``ready``."""
    navigation.register(
        NavItem("settings", _("Import"), "import_list", "file-import", "core.run_import", 30),
        NavItem("settings", _("Jobs"), "job_list", "activity", "core.view_job", 90),
    )
