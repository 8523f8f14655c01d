"""The steps of period end that make vouchers, one by one or all in order as a job.

Each is safe to repeat: it finds what it made before. All in order stops where people have to act: profit and loss
is transferred only after what came before is reviewed and posted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.jobs import services as jobs
from erp.core.jobs.models import Job
from erp.core.jobs.registry import JobKind, Outcome, Progress, register_job_kind
from ledger.closing import profit, revaluation, transfers, year_end
from ledger.closing.models import RunKind
from ledger.closing.writer import own_runs
from ledger.entry_aids.recurring import run_recurring
from ledger.periods.models import Period
from ledger.vouchers.models import Voucher, VoucherStatus

JOB = "period_end"


@dataclass(slots=True)
class StepOutcome:
    """The drafts that a step made, and what it could not do."""

    vouchers: list[Voucher] = field(default_factory=list)
    refused: list[DomainError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Step:
    code: str
    label: Any
    run: Callable[[Company, Period, Any], StepOutcome]
    only_in_december: bool = False


def _recurring(company: Company, period: Period, by: Any) -> StepOutcome:
    outcome = run_recurring(company, period, by)
    return StepOutcome(list(outcome.made), [refusal.error for refusal in outcome.refused])


def _transfers(company: Company, period: Period, by: Any) -> StepOutcome:
    """All templates that are due, in order; those that are reviewed or posted stay as they are."""
    outcome = StepOutcome()
    for template in transfers.due(company, period):
        runs = own_runs(period, RunKind.TRANSFER, template)
        if any(run.voucher and run.voucher.status != VoucherStatus.DRAFT for run in runs):
            continue
        try:
            made = transfers.run(company, template, period, by)
        except DomainError as refusal:
            outcome.refused.append(refusal)
        else:
            outcome.vouchers += [made] if made else []
    return outcome


STEPS = {
    step.code: step
    for step in (
        Step("recurring", gettext_lazy("Make recurring vouchers"), _recurring),
        Step(
            "revaluation",
            gettext_lazy("Revalue foreign currency"),
            lambda company, period, by: StepOutcome(revaluation.revalue(company, period, by)),
        ),
        Step("transfers", gettext_lazy("Run transfers"), _transfers),
        Step(
            "profit",
            gettext_lazy("Transfer profit and loss"),
            lambda company, period, by: StepOutcome(profit.transfer(company, period, by)),
        ),
        Step(
            "year_end",
            gettext_lazy("Transfer the profit of the year"),
            lambda company, period, by: StepOutcome(year_end.transfer(company, period, by)),
            only_in_december=True,
        ),
    )
}


def steps_of(period: Period) -> list[Step]:
    """The steps that the period has, in order."""
    return [step for step in STEPS.values() if not step.only_in_december or period.number == year_end.LAST_MONTH]


def run_step(company: Company, period: Period, code: str, by: Any) -> StepOutcome:
    """Run one step. Raises ``NotFound`` and the step's refusals."""
    if code not in STEPS:
        raise NotFound(what=_("Step"), key=code)
    return STEPS[code].run(company, period, by)


def start_all(company: Company, period: Period, *, by: Any, language: str = "") -> Job:
    """All steps of the period in order, as a job."""
    title = _("Period end %(period)s") % {"period": period}
    return jobs.start(company, JOB, title, {"period": period.pk}, by=by, language=language)


def run_all(job: Job, progress: Progress) -> Outcome:
    """Work of the job. It stops at the first step that is refused and says why."""
    period = Period.objects.select_related("company").get(company=job.company, pk=job.arguments["period"])
    steps = steps_of(period)
    made: list[str] = []
    refused: list[str] = []
    for done, step in enumerate(steps):
        progress.report(done, len(steps), str(step.label))
        try:
            outcome = step.run(period.company, period, job.started_by)
        except DomainError as refusal:
            refused.append(f"{step.label}: {refusal.message}")
            break
        made += [f"{voucher}" for voucher in outcome.vouchers]
        refused += [f"{step.label}: {refusal.message}" for refusal in outcome.refused]
    progress.report(len(steps), len(steps))
    return Outcome({"vouchers": made, "refused": refused})


def register() -> None:
    """Called once when Django starts."""
    register_job_kind(
        JobKind(
            JOB,
            gettext_lazy("Period end"),
            run_all,
            url=lambda job: reverse("closing_period", args=[job.arguments["period"]]),
        )
    )
