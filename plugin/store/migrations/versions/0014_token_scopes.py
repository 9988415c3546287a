"""A token has scopes, and shows when it was used last"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import Json, UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ALL = [
    *("read:audit", "read:connections", "read:decisions", "read:models", "read:people", "read:webhooks"),
    *("scim", "write:connections", "write:people", "write:webhooks"),
]


def upgrade() -> None:
    """A token that is there keeps what it could do until now: all that its account's roles give."""
    op.add_column("api_token", sa.Column("scopes", Json, nullable=False, server_default="[]"))
    op.add_column("api_token", sa.Column("last_used_at", UtcTime()))
    op.execute(sa.table("api_token", sa.column("scopes", Json)).update().values(scopes=ALL))


def downgrade() -> None:
    op.drop_column("api_token", "last_used_at")
    op.drop_column("api_token", "scopes")
