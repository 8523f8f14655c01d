"""The Chinese catalogue is complete, fits its placeholders, and holds every text that templates and code mark."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "locale" / "zh_Hans" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
# {% trans "…" %}, _("…") and gettext_lazy("…") with one literal on one line
MARKED = [
    re.compile(r"""{%\s*trans(?:late)?\s+"([^"]+)\""""),
    re.compile(r"""\b_\(\s*"((?:[^"\\]|\\.)+)"\s*\)"""),
]


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    with (FOLDER / "django.mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    return {key if isinstance(key, str) else key[0]: text for key, text in translations._catalog.items() if key}  # type: ignore[attr-defined]


def test_no_entry_is_empty_or_fuzzy() -> None:
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    entries = [entry for entry in text.split("\n\n")[1:] if "msgid" in entry and not entry.startswith("#~")]
    assert [entry for entry in entries if entry.rstrip().endswith('msgstr ""')] == []
    assert [entry for entry in entries if "#, fuzzy" in entry] == []


def test_placeholders_are_those_of_the_english_text(catalogue: dict[str, str]) -> None:
    wrong = {
        key: text
        for key, text in catalogue.items()
        if not set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(key))
    }
    # A plural has the placeholder that its singular may leave out.
    assert {key: text for key, text in wrong.items() if "%(count" not in text} == {}


def test_every_marked_text_is_in_the_catalogue(catalogue: dict[str, str]) -> None:
    missing = set()
    for folder in ("erp", "ledger", "inventory", "sales", "demo", "templates"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*"):
            if path.suffix in {".py", ".html"} and "migrations" not in path.parts:
                text = path.read_text(encoding="utf-8")
                for pattern in MARKED:
                    for found in pattern.findall(text):
                        key = found.replace('\\"', '"')
                        if "\\" not in key and key not in catalogue:
                            missing.add(key)
    # Words that Django's own catalogue translates are taken from there.
    django_own = gettext.translation(
        "django", Path(__import__("django").__file__).parent / "conf" / "locale", ["zh_Hans"]
    )
    assert {key for key in missing if django_own.gettext(key) == key} == set()
