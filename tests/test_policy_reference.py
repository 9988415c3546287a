"""The reference of the pay policy names every field that a file may hold, and its examples are files that are taken."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

from plugin.advisor.policy.matrix import Band, Cell, Criterion
from plugin.advisor.policy.pay_policy import LONGEST_AGE, Policy, SkillPolicy
from plugin.domain import LeaveKind
from plugin.services.cycle import policy_list

PAGE = (Path(__file__).parents[1] / "docs/reference/policy.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def _paths(kind: Any, above: str = "") -> list[str]:
    found = []
    for name, hint in get_type_hints(kind).items():
        if is_dataclass(hint) and above == "" and name != "matrix":
            found += _paths(hint, f"{name}.")
        elif name in {field.name for field in fields(kind)}:
            found.append(above + name)
    return found


def test_every_field_stands_in_the_reference() -> None:
    assert [path for path in _paths(Policy) if f"| `{path}`" not in PAGE] == []
    lists = {"criteria[].": Criterion, "criteria[].bands[].": Band, "cells[].": Cell}
    for above, kind in lists.items():
        for field in fields(kind):
            if field.name == "bands" and kind is Criterion:
                continue  # the list whose own fields are named
            assert f"`{above}{field.name}`" in PAGE or f"`.{field.name}`" in PAGE, above + field.name


def test_limits_and_defaults_are_those_of_the_code() -> None:
    skills = SkillPolicy()
    assert f"0 to {LONGEST_AGE}" in PAGE
    assert f"1 to {policy_list.LONGEST_NAME} characters" in PAGE
    assert ", ".join(f"`{kind}`" for kind in LeaveKind) in PAGE
    assert json.dumps({kind: str(points) for kind, points in skills.kind_points.items()}) in PAGE
    for level, factor in skills.level_factor.items():
        assert f'{level} `"{factor}"`' in PAGE, level
    for name in ("strategic_factor", "scarcity_weight", "cap_points"):
        (row,) = re.findall(rf"^\| `skills\.{name}` .*$", PAGE, re.MULTILINE)
        assert row.endswith(f'| `"{getattr(skills, name)}"` |'), name


def test_the_examples_are_taken_as_they_stand() -> None:
    cell, smallest = EXAMPLES
    taken = policy_list.read(smallest.encode())
    assert taken.matrix.cells[1].low == Decimal("2.3")
    document = json.loads(smallest)
    document["matrix"]["cells"][1] = json.loads(cell) | {"bands": ["3 and more"]}
    assert policy_list.read(json.dumps(document).encode()).matrix.cells[1].maximum == Decimal("4.5")
