"""raise-advisor scim: identity providers that keep accounts and groups."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit, emit_json, json_option
from plugin.domain import Role, said
from plugin.services.people import provider_accounts, provisioning, role_groups
from plugin.services.people.role_groups import GIVEN
from plugin.texts import N_, _

BY_NAME = "by-name"


@click.group()
def scim() -> None:
    """Let an identity provider keep accounts and roles (SCIM 2.0). Example: raise-advisor scim groups"""


@scim.command()
@click.option("--email", required=True, help=N_("Address of the provider’s own account; it is created."))
@click.option("--name", required=True, help=N_("Purpose of the token."))
@click.option("--days", type=click.IntRange(1, 366), default=366, show_default=True)
@json_option
def token(email: str, name: str, days: int, as_json: bool) -> None:
    """Create a token for /scim/v2; it is shown only once. Example: raise-advisor scim token --email okta@example.com --name Okta"""
    core = opening.core()
    made = provider_accounts.make_token(core, opening.actor(), email=email, name=name, days=days).reveal()
    address = f"{core.settings.public_url.rstrip('/')}/scim/v2"
    if as_json:
        emit_json({"token": made, "address": address})
        return
    click.echo(_("Base address: %(address)s", address=address))
    click.echo(_("Token, shown only once: %(token)s", token=made))


@scim.command("groups")
@click.option("--after", type=RECORD_ID, default=0, help=N_("Only groups after this id (the next page)."))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def groups_(after: int, limit: int, as_json: bool) -> None:
    """List the provider’s groups with the role that each gives. Example: raise-advisor scim groups"""
    rows = [
        {
            "id": group.id,
            "name": group.display_name,
            "role": role,
            "said": "role" if group.role else BY_NAME if as_json else _("its name"),
            "members": members,
        }
        for group, role, members in role_groups.groups(opening.core(), after=after, limit=limit)
    ]
    emit(rows, as_json=as_json)


@scim.command()
@click.argument("group_id", type=RECORD_ID)
@click.argument("role", type=click.Choice([*(role.value for role in GIVEN), BY_NAME]))
def role(group_id: int, role: str) -> None:
    """Give a group’s members a role, or leave it to the group’s name. Example: raise-advisor scim role 3 hr_admin"""
    chosen = None if role == BY_NAME else Role(role)
    role_groups.set_role(opening.core(), opening.actor(), group_id, chosen)
    click.echo(_("Group %(id)s: %(role)s.", id=group_id, role=said(chosen) if chosen else _("by its name")))


@scim.command()
@click.option("--after", type=RECORD_ID, default=0, help=N_("Only findings after this id (the next page)."))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def findings(after: int, limit: int, as_json: bool) -> None:
    """List what the provider sent and what was not taken: managers, members, unclear employees. Example: raise-advisor scim findings"""
    rows = [
        {
            "id": one.id,
            "subject": one.subject,
            "kind": one.kind,
            "sent": one.sent,
            "first_at": one.first_at,
            "last_at": one.last_at,
        }
        for one in provisioning.findings(opening.core(), after=after, limit=limit)
    ]
    emit(rows, as_json=as_json)
