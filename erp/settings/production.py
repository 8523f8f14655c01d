"""Production: everything from the environment, nothing guessed; a missing variable stops the start."""

import os

from django.core.exceptions import ImproperlyConfigured

from erp.settings.base import *  # noqa: F403
from erp.settings.base import MIDDLEWARE, broker, database


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


SECRET_KEY = required("SECRET_KEY")
ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith(".")]
DATABASES = {"default": database(required("DATABASE_URL"), pool=os.environ.get("DATABASE_POOL", "1") == "1")}
REDIS_URL = required("REDIS_URL")
CELERY_BROKER_URL = broker(REDIS_URL)["CELERY_BROKER_URL"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = os.environ.get("SECURE_SSL_REDIRECT", "1") == "1"
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
MIDDLEWARE = [*MIDDLEWARE]
