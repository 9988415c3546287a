"""JSON from strangers: one truth per document, bounded work."""

from __future__ import annotations

import json

import pytest

from plugin.xapi.reading import parse
from plugin.xapi.statement import InvalidStatement
from tests.xapi.xapi_samples import full


def code_of(raw: bytes, **limits: int) -> str:
    with pytest.raises(InvalidStatement) as caught:
        parse(raw, **limits)
    return caught.value.code


def test_statement_is_read_as_it_is() -> None:
    assert parse(json.dumps(full()).encode()) == full()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"id": 1, "id": 1}', "duplicate_key"),
        (b'{"a": {"b": [{"c": 1, "\\u0063": 2}]}}', "duplicate_key"),
        (b'{"id": 1', "not_json"),
        (b"", "not_json"),
        (b"{'id': 1}", "not_json"),
        (b'{"id": "\xff"}', "not_utf8"),
        (b'{"id": NaN}', "number_range"),
        (b'{"id": -Infinity}', "number_range"),
        (b'{"id": 1e999}', "number_range"),
        (b'{"id": ' + b"9" * 5000 + b"}", "number_range"),
        (b'{"id": "\\ud800"}', "text_invalid"),
        (b'{"\\udc00": 1}', "text_invalid"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b" " * (1024 * 1024 + 1), "too_large"),
    ],
)
def test_hostile_json_is_refused_with_its_code(raw: bytes, code: str) -> None:
    assert code_of(raw) == code


def test_wide_is_not_deep() -> None:
    assert (
        parse(b"[" + b",".join([b'{"a": ["[[[[", "\\"[["]}'] * 500) + b"]", max_depth=3)
        == [{"a": ["[[[[", '"[[']}] * 500
    )


def test_whole_surrogate_pair_is_text() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "😀"


@pytest.mark.parametrize(
    "raw", [b'"' + b'\\"' * 500_000, b"[" * 65 + b'"\\' * 400_000, b'"' * 1_000_000 + b"[" * 66]
)
@pytest.mark.timeout(60)  # quadratic: an hour
def test_depth_scan_is_linear(raw: bytes) -> None:
    assert code_of(raw)


@pytest.mark.parametrize(
    "statement",
    [
        {"verb": {"id": "http://" + "a@" * 200_000}},
        {"verb": {"id": "a" * 400_000}},
        {"verb": {"id": "http://a/" + "%" * 400_000}},
        {"actor": {"mbox": "mailto:" + "a." * 200_000}},
        {"result": {"duration": "P" + "9" * 400_000 + "X"}},
        {"attachments": [{"contentType": "a/b" + ";a=" * 150_000}]},
        {"context": {"language": "en" + "-aaa" * 100_000}},
        {"timestamp": "2026-01-01T00:00:00." + "0" * 400_000},
    ],
)
@pytest.mark.timeout(60)  # a pattern that backtracks: hours
def test_long_text_costs_little(statement: dict[str, object]) -> None:
    from plugin.xapi.statement import problems

    assert problems(statement)
