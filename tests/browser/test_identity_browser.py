"""Pages that a person meets once: the conflict of two people, the second factor and a new token, in each look and language; and the
worksheet of a currency with long figures."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup
from plugin.store import tables
from tests.browser.conftest import Opened, Visit, served
from tests.reports.kit import Files
from tests.services.sources.test_conflicts import LARS, LEARNING, LENA, MAIL, PEOPLE
from tests.small_company import PASSWORD, fill, open_cycle

IN_DONG = sa.literal_column("26000")
CUT = """[...document.querySelectorAll('main .num, main td.n, main input')].filter(
  one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline'
    && one.clientWidth > 1).map(one => one.outerHTML.slice(0, 160))"""
HR = "hr@example.org"
CONFLICT = f"/admin/people-to-match/conflict?kind=email&value={MAIL}"
EACH = [(language, *look) for language in ("en", "de") for look in ((1440, False), (390, True))]


@pytest.fixture
def stage() -> str:
    return "empty"


@pytest.fixture
def site(core: Core) -> Iterator[str]:
    Files(core).read(people=PEOPLE + LENA + LARS, learning=LEARNING)
    roles = [Role.HR_ADMIN, Role.OPERATOR]
    account_setup.add_account(core, SYSTEM, email=HR, display_name="Hana", password=PASSWORD, roles=roles)
    with served(core) as address:
        yield address


def holds(someone: Visit, language: str, name: str, width: int) -> None:
    assert someone.page.locator("html").get_attribute("lang") == language, name
    assert someone.violations() == [], name
    assert not someone.is_wider_than_the_screen(), name
    someone.picture(f"{name}-{language}-{width}", whole=True)


@pytest.mark.parametrize(("language", "width", "dark"), EACH)
def test_conflict_second_factor_and_token(visit: Opened, language: str, width: int, dark: bool) -> None:
    someone = visit(width=width, dark=dark)
    someone.sign_in(HR)
    someone.go(f"{CONFLICT}&lang={language}")
    holds(someone, language, "conflict", width)
    someone.go("/admin/people-to-match/conflicts")
    holds(someone, language, "conflicts", width)
    someone.go("/admin/tokens/add")
    holds(someone, language, "token-add", width)
    someone.page.locator("#account_id").select_option(index=1)
    someone.page.locator("[name=name]").fill("nightly")
    someone.page.locator("[name=scopes]").first.check()
    someone.page.locator("main form .primary").first.click()
    assert someone.page.locator("main code").first.inner_text().strip()
    holds(someone, language, "token", width)
    someone.go("/account/second-factor")
    holds(someone, language, "second-factor", width)
    someone.page.locator("main form[action*=begin] button").click()
    holds(someone, language, "second-factor-key", width)
    secret = re.search(r"[A-Z2-7]{32}", someone.page.locator("main").inner_text())
    assert secret


@pytest.fixture
def dong(core: Core) -> Iterator[tuple[str, str, int]]:
    """The small company paid as if in dong: figures of ten digits."""
    company = fill(core)
    with core.database.transaction() as tx:
        tx.execute(tables.pay.update().values(annual=tables.pay.c.annual * IN_DONG))
        ends = {name: tables.pay_range.c[name] * IN_DONG for name in ("minimum", "midpoint", "maximum")}
        tx.execute(tables.pay_range.update().values(**ends))
    cycle_id = open_cycle(core, company)
    with served(core) as address:
        yield address, f"/team/{cycle_id}/{company['Dana Lead']}", company["Ada Example"]


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_long_figures_are_neither_cut_nor_wider_than_the_screen(
    visit: Opened, dong: tuple[str, str, int], language: str, width: int, dark: bool
) -> None:
    manager = visit(width=width, dark=dark)
    manager.site, team, ada = dong
    manager.sign_in("dana@example.com")
    manager.go(f"{team}?lang={language}")
    holds(manager, language, "dong", width)
    assert manager.page.evaluate(CUT) == []
    field = manager.page.locator("input[name^=raise-]").first
    field.fill("4,5" if language == "de" else "4.5")
    with manager.page.expect_response(lambda answer: "/people/" in answer.url):
        field.press("Enter")
    manager.go(f"{team}?open={ada}")
    holds(manager, language, "dong-decided", width)
    assert manager.page.evaluate(CUT) == []
