"""Names of people become dated facts; every record keeps the names by which its person was searched"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

from plugin.domain import IdentifierKind
from plugin.domain.web_addresses import home_page
from plugin.store.column_types import Id, UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("merged_into_id", Id, nullable=True))
        table.create_index("ix_person_merged_into_id", ["merged_into_id"])
        table.create_foreign_key(
            "fk_person_merged_into_id", "person", ["merged_into_id"], ["id"], ondelete="SET NULL"
        )
    op.add_column("inbox", sa.Column("day", sa.Date(), nullable=True))
    _date_names()
    op.create_table(
        "home_page_rule",
        _key(),
        _ref("home_page_rule", "connection_id", "connection"),
        sa.Column("home_page", sa.String(400), nullable=False),
        sa.Column("name_is", sa.String(16), nullable=False),
        _ref("home_page_rule", "people_connection_id", "connection", nullable=True),
        sa.Column("decided_by", sa.String(320), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("connection_id", "home_page", name="uq_home_page_rule_connection_id_home_page"),
        sa.PrimaryKeyConstraint("id", name="pk_home_page_rule"),
    )
    _indexes("home_page_rule", "connection_id", "people_connection_id")
    _name_records()
    op.create_table(
        "identity_question",
        _key(),
        _ref("identity_question", "inbox_id", "inbox"),
        *_name(),
        sa.UniqueConstraint("inbox_id", name="uq_identity_question_inbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_question"),
    )
    op.create_index("ix_identity_question_name", "identity_question", ["kind", "value"])
    op.create_table(
        "identity_ruling",
        _key(),
        *_name(),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(320), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.Column("undone_by", sa.String(320), nullable=True),
        sa.Column("undone_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identity_ruling"),
    )
    op.create_index("ix_identity_ruling_name", "identity_ruling", ["kind", "value"])
    op.create_table(
        "identity_ruling_span",
        _key(),
        _ref("identity_ruling_span", "ruling_id", "identity_ruling"),
        _ref("identity_ruling_span", "person_id", "person"),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identity_ruling_span"),
    )
    _indexes("identity_ruling_span", "ruling_id", "person_id")
    op.create_table(
        "identity_ruling_record",
        _key(),
        _ref("identity_ruling_record", "ruling_id", "identity_ruling"),
        _ref("identity_ruling_record", "inbox_id", "inbox"),
        _ref("identity_ruling_record", "person_id", "person", nullable=True, delete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_ruling_record"),
    )
    _indexes("identity_ruling_record", "ruling_id", "inbox_id", "person_id")
    op.create_table(
        "person_merge",
        _key(),
        _ref("person_merge", "kept_id", "person"),
        _ref("person_merge", "merged_id", "person"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(320), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_merge"),
    )
    _indexes("person_merge", "kept_id", "merged_id")


def downgrade() -> None:
    """The first claim of each name stays, as it was before."""
    for gone in ("person_merge", "identity_ruling_record", "identity_ruling_span", "identity_ruling"):
        op.drop_table(gone)
    op.drop_table("identity_question")
    op.create_table(
        "waiting_identifier",
        _key(),
        _ref("waiting_identifier", "inbox_id", "inbox"),
        *_name(),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_identifier"),
    )
    op.execute(
        "INSERT INTO waiting_identifier (inbox_id, kind, value) SELECT n.inbox_id, n.kind, n.value FROM record_name n "
        "JOIN inbox i ON i.id = n.inbox_id WHERE i.state = 'waiting' AND n.rule_id IS NULL ORDER BY n.id"
    )
    op.drop_table("record_name")
    op.drop_table("home_page_rule")
    _indexes("waiting_identifier", "inbox_id")
    op.create_index("ix_waiting_identifier_name", "waiting_identifier", ["kind", "value"])
    op.execute(
        "DELETE FROM person_identifier WHERE id NOT IN (SELECT MIN(id) FROM person_identifier GROUP BY kind, value)"
    )
    with op.batch_alter_table("person_identifier") as table:
        table.drop_index("ix_person_identifier_name")
        for column in ("spelling", "from_on", "until_on"):
            table.drop_column(column)
        table.create_unique_constraint("uq_person_identifier_kind_value", ["kind", "value"])
    op.drop_column("inbox", "day")
    with op.batch_alter_table("person") as person:
        person.drop_constraint("fk_person_merged_into_id", type_="foreignkey")
        person.drop_index("ix_person_merged_into_id")
        person.drop_column("merged_into_id")


def _date_names() -> None:
    """What a suite said holds from hiring to leaving, what a person said for ever. Each is spelled as it is known; a hash bears
    the address that it is of. The people are applied again at the next run, which ends the names that their suite gives no more."""
    with op.batch_alter_table("person_identifier") as table:
        table.add_column(sa.Column("spelling", sa.String(500), nullable=False, server_default=""))
        table.add_column(sa.Column("from_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("until_on", sa.Date(), nullable=True))
        table.drop_constraint("uq_person_identifier_kind_value", type_="unique")
    with op.batch_alter_table("person_identifier") as table:
        table.alter_column("spelling", server_default=None)
        table.create_index("ix_person_identifier_name", ["kind", "value"])
    op.execute("UPDATE person_identifier SET spelling = value")
    op.execute(
        "UPDATE person_identifier SET from_on = (SELECT hired_on FROM person p WHERE p.id = person_id), "
        "until_on = (SELECT left_on FROM person p WHERE p.id = person_id) WHERE source LIKE 'connection:%'"
    )
    bind, names = op.get_bind(), sa.table("person_identifier", *map(sa.column, ("kind", "value", "spelling")))
    addresses = (
        bind.execute(sa.select(names.c.value).where(names.c.kind == IdentifierKind.EMAIL.value))
        .scalars()
        .all()
    )
    spelled = [
        {"hash": hashlib.sha1(f"mailto:{one}".encode(), usedforsecurity=False).hexdigest(), "address": one}
        for one in addresses
    ]
    for kind in (IdentifierKind.ACCOUNT.value, IdentifierKind.OPENID.value):
        for (old,) in bind.execute(sa.select(names.c.value).where(names.c.kind == kind)).all():
            home, bar, name = old.partition("|")
            values = {"value": f"{home_page(home)}{bar}{name}"}
            bind.execute(names.update().where(names.c.kind == kind, names.c.value == old).values(values))
    if spelled:
        mine = sa.and_(names.c.kind == IdentifierKind.EMAIL_SHA1.value, names.c.value == sa.bindparam("hash"))
        bind.execute(names.update().where(mine).values(spelling=sa.bindparam("address")), spelled)
    op.execute(
        "UPDATE inbox SET state = 'pending' WHERE stream = 'people' AND state = 'applied' AND kind = 'upsert'"
    )


def _name_records() -> None:
    op.create_table(
        "record_name",
        _key(),
        _ref("record_name", "inbox_id", "inbox"),
        *_name(),
        _ref("record_name", "rule_id", "home_page_rule", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_record_name"),
    )
    _indexes("record_name", "inbox_id", "rule_id")
    op.create_index("ix_record_name_name", "record_name", ["kind", "value"])
    op.execute(
        "INSERT INTO record_name (inbox_id, kind, value) SELECT inbox_id, kind, value FROM waiting_identifier ORDER BY id"
    )
    op.drop_table("waiting_identifier")
    op.execute("UPDATE inbox SET state = 'pending', code = NULL, message = NULL WHERE state = 'waiting'")


def _key() -> sa.Column[int]:
    return sa.Column("id", Id, autoincrement=True, nullable=False)


def _ref(
    table: str, name: str, target: str, *, nullable: bool = False, delete: str = "CASCADE"
) -> sa.Column[int]:
    points = sa.ForeignKey(f"{target}.id", ondelete=delete, name=f"fk_{table}_{name}")
    return sa.Column(name, Id, points, nullable=nullable)


def _name() -> tuple[sa.Column[str], sa.Column[str]]:
    return sa.Column("kind", sa.String(32), nullable=False), sa.Column(
        "value", sa.String(500), nullable=False
    )


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])
