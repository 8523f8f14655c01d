"""``make demo`` and development: embedded PostgreSQL and Redis unless the environment names others."""

import hashlib
import os

from erp.local import database_url, redis_url
from erp.settings.base import *  # noqa: F403
from erp.settings.base import BASE_DIR, broker, database

DEBUG = os.environ.get("DEBUG", "0") == "1"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, os.environ.get("ALLOWED_HOSTS", "").split(","))]
# Stable per checkout, so that sessions survive a restart; never used in production, which demands SECRET_KEY.
SECRET_KEY = os.environ.get("SECRET_KEY") or "demo-" + hashlib.sha256(str(BASE_DIR).encode()).hexdigest()
DATABASES = {
    "default": database(os.environ.get("DATABASE_URL") or database_url(), pool=os.environ.get("DATABASE_POOL") == "1")
}
REDIS_URL = os.environ.get("REDIS_URL") or redis_url()
CELERY_BROKER_URL = broker(REDIS_URL)["CELERY_BROKER_URL"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
