# The production image: web, worker, beat and migrations are the same image with another command.
FROM python:3.12-slim AS packages
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/runtime.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=erp.settings.production \
    TONGZHANG_VAR=/srv/var
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin tongzhang \
    && install --directory --owner=tongzhang --group=tongzhang /srv/app /srv/var /srv/var/media
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/app
COPY . .
# Static files are part of the image. Collecting them reads the settings but no secret and no database.
RUN SECRET_KEY=build-only ALLOWED_HOSTS=localhost DATABASE_URL=postgresql://build.invalid/none \
    REDIS_URL=redis://build.invalid python manage.py collectstatic --noinput --verbosity 0
USER tongzhang
EXPOSE 8000
VOLUME /srv/var/media
# Asked through the proxy's header, or the redirect to https would answer.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/health/', headers={'Host': 'localhost', 'X-Forwarded-Proto': 'https'}), timeout=4)"]
CMD ["gunicorn", "erp.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", \
     "--access-logfile", "-", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
