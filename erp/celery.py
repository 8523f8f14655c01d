"""The Celery application. The broker carries wake-up calls only; facts live in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings.demo")

app = Celery("tongzhang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["erp.core.jobs", "erp.core.imports", "ledger.posting", "ledger.vouchers.seals", "inventory"])
