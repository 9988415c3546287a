"""PapaParse #367, daff #173: a file in an 8-bit encoding was stored garbled, and the run succeeded.

Right: UTF-8 and UTF-16 are proven by the bytes; any other encoding is a person's choice, asked for with the setting and the possible
encodings named. A guess that cannot fail is no reading.
"""

from __future__ import annotations

import codecs

import pytest

from plugin.domain import PersonRecord, Stream
from plugin.errors import ConfigError
from tests.reports.dropped import Dropped

NAMES = {
    "cp1250": "Łukasz Żółć",
    "cp1251": "Иван Петров",
    "cp1252": "Zoë Müller",
    "cp1253": "Ελένη Παππά",
    "cp1254": "Gülşen Yıldız",
    "cp1257": "Jānis Bērziņš",
    "iso8859-2": "Łukasz Żółć",
    "mac-roman": "Zoë Müller",
    "cp932": "山田 太郎",
    "gb18030": "王小明",
    "cp949": "김민수",
}


def file(name: str) -> str:
    return f"person_id,name,email\nP1,{name},p1@example.com\n"


def names(dropped: Dropped, **settings: object) -> list[str]:
    return [
        one.display_name
        for one in dropped.read(Stream.PEOPLE, **settings).values()
        if isinstance(one, PersonRecord)
    ]


@pytest.mark.parametrize(("encoding", "name"), NAMES.items(), ids=NAMES)
def test_nothing_is_stored_before_a_person_chooses(dropped: Dropped, encoding: str, name: str) -> None:
    dropped.put("people.csv", file(name).encode(encoding))
    with pytest.raises(ConfigError) as caught:
        names(dropped)
    assert caught.value.code == "encoding"
    assert "line 2" in str(caught.value)
    assert "“Encoding”" in caught.value.remedy
    assert dropped.inbox.raws == {}
    assert names(dropped, encoding=encoding) == [name]


@pytest.mark.parametrize(
    ("encoding", "label"),
    [("cp1250", "Windows-1250"), ("cp1251", "Windows-1251"), ("cp1254", "Windows-1254")],
)
def test_the_remedy_names_the_encodings_that_fit(dropped: Dropped, encoding: str, label: str) -> None:
    dropped.put("people.csv", file(NAMES[encoding]).encode(encoding))
    with pytest.raises(ConfigError) as caught:
        names(dropped)
    assert label in caught.value.remedy


@pytest.mark.parametrize(
    "data",
    [
        file("Łukasz").encode("utf-16"),
        codecs.BOM_UTF16_BE + file("Łukasz").encode("utf-16-be"),
        file("Łukasz").encode("utf-16-le"),
        file("Łukasz").encode("utf-16-be"),
        codecs.BOM_UTF8 + file("Łukasz").encode(),
        file("Łukasz").encode(),
    ],
    ids=["utf-16", "utf-16-be with mark", "utf-16-le bare", "utf-16-be bare", "utf-8 with mark", "utf-8"],
)
@pytest.mark.parametrize("declared", ["auto", "cp1252"])
def test_what_is_proven_outweighs_a_choice(dropped: Dropped, data: bytes, declared: str) -> None:
    dropped.put("people.csv", data)
    assert names(dropped, encoding=declared) == ["Łukasz"]


def test_a_byte_that_the_chosen_encoding_lacks_costs_its_cell(dropped: Dropped) -> None:
    dropped.put("people.csv", b"person_id,name,job_title\nP1,Ada,\x81\xff x\nP2,Zo\xeb,Engineer\n")
    assert names(dropped, encoding="cp1252") == ["Ada", "Zoë"]
    assert dropped.faults == {"2 job_title": "encoding"}
