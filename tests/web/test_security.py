"""Headers, tokens, cookies and vendored files: what keeps an injected script or a forged form harmless."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from plugin.app import create_app
from plugin.services.core import Core
from plugin.web import formats
from tests.small_company import Company
from tests.web.conftest import Visitor

EXPECTED = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)


def _nonce(policy: str) -> str:
    found = re.search(r"'nonce-([\w-]{16,})'", policy)
    assert found
    return found[1]


@pytest.mark.parametrize("address", ["/sign-in", "/nothing-here", "/static/app.css", "/healthz"])
def test_every_answer_carries_the_whole_policy(visitor: Visitor, address: str) -> None:
    headers = visitor.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy == EXPECTED.format(nonce=_nonce(policy), frames="'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "X-Frame-Options" not in headers


def test_the_nonce_is_new_for_every_answer_and_on_every_script(visitor: Visitor) -> None:
    seen = set()
    for _ in range(3):
        response = visitor.get("/sign-in")
        nonce = _nonce(response.headers["Content-Security-Policy"])
        text = response.get_data(as_text=True)
        assert text.count("<script") == text.count(f'<script nonce="{nonce}"') > 0
        seen.add(nonce)
    assert len(seen) == 3


def test_only_the_suites_of_the_settings_may_frame_us(core: Core) -> None:
    framed = replace(core, settings=replace(core.settings, frame_ancestors=("https://suite.example.com",)))
    policy = create_app(framed).test_client().get("/sign-in").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://suite.example.com;" in policy


def test_pages_are_not_kept_by_caches_and_static_files_are(visitor: Visitor) -> None:
    assert visitor.get("/sign-in").headers["Cache-Control"] == "no-store"
    found = re.search(r'href="(/static/app\.css\?v=\w+)"', visitor.get("/sign-in").get_data(as_text=True))
    assert found
    assert "immutable" in visitor.get(found[1]).headers["Cache-Control"]


def test_no_page_holds_inline_style_or_handlers(dana: Visitor, cycle_id: int, company: Company) -> None:
    team = f"/team/{cycle_id}/{company['Dana Lead']}"
    for address in (f"{team}?open={company['Ada Example']}", f"{team}/review", "/how", "/approvals"):
        text = dana.get(address).get_data(as_text=True)
        assert not re.search(r"""<[^>]+\s(style|on\w+)\s*=""", text), address
        assert "javascript:" not in text


def test_a_form_without_its_token_is_refused(dana: Visitor) -> None:
    dana.token = "made-up"
    assert dana.post("/sign-out").status_code == 400
    assert dana.client.post("/sign-out").status_code == 400
    assert dana.get("/team").status_code != 303 or "sign-in" not in dana.get("/team").headers["Location"]


def test_sign_in_needs_a_token_too(visitor: Visitor, company: Company) -> None:
    data = {"email": "dana@example.com", "password": "only-for-tests-0000"}
    assert visitor.client.post("/sign-in", data=data).status_code == 400


def test_the_token_changes_with_sign_in(visitor: Visitor, company: Company) -> None:
    visitor.get("/sign-in")
    before = visitor.token
    visitor.sign_in("dana@example.com")
    visitor.get("/how")
    assert visitor.token != before


def test_the_cookie_is_hard_to_steal_behind_https(core: Core) -> None:
    https = replace(core, settings=replace(core.settings, public_url="https://raises.example.com"))
    client = create_app(https).test_client()
    cookie = client.get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-advisor=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"):
        assert part in cookie


def test_htmx_errors_go_to_the_notice_and_never_into_the_row(dana: Visitor) -> None:
    response = dana.client.get("/team/999/999", headers={"HX-Request": "true"})
    assert response.status_code == 404
    assert response.headers["HX-Retarget"] == "#notice"
    assert "<html" not in response.get_data(as_text=True)


@pytest.mark.parametrize("status", [401, 403, 404, 413, 429, 500])
def test_each_error_has_a_page_with_a_next_step(app: Flask, status: int) -> None:
    from plugin.web import errors

    with app.test_request_context("/"):
        answer = errors.page(status)
    assert isinstance(answer, tuple)
    html, code = answer[0], answer[1]
    assert code == status
    assert errors.WORDS[status].title in html
    assert re.search(r'<a class="btn primary" href="/', html)


def test_a_large_form_is_refused_with_413(visitor: Visitor) -> None:
    visitor.get("/sign-in")
    response = visitor.post("/sign-in", {"email": "x" * 1_100_000})
    assert response.status_code == 413
    assert "too large" in response.get_data(as_text=True)


def test_an_unexpected_fault_says_nothing_about_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugin.web import pages

    def broken(*_args: object, **_kw: object) -> None:
        raise RuntimeError("secret detail")

    app.testing = False
    monkeypatch.setattr(pages, "render_template", broken)
    app.logger.disabled = True
    response = app.test_client().get("/sign-in")
    app.logger.disabled = False
    assert response.status_code == 500
    assert "secret detail" not in response.get_data(as_text=True)


# --- files that others made -----------------------------------------------------------------------------------------


def test_vendored_files_are_those_of_the_manifest() -> None:
    folder = formats.STATIC / "vendor"
    entries = json.loads((folder / "manifest.json").read_text())["files"]
    listed = {entry["file"] for entry in entries} | {entry["licence_file"] for entry in entries}
    assert listed | {"manifest.json"} == {path.name for path in folder.iterdir()}
    for entry in entries:
        digest = base64.b64encode(hashlib.sha384((folder / entry["file"]).read_bytes()).digest()).decode()
        assert entry["sha384"] == f"sha384-{digest}", entry["file"]
        assert entry["licence"] in ("0BSD", "OFL-1.1")


def test_the_documents_say_where_vendored_files_come_from() -> None:
    entries = json.loads((formats.STATIC / "vendor" / "manifest.json").read_text())["files"]
    said = (Path(__file__).parents[2] / "docs" / "reference" / "vendored-files.md").read_text(
        encoding="utf-8"
    )
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]]
        for line in said.splitlines()
        if "sha384-" in line
    ]
    assert rows == [
        [one["file"], f"{one['package']} {one['version']}", one["path"], one["licence"], one["sha384"]]
        for one in entries
    ]


def test_the_style_sheet_stays_small() -> None:
    import gzip

    assert len(gzip.compress((formats.STATIC / "app.css").read_bytes(), 9)) < 8_000
