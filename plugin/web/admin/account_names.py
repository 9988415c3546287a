"""What the names of accounts are, by home page of a connection: tried first, then saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import WORDS, NameRule
from plugin.errors import InvalidInput
from plugin.services.operation import installation_status
from plugin.services.sources import account_rules, connection_setup
from plugin.services.sources.account_rules import Tried, Wish
from plugin.texts import _, ngettext
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.connection import ONE
from plugin.web.admin.listing import sent_number
from plugin.web.security import core


@dataclass(frozen=True)
class Row:
    """A home page with its rule, if there is one."""

    home_page: str
    name_is: NameRule | None
    records: int = 0
    names: int = 0
    waiting: int = 0


@blueprint.get(f"{ONE}/account-names")
@hr
def account_names(connection_id: int) -> str:
    return _page(connection_id, None, {})


def _page(connection_id: int, tried: Tried | None, errors: Mapping[str, str]) -> str:
    return render_template(
        "admin/account_names.html",
        shown=connection_setup.shown(core(), connection_id),
        rows=_rows(connection_id),
        rule_words=WORDS[NameRule],
        connections=installation_status.names(core()),
        tried=tried,
        errors=errors,
        sent=request.form,
    )


def _rows(connection_id: int) -> list[Row]:
    rules = {one.home_page: one.name_is for one in account_rules.rules(core(), connection_id)}
    seen = account_rules.seen(core(), connection_id)
    rows = [Row(s.home_page, rules.get(s.home_page), s.records, s.names, s.waiting) for s in seen]
    known = {one.home_page for one in rows}
    return rows + [Row(home, name_is) for home, name_is in sorted(rules.items()) if home not in known]


@blueprint.post(f"{ONE}/account-names")
@hr
def set_account_names(connection_id: int) -> ResponseReturnValue:
    do, home = request.form.get("do"), request.form.get("home_page", "")[:400]
    try:
        if do == "remove":
            account_rules.remove(core(), auth.actor(), connection_id, home)
            flash(_("The rule was removed."))
        elif do == "save":
            counts = account_rules.save(core(), auth.actor(), connection_id, _wish(home))
            flash(
                ngettext(
                    "Saved. %(num)s record matched.", "Saved. %(num)s records matched.", counts["applied"]
                )
            )
        else:
            return _page(connection_id, account_rules.dry_run(core(), connection_id, _wish(home)), {})
    except InvalidInput as error:
        return _page(connection_id, None, error.fields), 422
    return redirect(url_for("admin.account_names", connection_id=connection_id), 303)


def _wish(home: str) -> Wish:
    said = request.form.get("name_is", "")
    if said not in set(NameRule):
        raise InvalidInput(_("choose what the names are"), fields={"name_is": _("choose what the names are")})
    suite = sent_number("suite") if said == NameRule.SUITE_ID else 0
    return Wish(home, NameRule(said), suite or None, _list() if said == NameRule.OWN_LIST else None)


def _list() -> dict[str, str]:
    file = request.files.get("file")
    try:
        text = file.read().decode("utf-8-sig") if file else ""
    except UnicodeDecodeError as error:
        raise InvalidInput(
            _("the file can't be read"), fields={"rows": _("must be a CSV file in UTF-8")}
        ) from error
    rows = account_rules.rows_of(csv.DictReader(io.StringIO(text)))
    if not rows:
        raise InvalidInput(_("the list is empty"), fields={"rows": _("choose a CSV file with rows")})
    return rows
