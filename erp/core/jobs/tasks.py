"""Celery tasks of jobs. They carry ids only, are safe to run twice and safe to die at any line."""

from celery import shared_task

from erp.core.jobs import services


@shared_task(name="core.jobs.run")
def run(job_id: int) -> None:
    """Do the work of a job."""
    services.run(job_id)


@shared_task(name="core.jobs.sweep")
def sweep() -> None:
    """Queue again what lost its message or its worker."""
    services.sweep()
