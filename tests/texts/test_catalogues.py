"""Every message stands in every language that needs it, whole, with its placeholders and plural forms."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from plugin import texts
from tests.texts.catalogues import (
    LANGUAGES,
    area_of,
    messages_of,
    name_of,
    sources,
    stored,
    template_of,
    untranslated,
)

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
PAIRS = [(language, area) for language, areas in LANGUAGES.items() for area in areas]


def _forms(said: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


@pytest.mark.parametrize(("language", "area"), PAIRS)
def test_every_message_is_translated_and_none_is_left_over(language: str, area: str) -> None:
    wanted = {(message.id, message.context) for message in template_of(area) if message.id}
    catalog = stored(language, area)
    kept = {(message.id, message.context) for message in catalog if message.id}
    assert kept == wanted, "run: make texts"
    assert untranslated(catalog) == []


@pytest.mark.parametrize(("language", "area"), PAIRS)
def test_a_translation_keeps_the_placeholders_and_has_all_plural_forms(language: str, area: str) -> None:
    catalog = stored(language, area)
    for message in catalog:
        if not message.id:
            continue
        wanted = set(PLACEHOLDER.findall(_forms(message.id)[-1]))
        forms = _forms(message.string)
        assert len(forms) == (catalog.num_plurals if message.pluralizable else 1), message.id
        assert set(PLACEHOLDER.findall(forms[-1])) == wanted, message.id
        for form in forms:  # "one", "two" and "none" may do without their number
            assert set(PLACEHOLDER.findall(form)) - {"num"} == wanted - {"num"}, form
            assert form.strip() == form, form


def test_a_message_has_only_named_placeholders_and_no_blanks_around_it() -> None:
    for path in sources():
        for message, _context in messages_of(path):
            for form in _forms(message):
                assert "%" not in PLACEHOLDER.sub("", form).replace("%%", ""), (name_of(path), form)
                assert form == form.strip(), (name_of(path), form)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_one_message_has_one_translation_in_all_areas(language: str) -> None:
    said = defaultdict(set)
    for area in LANGUAGES[language]:
        for message in stored(language, area):
            said[message.id, message.context].add(_forms(message.string))
    said.pop(("", None), None)
    assert {key: ways for key, ways in said.items() if len(ways) > 1} == {}


def test_every_file_belongs_to_an_area() -> None:
    assert {area_of(name_of(path)) for path in sources()} <= set(LANGUAGES["de"])
    assert set(LANGUAGES) == set(texts.LOCALES) - {texts.SOURCE}
