"""raise-advisor webhook: endpoints that are told what happens, and what became of each delivery."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import WordChoice, emit, emit_json, json_option, note
from plugin.domain import OutboxKind, OutboxState
from plugin.services.delivery import backlog, endpoint_setup
from plugin.services.delivery.events import EVENT_TYPES
from plugin.texts import N_, _


@click.group()
def webhook() -> None:
    """Manage endpoints, deliveries and dead letters. Example: raise-advisor webhook list"""


@webhook.command()
@json_option
def events(as_json: bool) -> None:
    """List event types and when they are sent. Example: raise-advisor webhook events"""
    emit([{"event": name, "sent": _(text)} for name, text in EVENT_TYPES.items()], as_json=as_json)


@webhook.command("list")
@click.option("--after", type=RECORD_ID, default=0, help=N_("Only endpoints after this id (the next page)."))
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def list_(after: int, limit: int, as_json: bool) -> None:
    """List all endpoints. Example: raise-advisor webhook list --json"""
    found = endpoint_setup.page(opening.core(), after=after, limit=limit)
    rows = [
        {
            "id": e.id,
            "name": e.name,
            "url": e.url,
            "events": ", ".join(e.event_types) or ("all" if as_json else _("all")),
            "state": e.state,
        }
        for e in found
    ]
    emit(rows, as_json=as_json, empty=_("No endpoints yet. See: raise-advisor webhook add --help"))


@webhook.command()
@click.option("--name", required=True)
@click.option("--url", required=True)
@click.option(
    "--event", "event_types", multiple=True, help=N_("Only this event; repeat it for several. Default: all.")
)
@click.option(
    "--network", "networks", multiple=True, help=N_("Private network that the address may be in, as CIDR.")
)
@json_option
def add(name: str, url: str, event_types: tuple[str, ...], networks: tuple[str, ...], as_json: bool) -> None:
    """Add an endpoint; its signing secret is shown only once. Example: raise-advisor webhook add --name Payroll --url https://pay.example.com/in"""
    added, secret = endpoint_setup.add(
        opening.core(), opening.actor(), endpoint_setup.Wish(name, url, event_types, networks)
    )
    emit_json({"id": added, "secret": secret.reveal()}) if as_json else click.echo(
        _("Endpoint %(id)s added. Secret, shown only once: %(secret)s", id=added, secret=secret.reveal())
    )


@webhook.command("rotate-secret")
@click.argument("endpoint_id", type=RECORD_ID)
@json_option
def rotate_secret(endpoint_id: int, as_json: bool) -> None:
    """Create a new secret; the old one stays valid for 24 hours. Example: raise-advisor webhook rotate-secret 2"""
    secret = endpoint_setup.rotate_secret(opening.core(), opening.actor(), endpoint_id)
    emit_json({"id": endpoint_id, "secret": secret.reveal()}) if as_json else click.echo(
        _("New secret, shown only once: %(secret)s", secret=secret.reveal())
    )


@webhook.command()
@click.argument("endpoint_id", type=RECORD_ID)
def test(endpoint_id: int) -> None:
    """Queue a test event for one endpoint. Example: raise-advisor webhook test 2"""
    row = endpoint_setup.send_test(opening.core(), opening.actor(), endpoint_id)
    note(_("Queued as delivery %(id)s. See: raise-advisor webhook tail", id=row))


@webhook.command()
@click.option(
    "--kind",
    type=WordChoice(OutboxKind),
    default=OutboxKind.WEBHOOK.value,
    show_default=True,
    help=N_("webhook: to endpoints; write: to the HR suite."),
)
@click.option("--state", type=WordChoice(OutboxState), help=N_("Only this state."))
@click.option("--before", type=RECORD_ID, help=N_("Only deliveries before this id (the next page)."))
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
def tail(kind: OutboxKind, state: OutboxState | None, before: int | None, limit: int, as_json: bool) -> None:
    """List deliveries, newest first. Example: raise-advisor webhook tail --state dead"""
    found = backlog.page(opening.core(), kind=kind, state=state, before=before, limit=limit)
    rows = [
        {
            "id": e.id,
            "event": e.event_type,
            "state": e.state,
            "attempts": e.attempts,
            "due_at": e.due_at,
            "code": e.code,
            "message": e.message,
        }
        for e in found
    ]
    emit(rows, as_json=as_json, empty=_("No deliveries yet."))


@webhook.command()
@click.argument("delivery_id", type=RECORD_ID, required=False)
@click.option("--all", "everything", is_flag=True, help=N_("All dead letters."))
@click.option(
    "--kind",
    type=WordChoice(OutboxKind),
    default=OutboxKind.WEBHOOK.value,
    show_default=True,
)
@json_option
def replay(delivery_id: int | None, everything: bool, kind: OutboxKind, as_json: bool) -> None:
    """Queue a dead delivery again, or all of them. Example: raise-advisor webhook replay --all"""
    core, who = opening.core(), opening.actor()
    if everything == (delivery_id is not None):
        raise click.UsageError(_("Enter either a delivery id or --all."))
    if delivery_id is not None:
        result: dict[str, object] = {
            "id": delivery_id,
            "state": backlog.replay(core, who, delivery_id),
        }
    else:
        result = {"queued": backlog.replay_all(core, who, kind=kind)}
    emit([result], as_json=as_json)
