"""The catalogue, skill lists and scarcity figures as CSV, in and out: a bad row is left out with its line, the others count."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.domain import JsonObject
from plugin.errors import AdvisorError, InvalidInput
from plugin.figures.reading import read_date, read_integer, read_number
from plugin.services import spreadsheets
from plugin.services.core import Actor, Core
from plugin.services.evidence.meanings import Meaning, decide_in, page
from plugin.store.database import Tx
from plugin.store.evidence import catalogue
from plugin.store.evidence.catalogue import Measured, NewSkill
from plugin.store.operation import audits
from plugin.texts import _


@dataclass(frozen=True)
class BadRow:
    """A row of a file that was left out. ``line`` counts from 1 with the header."""

    line: int
    message: str


@dataclass(frozen=True)
class Imported:
    rows: int
    bad: tuple[BadRow, ...]


_ENTRY_COLUMNS = (
    "badge_class_id",
    "kind",
    "programme",
    "level",
    "strategic",
    "strategic_owner",
    "strategic_from",
    "strategic_until",
)


def export_entries(core: Core) -> str:
    """The whole catalogue as CSV text; it can be edited and given to ``import_entries``. Cells are safe for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", "issuer", "state", *_ENTRY_COLUMNS, "skills"])
    after = 0
    while found := page(core, after=after, limit=500):
        for one in found:
            cells = [
                one.entry.name,
                one.entry.issuer_name,
                one.entry.state,
                *(getattr(one.entry, name) for name in _ENTRY_COLUMNS),
            ]
            writer.writerow(
                [spreadsheets.cell(cell) for cell in cells]
                + [spreadsheets.cell("|".join(skill.url or skill.name for skill in one.skills))]
            )
        after = found[-1].entry.id
    return out.getvalue()


def import_entries(core: Core, actor: Actor, text: str) -> Imported:
    """Decides entries from CSV with the columns of the export. A bad row is left out with its line; the others count."""

    def one(tx: Tx, row: Mapping[str, str]) -> None:
        entry = catalogue.by_class(tx, row.get("badge_class_id", ""))
        if entry is None:
            raise InvalidInput(_("no badge of this class has been received yet"))
        names = [part.strip() for part in row.get("skills", "").split("|") if part.strip()]
        found = {name: catalogue.find_skill(tx, url=name, name=name) for name in names}
        unknown = [name for name, skill_id in found.items() if skill_id is None]
        if unknown:
            raise InvalidInput(
                _("unknown skill “%(unknown)s”; import the skill list first", unknown=unknown[0])
            )
        owner = row.get("strategic_owner", "") or None
        dates = {
            name: read_date(row.get(name, ""), field=name) for name in ("strategic_from", "strategic_until")
        }
        flag = row.get("strategic", "").strip().lower() in ("true", "yes", "1")
        ids = tuple(one for one in found.values() if one is not None)
        meaning = Meaning(
            row.get("kind", ""),
            row.get("programme", ""),
            row.get("level", "") or None,
            flag,
            owner,
            **dates,
            skill_ids=ids,
        )
        decide_in(core, tx, actor, entry.id, entry.version, meaning)

    return _import(core, text, ("badge_class_id", "kind", "programme"), one)


def import_skills(core: Core, actor: Actor, text: str, *, framework: str, attribution: str = "") -> Imported:
    """Skills from CSV with columns url, name and optionally synonyms (parted by |), e.g. a list of ESCO or O*NET or your own."""

    if not framework.strip():
        raise InvalidInput(_("enter a name for the list"), fields={"framework": _("is required")})
    known, thanks = framework.strip()[:100], attribution.strip()[:2000] or None
    good: dict[str, tuple[NewSkill, list[str]]] = {}
    bad: list[BadRow] = []
    for line, row in _rows(text, ("url", "name")):
        if problem := _empty(row, ("url", "name")) or _no_address(row["url"]):
            bad.append(BadRow(line, problem))
            continue
        new = NewSkill(row["url"], row["name"][:300], known, thanks)
        good[row["url"]] = (new, row.get("synonyms", "").split("|"))
    with core.database.transaction() as tx:
        kept = list(good.items())
        for start in range(0, len(kept), 500):
            part = kept[start : start + 500]
            catalogue.put_skills(tx, [new for _, (new, _) in part])
            catalogue.put_synonyms(tx, [(url, name) for url, (_, names) in part for name in names])
        said: JsonObject = {"rows": len(good), "bad": len(bad)}
        audits.append(tx, core.clock(), actor.name, "skills.import", f"framework:{known}"[:200], said)
    return Imported(len(good), tuple(bad))


def _no_address(text: str) -> str:
    if len(text) > 1000:
        return _("url must have at most 1000 characters")
    return "" if text.startswith(("http://", "https://", "urn:")) else _("url must be a web address or a URN")


def import_scarcity(core: Core, actor: Actor, text: str) -> Imported:
    """Figures from CSV: skill (URL or name), measured_on, source, and any of time_to_hire_days, offer_rejection_percent,
    new_hire_pay_ratio, open_jobs. Scores by experts have no column: only what was measured counts."""

    def one(tx: Tx, row: Mapping[str, str]) -> None:
        skill_id = catalogue.find_skill(tx, url=row["skill"], name=row["skill"])
        if skill_id is None:
            raise InvalidInput(_("unknown skill “%(row)s”; import the skill list first", row=row["skill"]))
        figures = {
            name: _figure(row, name)
            for name in ("time_to_hire_days", "offer_rejection_percent", "new_hire_pay_ratio")
        }
        jobs = _jobs(row)
        if jobs is None and all(value is None for value in figures.values()):
            raise InvalidInput(_("enter at least one of the four figures"))
        measured = read_date(row["measured_on"], field="measured_on")
        if measured is None or measured > core.clock().date():
            raise InvalidInput(_("measured_on must be a date up to today, such as 2026-10-31"))
        catalogue.put_scarcity(
            tx, Measured(skill_id, measured, row["source"][:300], **figures, open_jobs=jobs)
        )

    done = _import(core, text, ("skill", "measured_on", "source"), one)
    with core.database.transaction() as tx:
        audits.append(
            tx,
            core.clock(),
            actor.name,
            "scarcity.import",
            "scarcity",
            {"rows": done.rows, "bad": len(done.bad)},
        )
    return done


def _import(
    core: Core, text: str, needed: Sequence[str], one: Callable[[Tx, Mapping[str, str]], None]
) -> Imported:
    rows, bad = 0, []
    for line, row in _rows(text, needed):
        try:
            if problem := _empty(row, needed):
                raise InvalidInput(problem)
            with core.database.transaction() as tx:
                one(tx, row)
            rows += 1
        except AdvisorError as error:
            bad.append(BadRow(line, str(error)))
    return Imported(rows, tuple(bad))


def _rows(text: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells) of each row. InvalidInput for what is no CSV or lacks a column."""
    if "\0" in text:
        raise InvalidInput(_("the file must be text"), fields={"file": _("must be CSV text")})
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        missing = [name for name in needed if name not in (reader.fieldnames or [])]
        if missing:
            lacks = _("the file needs these columns: %(columns)s", columns=", ".join(missing))
            raise InvalidInput(lacks, fields={"file": lacks})
        for row in reader:
            yield reader.line_num, {name: (value or "").strip() for name, value in row.items() if name}
    except csv.Error as error:
        raise InvalidInput(
            _("line %(line_num)s is not valid CSV", line_num=reader.line_num),
            fields={
                "file": _(
                    "line %(line_num)s is not valid CSV: %(error)s", line_num=reader.line_num, error=error
                )
            },
        ) from error


def _empty(row: Mapping[str, str], needed: Sequence[str]) -> str:
    return next((_("%(name)s is empty", name=name) for name in needed if not row[name]), "")


def _figure(row: Mapping[str, str], name: str) -> Decimal | None:
    value = read_number(row.get(name, ""), field=name)
    if value is not None and not 0 <= value <= 1_000_000:
        raise InvalidInput(_("%(name)s must be a number of 0 or more", name=name))
    return value


def _jobs(row: Mapping[str, str]) -> int | None:
    value = read_integer(row.get("open_jobs", ""), field="open_jobs")
    if value is not None and not 0 <= value <= 1_000_000:
        raise InvalidInput(_("open_jobs must be a number of 0 or more"))
    return value
