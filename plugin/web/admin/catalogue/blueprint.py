"""The one blueprint of these pages, who may look and who may change, and what forms and files have in common."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, request

from plugin.advisor.policy.words import badge_kind, level
from plugin.domain import Role
from plugin.errors import InvalidInput
from plugin.figures import exact
from plugin.texts import N_, _, locale
from plugin.web import auth

AREA = "catalogue"
LOOK = (Role.HR_ADMIN, Role.ANALYST)

LARGEST_FILE = 16 * 2**20  # ESCO with all its other names has about 6 MB
UPLOADS = frozenset({"catalogue.take_entries", "catalogue.take_skills", "catalogue.take_scarcity"})
PROGRAMMES = {
    "skill_development_recognition": N_("Skill development recognition"),
    "certificate_programme": N_("Certificate program"),
    "specialization": N_("Specialization"),
    "certification": N_("Certification"),
    "special_achievement": N_("Special achievement"),
}

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")
hr = auth.requires(Role.HR_ADMIN)
look = auth.requires(*LOOK)


@blueprint.url_value_preprocessor
def _allow_files(endpoint: str | None, _values: object) -> None:
    """Before anything reads the form, and that is after the right to send it was checked."""
    if endpoint in UPLOADS:
        request.max_content_length = LARGEST_FILE


def may_edit() -> bool:
    """An analyst sees what things mean; only HR decides it."""
    return auth.has_role(Role.HR_ADMIN)


def words(name: str) -> str:
    """A kind, a program or a level as a page names it."""
    said = _(PROGRAMMES[name]) if name in PROGRAMMES else level(badge_kind(name))
    return said[:1].upper() + said[1:]


def trim_zeros(value: Decimal | int) -> str:
    """62.50 is shown as 62.5, 14 as 14, with the reader's decimal mark."""
    return exact.number(Decimal(f"{Decimal(value).normalize():f}"), locale())


def uploaded() -> str:
    """The text of the form's file. InvalidInput when there is none or it is not UTF-8."""
    file = request.files.get("file")
    body = file.read() if file is not None and file.filename else b""
    if not body.strip():
        raise InvalidInput(_("Choose a file."), fields={"file": _("Choose a file that isn’t empty.")})
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = _("Save the file as CSV UTF-8.")
        raise InvalidInput(
            _("This file can’t be read. %(wrong)s", wrong=wrong), fields={"file": wrong}
        ) from error
