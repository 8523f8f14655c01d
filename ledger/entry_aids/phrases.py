"""The summary library (常用摘要): find, add, change, remove, and count what is used."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.pinyin import search_key
from ledger.entry_aids.models import SummaryPhrase


class PhraseExists(DomainError):
    code = "one_summary_phrase"
    template = _("The summary “%(text)s” is in the library already.")


class PhraseEmpty(DomainError):
    code = "summary_missing"
    template = _("Type the summary first.")


def find(company: Company, text: str, limit: int = 15) -> list[SummaryPhrase]:
    """Phrases by code, text or pinyin, an exact code first, then those used most. One statement."""
    wanted = text.strip()
    found = SummaryPhrase.objects.filter(company=company)
    if wanted:
        found = found.filter(
            Q(code__istartswith=wanted) | Q(search_key__icontains=wanted.lower()) | Q(text__icontains=wanted)
        )
    rows = list(found.order_by("-used", "code", "text")[: limit * 2])
    rows.sort(key=lambda phrase: phrase.code.lower() != wanted.lower())
    return rows[:limit]


def save(company: Company, text: str, code: str = "", *, phrase_id: int | None = None) -> SummaryPhrase:
    """Add a phrase, or change one. Raises ``PhraseEmpty``, ``PhraseExists``, ``NotFound``."""
    text, code = text.strip()[:200], code.strip()[:20]
    if not text:
        raise PhraseEmpty(field="text")
    if phrase_id is None:
        phrase = SummaryPhrase(company=company)
    else:
        phrase = get(company, phrase_id)
    phrase.text, phrase.code, phrase.search_key = text, code, search_key(code, text)[:400]
    try:
        with transaction.atomic():
            phrase.save()
    except IntegrityError as error:
        raise PhraseExists(field="text", text=text) from error
    return phrase


def get(company: Company, phrase_id: int) -> SummaryPhrase:
    """The phrase. Raises ``NotFound``."""
    phrase = SummaryPhrase.objects.filter(company=company, pk=phrase_id).first()
    if phrase is None:
        raise NotFound(what=SummaryPhrase._meta.verbose_name, key=phrase_id)
    return phrase


def remove(company: Company, phrase_id: int) -> None:
    """Take a phrase out of the library; vouchers keep their text. Raises ``NotFound``."""
    get(company, phrase_id).delete()


def count_used(company: Company, texts: Iterable[str]) -> None:
    """Remember which phrases a saved voucher used, so that the list offers them first. One statement."""
    SummaryPhrase.objects.filter(company=company, text__in=set(texts)).update(used=F("used") + 1)
