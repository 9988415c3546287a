"""Every error of the project, named by what to do next, so that a caller decides by type and never by text."""

from __future__ import annotations


class AdvisorError(Exception):
    """Base of all errors that we raise on purpose.

    ``code`` is a stable machine word, ``remedy`` one sentence on what to do. Neither may hold a secret or a person's data.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.said = message
        self.code = code or type(self).code
        self.remedy = remedy

    def __str__(self) -> str:
        """As it was given, so that a text that knows how it was made can be stored (plugin/texts.py) and read in any language."""
        return self.said


class ConfigError(AdvisorError):
    """A person must change a setting; repeating will not help."""

    code = "config"


class AuthError(ConfigError):
    """The other side refuses our credentials or they lack a right."""

    code = "auth"


class InvalidInput(AdvisorError):
    """What a person or a caller sent cannot be used. ``fields`` maps a field's name to what is wrong with it."""

    code = "invalid"

    def __init__(self, message: str, *, fields: dict[str, str] | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.fields = fields or {}


class Unfit(InvalidInput):
    """Well formed, and not possible with what is stored or allowed here. ``code`` says why: ``taken`` (a name), ``unsupported``
    (by the connector), ``network`` (the operator doesn't allow it), ``secret`` (it was entered for
    another address)."""

    def __init__(
        self, message: str, *, code: str, fields: dict[str, str] | None = None, remedy: str = ""
    ) -> None:
        super().__init__(message, fields=fields, remedy=remedy)
        self.code = code


class NotFound(AdvisorError):
    """The thing does not exist, or the caller may not know that it does."""

    code = "not_found"


class NotAllowed(AdvisorError):
    """The caller is known and may not do this now (role, state of the cycle)."""

    code = "not_allowed"


class Conflict(AdvisorError):
    """Somebody changed the row since the caller read it: read again, then decide again."""

    code = "conflict"


class RetryLater(AdvisorError):
    """The same call may succeed later. ``wait`` is the number of seconds to wait, None when the other side did not say."""

    code = "transient"

    def __init__(
        self, message: str, *, wait: float | None = None, code: str | None = None, remedy: str = ""
    ) -> None:
        super().__init__(message, code=code, remedy=remedy)
        self.wait = wait


class SkipRecord(AdvisorError):
    """This one record cannot be used: quarantine it with its code and go on with the next."""

    code = "record"


class NothingToTake(SkipRecord):
    """A record of another kind than ours: kept as it was read, and nobody has anything to correct."""

    code = "no_outcome"


class GiveUp(AdvisorError):
    """Stop this run; what was committed stays."""

    code = "give_up"


class Tampered(AdvisorError):
    """Stored data does not match its own hash or signature."""

    code = "tampered"
