"""The project: roof (settings, urls, celery, home) and ground floor (core)."""

from erp.celery import app as celery_app

__all__ = ["celery_app"]
