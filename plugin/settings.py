"""The only reader of the environment: ADVISOR_* variables, checked once, with a _FILE form for every secret."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin import texts
from plugin.errors import ConfigError
from plugin.texts import _

PREFIX = "ADVISOR_"
SECRETS = frozenset({"SECRET_KEY", "SECRET_KEY_FALLBACKS", "VAULT_KEYS", "DATABASE_URL", "METRICS_TOKEN"})
SIGN_IN_ROLES = ("manager", "hr_admin", "analyst", "operator")


@dataclass(frozen=True)
class Settings:
    """All settings of one installation. Field ``x_y`` is read from ``ADVISOR_X_Y``; docs/reference/settings.md explains each."""

    database_url: str = "sqlite:///var/raise-advisor.sqlite3"
    secret_key: str = ""  # signs session cookies; at least 32 characters
    secret_key_fallbacks: tuple[str, ...] = ()  # old keys that still verify during a rotation
    vault_keys: tuple[str, ...] = ()  # Fernet keys, newest first; encrypt connections' secrets
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # how browsers reach us; https outside a demo
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0  # number of reverse proxies in front that set X-Forwarded-*
    frame_ancestors: tuple[str, ...] = ()  # origins of HR suites that may show our pages in a frame
    company_name: str = "Your company"
    currency: str = "EUR"
    time_zone: str = "UTC"
    language: str = "en"  # of whatever no single reader asked for
    allowed_networks: tuple[str, ...] = ()  # private networks that connections may name, as CIDR
    badge_networks: tuple[
        str, ...
    ] = ()  # private networks that hosted badges may lie in, as CIDR; empty outside a demo
    files_root: str = ""  # folder below which csv_folder connections may read
    data_dir: str = "var"  # folder for the files that people drop on a connection's page
    session_idle_minutes: int = 30  # a session that is not used for so long ends
    second_factor_roles: tuple[str, ...] = ()  # who has one of them signs in with a code besides the password
    session_hours: int = 10  # and every one after so long
    max_body_bytes: int = 1_048_576  # of an inbound webhook
    worker_threads: int = 4
    metrics_token: str = ""
    demo: bool = False
    log_level: str = "INFO"

    @property
    def secure_cookies(self) -> bool:
        """False only when browsers reach us by plain HTTP on this machine."""
        return not self.public_url.startswith("http://127.0.0.1") and self.public_url != ""


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from the environment. ConfigError names the variable that is unknown, malformed or unreadable."""
    source = os.environ if environ is None else environ
    names = {PREFIX + field.name.upper(): field for field in fields(Settings)}
    values: dict[str, Any] = {}
    for variable, text in _given(source, names).items():
        field = names[variable]
        values[field.name] = _parse(variable, text, field.default)
    settings = Settings(**(values | overrides))
    _check(settings)
    return settings


def _given(source: Mapping[str, str], names: Mapping[str, object]) -> dict[str, str]:
    given: dict[str, str] = {}
    for variable in sorted(name for name in source if name.startswith(PREFIX)):
        base = variable.removesuffix("_FILE")
        from_file = variable != base and base.removeprefix(PREFIX) in SECRETS
        target = base if from_file else variable
        if target not in names:
            raise ConfigError(
                _("%(variable)s is not a known setting", variable=variable), remedy=_nearest(variable, names)
            )
        if target in given:
            raise ConfigError(
                _("both %(target)s and %(target)s_FILE are set", target=target),
                remedy=_("keep one of the columns"),
            )
        given[target] = _file(variable, source[variable]) if from_file else source[variable]
    return given


def _nearest(variable: str, names: Mapping[str, object]) -> str:
    import difflib

    close = difflib.get_close_matches(variable, list(names), n=1, cutoff=0.75)
    if close:
        return _("did you mean %(name)s?", name=close[0])
    return _("docs/reference/settings.md lists every setting")


def _file(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            _("the file named by %(variable)s can't be read", variable=variable),
            remedy=_("check its path and permissions"),
        ) from error


def _parse(variable: str, text: str, default: object) -> object:
    parsers: dict[type, Callable[[str], object]] = {bool: _boolean, int: int, tuple: _words, str: str}
    try:
        return parsers[type(default)](text)
    except ValueError as error:
        raise ConfigError(
            _("%(variable)s must look like %(default)s", variable=variable, default=_kind(default)),
            remedy=_("enter a value such as %(default)s", default=_kind(default)),
        ) from error


def _kind(default: object) -> str:
    return {bool: "true or false", int: "a whole number", tuple: "a comma-separated list"}.get(
        type(default), "text"
    )


def _boolean(text: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.strip().lower() not in words:
        raise ValueError(text)
    return words[text.strip().lower()]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _check(settings: Settings) -> None:
    if settings.secret_key and len(settings.secret_key) < 32:
        raise ConfigError(
            _("ADVISOR_SECRET_KEY must have at least 32 characters"),
            remedy=_("create one: raise-advisor init --print-keys"),
        )
    if not 0 < settings.port < 65536:
        raise ConfigError(_("ADVISOR_PORT must be a port number"), remedy=_("enter a number from 1 to 65535"))
    for role in settings.second_factor_roles:
        if role not in SIGN_IN_ROLES:
            raise ConfigError(
                _("ADVISOR_SECOND_FACTOR_ROLES contains “%(role)s”", role=role),
                remedy=_("use manager, hr_admin, analyst and operator, separated by commas"),
            )
    for name in ("session_idle_minutes", "session_hours"):
        if not 0 < getattr(settings, name) <= 10_000:
            raise ConfigError(
                _("%(variable)s must be above 0", variable=PREFIX + name.upper()),
                remedy=_("enter a number from 1 to 10000"),
            )
    for name in ("allowed_networks", "badge_networks"):
        _check_networks(PREFIX + name.upper(), getattr(settings, name))
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            _("ADVISOR_TIME_ZONE “%(time_zone)s” is unknown", time_zone=settings.time_zone),
            remedy=_("use a name such as Europe/Berlin"),
        ) from error
    if settings.language not in texts.LOCALES:
        raise ConfigError(
            _("ADVISOR_LANGUAGE “%(language)s” is unknown", language=settings.language),
            remedy=_("use one of %(locales)s", locales=", ".join(texts.LOCALES)),
        )
    if settings.log_level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ConfigError(_("ADVISOR_LOG_LEVEL is unknown"), remedy=_("use DEBUG, INFO, WARNING or ERROR"))


def _check_networks(variable: str, networks: tuple[str, ...]) -> None:
    for cidr in networks:
        try:
            ip_network(cidr)
        except ValueError as error:
            raise ConfigError(
                _("%(variable)s contains “%(cidr)s”", variable=variable, cidr=cidr),
                remedy=_("enter networks such as 10.0.0.0/8"),
            ) from error


def masked(settings: Settings) -> dict[str, object]:
    """All settings by variable name; secrets only say whether they are set."""
    shown: dict[str, object] = {}
    for field in fields(settings):
        name, value = field.name.upper(), getattr(settings, field.name)
        shown[PREFIX + name] = (
            (_("set") if value else _("not set")) if name in SECRETS - {"DATABASE_URL"} else value
        )
    shown[PREFIX + "DATABASE_URL"] = _without_password(settings.database_url)
    return shown


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url
