"""The kinds of values that a call may send, each with the very rule that the OpenAPI document publishes for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import ip_network
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from plugin.domain.ids import LARGEST_ID, LARGEST_VERSION
from plugin.texts import N_, _

_BLANKS = r"\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"
ANY = r"[^\x00]*"  # PostgreSQL stores no NUL
SEEN = rf"[^\x00]*[^{_BLANKS}][^\x00]*"  # more than blanks
LINE = rf"[^\x00-\x1f\x7f]*[^{_BLANKS}][^\x00-\x1f\x7f]*"  # what a person types on one line
_LINES = r"[^\x00-\x09\x0b\x0c\x0e-\x1f]*"
LINES = rf"{_LINES}[^{_BLANKS}]{_LINES}"  # with line breaks
_HOST = (
    r"([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
    r"|\[([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}\]|\[::[0-9a-fA-F]{1,4}\])"
)
_PORT = r"(:(80|443|102[4-9]|10[3-9][0-9]|1[1-9][0-9]{2}|[2-9][0-9]{3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?"
_PATH = r"(/[!$-;=@-Z_a-z~]*)?"
_QUERY = r"(\?[!$-;=?@-Z_a-z~]*)?"
WEB = rf"https?://{_HOST}{_PORT}{_PATH}"  # of a service: it ends before any ? or #
HOOK = rf"https?://{_HOST}{_PORT}{_PATH}{_QUERY}"
HTTPS_HOOK = HOOK.replace("https?", "https", 1)
_FOLDER = rf"[^{_BLANKS}./\\:][^/\\:\x00-\x1f\x7f]*"
FOLDER = rf"{_FOLDER}(/{_FOLDER})*"  # below the files root
_BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V6 = r"(([0-9a-fA-F]{1,4}:){1,6}:|([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|::[0-9a-fA-F]{1,4})"
NETWORK = rf"(({_BYTE}\.){{3}}{_BYTE}(/(3[0-2]|[12]?[0-9]))?|{_V6}(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)"


class Strict(Schema):
    """Unknown fields are refused."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012  # marshmallow's own name
        "unknown": N_("this name is unknown"),
        "type": N_("must be an object"),
    }


# --- rules ----------------------------------------------------------------------------------------------------------


class Length(validate.Length):
    def __call__(self, value: Any) -> Any:
        try:
            return super().__call__(value)
        except ValidationError as error:
            least, most = self.min or 0, self.max
            said = (
                _("must have %(least)s to %(most)s characters", least=least, most=most)
                if isinstance(value, str)
                else _("must have %(least)s to %(most)s entries", least=least, most=most)
            )
            raise ValidationError(said) from error


class Range(validate.Range):
    def __call__(self, value: Any) -> Any:
        try:
            return super().__call__(value)
        except ValidationError as error:
            raise ValidationError(
                _("must be from %(least)s to %(most)s", least=self.min, most=self.max)
            ) from error


class OneOf(validate.OneOf):
    def __call__(self, value: Any) -> Any:
        try:
            return super().__call__(value)
        except ValidationError as error:
            said = _("must be one of %(choices)s", choices=", ".join(map(str, self.choices)))
            raise ValidationError(said) from error


class Pattern(validate.Regexp):
    """The whole text, to its very last character, fits ``inner``."""

    def __init__(self, inner: str, said: str) -> None:
        super().__init__(f"^(?:{inner})$")
        self._whole, self._said = re.compile(inner), said

    def __call__(self, value: Any) -> Any:
        if self._whole.fullmatch(value) is None:
            raise ValidationError(_(self._said))
        return value


# --- values ---------------------------------------------------------------------------------------------------------

_REQUIRED, _NULL = N_("is required"), N_("can’t be null")


def says(options: dict[str, Any], invalid: str) -> dict[str, Any]:
    """What a field says when its value is missing, null or of another type."""
    said = {"required": _REQUIRED, "null": _NULL, "invalid": invalid}
    return {**options, "error_messages": said}


class Text(fields.String):
    def __init__(
        self, most: int, *, inner: str = ANY, said: str = "", least: int = 0, **options: Any
    ) -> None:
        said = said or N_("contains a character that cannot be stored")
        super().__init__(
            validate=[Length(least or None, most), Pattern(inner, said)], **says(options, N_("must be text"))
        )


def name(**options: Any) -> Text:
    return Text(200, inner=SEEN, said=N_("must have more than blanks"), least=1, **options)


class Whole(fields.Integer):
    """In a body: a JSON number without a fraction, and neither its digits as text nor a truth value."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(validate=Range(least, most), **says(options, N_("must be a whole number")))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Digits(Whole):
    """In an address: ASCII digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16):
            raise self.make_error("invalid")
        return super()._deserialize(int(value), attr, data, **kwargs)


def identifier(**options: Any) -> Whole:
    return Whole(0, LARGEST_ID, **options)


def row_version(**options: Any) -> Whole:
    """How often the row was changed when the caller read it."""
    return Whole(0, LARGEST_VERSION, **options)


class Flag(fields.Boolean):
    def __init__(self, **options: Any) -> None:
        super().__init__(**says(options, N_("must be true or false")))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002  # the library's own signature
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Choice(fields.String):
    def __init__(self, choices: Iterable[str], **options: Any) -> None:
        super().__init__(validate=OneOf([str(one) for one in choices]), **says(options, N_("must be text")))


class Word(Choice):
    """One of some words of an enum, and that word once it is read."""

    def __init__(self, words: Iterable[StrEnum], **options: Any) -> None:
        self.words = list(words)
        super().__init__(self.words, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return next((word for word in self.words if word == text), text)


class ListOf(fields.List[Any]):
    def __init__(self, inner: fields.Field[Any], most: int, *, least: int = 0, **options: Any) -> None:
        super().__init__(inner, validate=Length(least or None, most), **says(options, N_("must be a list")))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Network(Text):
    """CIDR; what stands behind the length of the prefix counts for nothing and is dropped."""

    def __init__(self, **options: Any) -> None:
        super().__init__(49, inner=NETWORK, said=N_("must be a network such as 10.20.0.0/16"), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        super()._validate(text)
        return str(ip_network(text, strict=False))

    def _validate(self, value: Any) -> None:
        """What was sent is judged, not what was made of it."""
