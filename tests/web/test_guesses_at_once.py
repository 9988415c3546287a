"""Many guesses at once over real connections: no more are tried than are allowed one by one."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest

from plugin.app import create_app
from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, guessing, passwords
from plugin.testing.serving import serve

AT_ONCE = 48
PASSWORD = "a long enough password"


class Guesser:
    """One connection with its own cookie and form token."""

    def __init__(self, base_url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=60)
        self.connection.request("GET", "/sign-in")
        answer = self.connection.getresponse()
        token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
        assert token
        self.cookie, self.token = answer.headers["Set-Cookie"].split(";")[0], token[1]

    def guess(self, email: str, password: str, address: str) -> int:
        form = urlencode({"csrf_token": self.token, "email": email, "password": password})
        headers = {
            "Cookie": self.cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": address,
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": "127.0.0.1",
        }
        self.connection.request("POST", "/sign-in", form, headers)
        answer = self.connection.getresponse()
        answer.read()
        self.connection.close()
        return answer.status


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
@pytest.mark.parametrize("from_everywhere", [False, True])
def test_of_48_guesses_at_once_as_many_are_tried_as_are_free(
    any_core: Core, monkeypatch: pytest.MonkeyPatch, email: str, from_everywhere: bool
) -> None:
    account_setup.add_account(
        any_core,
        SYSTEM,
        email="ada@example.com",
        display_name="Ada",
        password=PASSWORD,
        roles=[Role.MANAGER],
    )
    tried: list[str] = []
    fits = passwords.fits
    monkeypatch.setattr(passwords, "fits", lambda digest, text: tried.append(text) or fits(digest, text))
    app = create_app(replace(any_core, settings=replace(any_core.settings, trusted_proxies=1)))
    gate = threading.Barrier(AT_ONCE)

    def guess(number: int) -> int:
        guesser = Guesser(served.base_url)
        gate.wait(60)
        address = f"127.1.{number}.1" if from_everywhere else "127.1.1.1"
        return guesser.guess(email, f"guess {number}", address)

    with serve(app) as served, ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = Counter(pool.map(guess, range(AT_ONCE)))
    free = (guessing.ACCOUNT if from_everywhere else guessing.PAIR).free
    assert statuses == {401: free, 429: AT_ONCE - free}
    assert len(tried) == free
