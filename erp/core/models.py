"""Django finds the tables of the ground floor here; each lives with its subject."""

from erp.core.access.models import Membership
from erp.core.api.models import IdempotentAnswer
from erp.core.companies.models import Company
from erp.core.imports.models import (
    FieldMapping,
    ImportCondition,
    ImportedDocument,
    ImportProfile,
    ImportRowIssue,
    ImportRule,
    ImportRun,
    ValueMapping,
)
from erp.core.jobs.models import Job
from erp.core.numbering.models import NumberCounter
from erp.core.users.models import User

__all__ = [
    "Company",
    "FieldMapping",
    "IdempotentAnswer",
    "ImportCondition",
    "ImportProfile",
    "ImportRowIssue",
    "ImportRule",
    "ImportRun",
    "ImportedDocument",
    "Job",
    "Membership",
    "NumberCounter",
    "User",
    "ValueMapping",
]
