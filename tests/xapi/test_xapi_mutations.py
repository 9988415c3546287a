"""Rules stated for all inputs: no mutated statement passes, and no input at all makes anything but our own errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.errors import AdvisorError
from plugin.xapi import formats
from plugin.xapi.batch import judge_line
from plugin.xapi.cmi5 import cmi5_problems
from plugin.xapi.fingerprint import fingerprint
from plugin.xapi.statement import parse, problems
from tests.xapi.xapi_samples import cmi5, full, second, with_substatement

Path = tuple[str | int, ...]

# Optional properties without which the rest is still valid; all others in the samples are needed by something.
_VALID = [full(), with_substatement(), second(), cmi5()]
_FREE = "extensions"


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Every member of every object and list, but not what stands inside extensions."""
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in items:
        yield (*path, key)
        if key != _FREE:
            yield from places(inner, (*path, key))


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def copied(statement: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(statement))  # type: ignore[no-any-return]


_PLACES = [(number, path) for number, statement in enumerate(_VALID) for path in places(statement)]
_OBJECTS = [
    (number, path)
    for number, statement in enumerate(_VALID)
    for path in [(), *places(statement)]
    if isinstance(at(statement, path), dict) and _FREE not in path
]

# Lists in which the number of members is free, and texts that the standard leaves free: those take other values of their own type.
_NOT_TEXT = st.one_of(
    st.none(),
    st.integers(),
    st.floats(allow_nan=False),
    st.lists(st.integers(), max_size=2),
    st.just({"x": 1}),
)
_WRONG: dict[type, Any] = {
    str: _NOT_TEXT | st.booleans(),
    bool: st.none() | st.integers() | st.sampled_from(["true", "", [], {}]),
    int: st.none() | st.booleans() | st.sampled_from(["1", "", [], {}]),
    float: st.none() | st.booleans() | st.sampled_from(["1", "", [], {}]),
    dict: st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", [1], ["x"]]),
    list: st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", {"x": 1}]),
}


@pytest.mark.parametrize("statement", _VALID, ids=["full", "substatement", "second", "cmi5"])
def test_the_starting_points_are_valid(statement: dict[str, Any]) -> None:
    assert problems(statement, version="auto") == []


@settings(max_examples=400)
@given(st.sampled_from(_PLACES), st.data())
def test_wrong_type_is_refused_anywhere(place: tuple[int, Path], data: st.DataObject) -> None:
    statement = copied(_VALID[place[0]])
    parent, key = at(statement, place[1][:-1]), place[1][-1]
    parent[key] = data.draw(_WRONG[type(parent[key])])
    assert problems(statement, version="2.0.0" if place[0] == 2 else "1.0.3")


@pytest.mark.parametrize("place", _PLACES, ids=str)
def test_null_is_refused_outside_extensions(place: tuple[int, Path]) -> None:
    statement = copied(_VALID[place[0]])
    at(statement, place[1][:-1])[place[1][-1]] = None
    assert problems(statement, version="2.0.0" if place[0] == 2 else "1.0.3")


@settings(max_examples=300)
@given(st.sampled_from(_OBJECTS), st.text(min_size=1).filter(lambda key: not formats.is_language(key)))
def test_unknown_key_is_refused_in_every_object(place: tuple[int, Path], key: str) -> None:
    statement = copied(_VALID[place[0]])
    target = at(statement, place[1])
    if key not in target and not key.startswith("context"):
        target[key] = "x"
        found = problems(statement, version="2.0.0" if place[0] == 2 else "1.0.3")
        assert found


@pytest.mark.parametrize("place", [place for place in _PLACES if isinstance(place[1][-1], str)], ids=str)
def test_case_of_every_key_matters(place: tuple[int, Path]) -> None:
    statement = copied(_VALID[place[0]])
    parent, key = at(statement, place[1][:-1]), str(place[1][-1])
    if len(place[1]) > 1 and place[1][-2] in ("display", "description", "name"):
        return  # a language tag may be written in any case
    parent[key.swapcase()] = parent.pop(key)
    assert problems(statement, version="2.0.0" if place[0] == 2 else "1.0.3")


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["Group", "SubStatement", "Agent"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted({str(key) for _, path in _PLACES for key in path})) | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=500)
@given(_JSON)
def test_any_json_gets_a_list_of_problems(value: object) -> None:
    assert isinstance(problems(value), list)
    assert isinstance(problems(value, version="2.0.0"), list)
    assert isinstance(problems(value, version="auto"), list)


@settings(max_examples=500)
@given(st.binary() | st.text().map(str.encode) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused_by_our_own_error(raw: bytes) -> None:
    try:
        parse(raw)
    except AdvisorError:
        return
    json.loads(raw)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_line_gets_a_verdict(raw: bytes) -> None:
    assert judge_line("x", 1, raw).verdict in ("valid", "invalid")


@settings(max_examples=300)
@given(st.sampled_from(_PLACES), st.data())
def test_a_statement_that_passes_can_be_read_further(place: tuple[int, Path], data: st.DataObject) -> None:
    statement = copied(_VALID[place[0]])
    at(statement, place[1][:-1])[place[1][-1]] = data.draw(_JSON)
    if not problems(statement, version="auto"):
        assert len(fingerprint(statement)) == 64
        assert isinstance(cmi5_problems(statement), list)


@settings(max_examples=300)
@given(st.text())
def test_formats_answer_for_any_text(text: str) -> None:
    for holds in (formats.is_iri, formats.is_uri, formats.is_uuid, formats.is_language, formats.is_mailbox):
        assert holds(text) in (True, False)
    assert formats.is_duration(text) in (True, False)
    assert formats.is_timestamp(text) in (True, False)


@settings(max_examples=200)
@given(st.datetimes(timezones=st.timezones() | st.none()))
def test_every_aware_time_that_python_writes_is_a_timestamp(value: Any) -> None:
    text = value.isoformat()
    offset = value.utcoffset()
    if offset is None:
        assert not formats.is_timestamp(text)
    elif offset.total_seconds() % 60 == 0:
        assert formats.is_timestamp(text)
