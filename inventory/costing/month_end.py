"""The steps of the month end of stock that take time: recost, settle the month, write vouchers. Each runs as a job."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from erp.core.jobs.registry import JobKind, Outcome, Progress, register_job_kind
from inventory.costing import monthly, recost
from inventory.costing.checklist import MONTHLY, POST, RECOST
from inventory.costing.models import CostRun, RecostRequest
from ledger.periods.models import Period
from ledger.posting import service as posting

JOB = "stock_month_end"


@dataclass(frozen=True, slots=True)
class Step:
    """``permission`` to start it; ``run`` returns the figures of its page."""

    code: str
    label: Any
    permission: str
    run: Callable[[Company, Period, Any], dict[str, Any]]


def _recost(company: Company, period: Period, by: Any) -> dict[str, Any]:
    items = RecostRequest.objects.filter(company=company).values("item").distinct().count()
    run = recost.run_pending(company, by=by)
    return {"items": items, **_figures(run)}


def _monthly(company: Company, period: Period, by: Any) -> dict[str, Any]:
    return _figures(monthly.calculate(company, period, by=by))


def _post(company: Company, period: Period, by: Any) -> dict[str, Any]:
    done = posting.post_pending(company.pk)
    return {"posted": done.posted, "vouchers": done.vouchers, "settled": done.settled, "failed": done.failed}


def _figures(run: CostRun | None) -> dict[str, Any]:
    if run is None:
        return {"changed": 0}
    run.refresh_from_db()
    return {"run": run.number, "changed": run.moves_changed, "difference": str(run.difference)}


STEPS = {
    step.code: step
    for step in (
        Step(RECOST, gettext_lazy("Recost"), "inventory.run_costing", _recost),
        Step(MONTHLY, gettext_lazy("Calculate the month"), "inventory.run_costing", _monthly),
        Step(POST, gettext_lazy("Write vouchers"), "ledger.retry_posting", _post),
    )
}


def step_of(code: str) -> Step:
    """Raises ``NotFound``."""
    if code not in STEPS:
        raise NotFound(what=_("Step"), key=code)
    return STEPS[code]


def permissions_of(code: str) -> set[str]:
    """What one needs to start the step, or all of them. Raises ``NotFound``."""
    return {step.permission for step in STEPS.values()} if code == "all" else {step_of(code).permission}


def start(company: Company, period: Period, code: str, *, by: Any, language: str = "") -> Job:
    """Run a step (recost, monthly, post) as a job; ``all``: one after the other. Raises ``NotFound``."""
    label = _("Month end of stock") if code == "all" else step_of(code).label
    title = f"{label} {period}"
    return jobs.start(company, JOB, title, {"period": period.pk, "step": code}, by=by, language=language)


def work(job: Job, progress: Progress) -> Outcome:
    """Safe to run again: each step does what is still to be done."""
    period = Period.objects.select_related("company").get(company=job.company, pk=job.arguments["period"])
    code = job.arguments["step"]
    steps = list(STEPS.values()) if code == "all" else [step_of(code)]
    figures: dict[str, Any] = {}
    for done, step in enumerate(steps):
        progress.report(done, len(steps), str(step.label))
        figures |= step.run(period.company, period, job.started_by)
    progress.report(len(steps), len(steps))
    return Outcome(figures)


def register() -> None:
    """Called once when Django starts."""
    register_job_kind(
        JobKind(
            JOB,
            gettext_lazy("Month end of stock"),
            work,
            url=lambda job: reverse("costing_period", args=[job.arguments["period"]]),
        )
    )
