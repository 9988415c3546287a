"""Texts of ours as a Frappe site takes them for names: 140 characters, no angle brackets, one line, not like its own placeholders.

https://github.com/frappe/frappe/blob/version-15/frappe/model/naming.py (validate_name), base_document.py (_validate_length).
How two names compare is left to the site, whose database ignores case, accents and blanks at the end.
"""

from __future__ import annotations

from hashlib import sha256

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api

LONGEST = 140
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})


def fitted(text: str, doctype: str, longest: int = LONGEST) -> str:
    """The same text where it fits. A longer one ends in ``…`` and a mark that differs for every text; "New Skill ..." and "Skill",
    which a site keeps for itself as names of a Skill, stand in quotation marks."""
    plain = " ".join(text.translate(_BRACKETS).split())
    if plain == doctype or plain.startswith(f"New {doctype}"):
        plain = f"“{plain}”"
    if len(plain) <= longest:
        return plain
    mark = f"… #{sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return plain[: longest - len(mark)].rstrip() + mark


def stored(ctx: Context, doctype: str, name: str) -> str | None:
    """How the site spells a document that it takes for the same name; None when it has none."""
    found = api.rows(ctx, doctype, ["name"], [["name", "=", name]])
    return str(found[0]["name"]) if found else None
