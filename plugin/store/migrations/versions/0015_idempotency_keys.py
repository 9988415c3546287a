"""Keys under which requests of the API were carried out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import Id, UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_idempotency_key_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("account_id", "key_hash", name=op.f("uq_idempotency_key_account_id_key_hash")),
    )
    op.create_index("ix_idempotency_key_account_id", "idempotency_key", ["account_id"])
    op.create_index("ix_idempotency_key_began_at", "idempotency_key", ["began_at"])


def downgrade() -> None:
    op.drop_table("idempotency_key")
