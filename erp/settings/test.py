"""Tests: real PostgreSQL with fast settings; tasks run in the caller unless a test starts a worker."""

import os

from erp.local import database_url
from erp.settings.base import *  # noqa: F403
from erp.settings.base import database

SECRET_KEY = "tests-only"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": database(os.environ.get("DATABASE_URL") or database_url(test=True))}
CELERY_BROKER_URL = os.environ.get("REDIS_URL", "memory://")
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
LANGUAGE_CODE = "zh-hans"
