"""What the steps of a verification are called."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.texts import N_, _

STEP_NAMES: Mapping[str, str] = {
    "evidence": N_("Badge present"),
    "read": N_("Readable"),
    "format": N_("Recognized as a badge"),
    "structure": N_("Follows its format’s rules"),
    "proof": N_("Signed or hosted by its issuer"),
    "issuer": N_("Issuer identified"),
    "recipient": N_("Issued to this employee"),
    "dates": N_("Within its dates"),
    "status": N_("Not withdrawn"),
    "results": N_("Records an achievement"),
    "endorsements": N_("Endorsements"),
    "members": N_("Contained credentials valid"),
    "refresh": N_("Newer copy"),
}


def step_name(code: str) -> str:
    """A step that an older version stored shows by its code."""
    return _(STEP_NAMES[code]) if code in STEP_NAMES else code
