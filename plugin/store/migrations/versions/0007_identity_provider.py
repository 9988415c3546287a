"""Accounts and groups that an identity provider keeps by SCIM"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import Id, Json, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns are added without making the table again: tokens refer to its rows."""
    for column in (
        sa.Column("user_name", sa.String(length=320)),
        sa.Column("external_id", sa.String(length=255)),
        sa.Column("document", Json),
        sa.Column("group_roles", Json, nullable=False, server_default="[]"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("changed_at", UtcTime()),
        sa.Column("deleted_at", UtcTime()),
    ):
        op.add_column("account", column)
    op.execute("UPDATE account SET user_name = email")
    op.create_index("ix_account_user_name", "account", ["user_name"], unique=True)
    op.create_index("ix_account_external_id", "account", ["external_id"])
    op.create_table(
        "account_group",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("display_name", sa.String(length=300), nullable=False),
        sa.Column("external_id", sa.String(length=255)),
        sa.Column("role", sa.String(length=16)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_group")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_account_group_external_id", "account_group", ["external_id"])
    op.create_table(
        "account_group_member",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("group_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["account_group.id"],
            name=op.f("fk_account_group_member_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_group_member_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_group_member")),
        sa.UniqueConstraint(
            "group_id", "account_id", name=op.f("uq_account_group_member_group_id_account_id")
        ),
    )
    for name in ("group_id", "account_id"):
        op.create_index(f"ix_account_group_member_{name}", "account_group_member", [name])
    op.create_table(
        "account_finding",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sent", sa.String(length=300), nullable=False),
        sa.Column("first_at", UtcTime(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_finding")),
        sa.UniqueConstraint("subject", "kind", name=op.f("uq_account_finding_subject_kind")),
    )


def downgrade() -> None:
    for table in ("account_finding", "account_group_member", "account_group"):
        op.drop_table(table)
    for index in ("ix_account_user_name", "ix_account_external_id"):
        op.drop_index(index, table_name="account")
    for gone in (
        "deleted_at",
        "changed_at",
        "version",
        "group_roles",
        "document",
        "external_id",
        "user_name",
    ):
        op.drop_column("account", gone)
