"""``manage.py run_scenarios FILE…``: drive scenario files through the services; exit code 1 on any difference."""

import logging
import random
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from erp.core.errors import DomainError
from inventory.scenarios.files import read
from inventory.scenarios.runner import Outcome, run

_ANY = -1


class Command(BaseCommand):
    help = (
        "Enter the documents of scenario files through the services, in a company that is gone afterwards, and compare "
        "stock and ledger with what the files state. Exit code 1 when one differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="file of scenarios, in either form")
        parser.add_argument(
            "--shuffle",
            nargs="?",
            type=int,
            const=_ANY,
            metavar="SEED",
            help="another order of arrival, where nothing is refused or counted: the result must be the same",
        )
        parser.add_argument(
            "--skip-kinds",
            default="",
            metavar="KINDS",
            help="leave out (and count) scenarios with these kinds of steps, e.g. sales_invoice,credit_note",
        )
        parser.add_argument("--only", default="", metavar="TEXT", help="only scenarios whose id contains the text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            scenarios = [scenario for file in options["files"] for scenario in read(file)]
        except DomainError as error:
            raise CommandError(str(error), returncode=2) from error
        scenarios = [scenario for scenario in scenarios if options["only"] in scenario.id]
        seed = options["shuffle"]
        if seed == _ANY:
            seed = random.SystemRandom().randrange(1_000_000)
        logging.getLogger("ledger.posting").setLevel(logging.WARNING)  # every step posts; that is no news here
        counts: Counter[str] = Counter()
        skip = [kind for kind in options["skip_kinds"].split(",") if kind.strip()]
        for result in run(scenarios, shuffle=seed, skip_kinds=skip):
            counts[result.outcome] += 1
            counts[result.note] += 1
            style = {Outcome.PASSED: self.style.SUCCESS, Outcome.FAILED: self.style.ERROR}.get(result.outcome, str)
            note = f" ({result.note})" if result.note else ""
            self.stdout.write(f"{result.scenario.id} {style(str(result.outcome))}{note}")
            for sentence in result.differences:
                self.stdout.write(f"    {sentence}")
        summary = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
        if seed is not None:
            summary += f"; {counts['shuffled']} shuffled with seed {seed}, {counts['not shuffled']} not shuffled"
        self.stdout.write(f"{len(scenarios)} scenarios: {summary}")
        if counts[Outcome.FAILED]:
            sys.exit(1)
