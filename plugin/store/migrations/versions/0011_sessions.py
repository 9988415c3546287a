"""Sessions live in the store and end one by one; guesses of passwords are counted by account, address and browser"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import Id, UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who is signed in signs in once more: a session of before has no row."""
    op.create_table(
        "web_session",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_web_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
    )
    op.create_index("ix_web_session_account_id", "web_session", ["account_id"])
    op.create_table(
        "guess",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guess")),
    )
    op.create_index("ix_guess_last_at", "guess", ["last_at"])
    for gone in ("session_epoch", "failed_sign_ins", "locked_until"):
        op.drop_column("account", gone)


def downgrade() -> None:
    for name in ("session_epoch", "failed_sign_ins"):
        op.add_column("account", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("account", sa.Column("locked_until", UtcTime()))
    for table in ("guess", "web_session"):
        op.drop_table(table)
