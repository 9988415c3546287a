"""In which language a request is answered: the reader's choice, else what the browser asks for, else the company's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, request, url_for
from flask_babel import Babel, get_locale
from jinja2 import Environment, pass_context, pass_eval_context
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup

from plugin import texts
from plugin.web import auth
from plugin.web.security import core

COOKIE = "advisor-language"
A_YEAR = 365 * 24 * 3600


def asked_for() -> str | None:
    """The language of ``?lang=`` when we have it."""
    name = request.args.get("lang", "")
    return name if name in texts.LOCALES else None


def selected() -> str:
    """The link just followed, the account's choice, the one kept by this browser, the browser's own languages, the company's."""
    asked = (name.split("-")[0].lower() for name in _browsers())
    wanted = (asked_for(), _of_account(), request.cookies.get(COOKIE), *asked)
    return next((name for name in wanted if name in texts.LOCALES), core().settings.language)


def _of_account() -> str | None:
    """On pages that need a sign-in, and where there is no page; whom a machine's token belongs to is not asked."""
    endpoint = request.endpoint
    if endpoint is None:
        is_page = not auth.wants_json()
    else:
        is_page = isinstance(auth.access_of(current_app, endpoint), frozenset)
    actor = auth.current_actor() if is_page else None
    return actor.language if actor else None


def _browsers() -> list[str]:
    return list(request.accept_languages.values())


def begin() -> None:
    texts.set_reader(str(get_locale()))


def end(_error: BaseException | None) -> None:
    texts.set_reader(None)


def keep(response: Response) -> Response:
    """The choice stays with this browser for a year; the cookie holds nothing else."""
    chosen = asked_for()
    if chosen is not None:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=A_YEAR,
            secure=secure,
            httponly=True,
            samesite=current_app.config["SESSION_COOKIE_SAMESITE"],
            partitioned=secure,
        )
    return response


def languages() -> list[tuple[str, str, str]]:
    """Locale, its own name and the address of this page in it; a page that came by a form leads to the start page."""
    found = request.method == "GET" and request.endpoint is not None
    endpoint, values = (request.endpoint or "", request.view_args or {}) if found else ("pages.start", {})
    query = {name: value for name, value in request.args.items() if name != "lang"} if found else {}
    return [
        (name, title, url_for(endpoint, **{**query, **values, "lang": name}))
        for name, title in texts.LOCALES.items()
    ]


def _safe(context: EvalContext, text: str) -> str:
    return Markup(text) if context.autoescape else text  # noqa: S704  # a message of ours; values are escaped


@pass_eval_context
def _gettext(context: EvalContext, message: str, /, **values: object) -> str:
    return _safe(context, texts.translation(message)) % texts.written(values)


@pass_eval_context
def _pgettext(context: EvalContext, meaning: str, message: str, /, **values: object) -> str:
    return _safe(context, texts.translation(message, meaning)) % texts.written(values)


@pass_eval_context
def _ngettext(context: EvalContext, one: str, many: str, num: int, /, **values: object) -> str:
    form = _safe(context, texts.plural_translation(one, many, num))
    return form % {"num": texts.counted(num), **texts.written(values)}


def register(app: Flask) -> None:
    Babel(app, locale_selector=selected, configure_jinja=False)
    app.before_request(begin)
    app.after_request(keep)
    app.teardown_request(end)
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    said: dict[str, Callable[..., str]] = {
        "_": _gettext,
        "gettext": _gettext,
        "pgettext": _pgettext,
        "ngettext": _ngettext,
    }
    environment.globals.update(said)
    environment.globals.update(languages=languages, locale=texts.locale, direction=texts.direction)
    environment.globals.update(language_name=lambda: texts.LOCALES[texts.locale()])
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension's own switch


def write_anew(environment: Environment) -> None:
    """Our filters see the context from now on, so that no template is compiled with what the first reader's language made of a
    constant: ``'120000'|example`` is another text for each."""
    ours = environment.filters.keys() - DEFAULT_FILTERS.keys()
    environment.filters.update({name: _at_each_time(environment.filters[name]) for name in ours})


def _at_each_time(written: Callable[..., Any]) -> Callable[..., Any]:
    @pass_context
    def write(_context: Context, *values: Any, **named: Any) -> Any:
        return written(*values, **named)

    return write
