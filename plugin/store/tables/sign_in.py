"""Sessions of browsers, second factors, and how often sign-ins failed lately."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from plugin.store.column_types import Id, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

web_session = Table(  # the row's end is the session's; only a hash of its key is kept
    "web_session",
    metadata,
    key(),
    ref("account_id", "account"),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("address", String(45), nullable=False, info=personal("contact", "delete")),
    Column("agent", String(200), nullable=False, info=personal("contact", "delete")),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("factor_at", UtcTime),  # when its second factor was proved
)

second_factor = Table(  # an app that shows codes (RFC 6238); not confirmed until it has shown a right one
    "second_factor",
    metadata,
    Column(
        "account_id", Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("secret_ciphertext", Text, nullable=False),
    Column(
        "last_step", Id, nullable=False
    ),  # of the newest code used: neither it nor an older one works again
    Column("created_at", UtcTime, nullable=False),
    Column("confirmed_at", UtcTime),
)

recovery_code = Table(  # each works once, instead of the app; only hashes are kept
    "recovery_code",
    metadata,
    key(),
    ref("account_id", "account"),
    Column("code_hash", String(64), nullable=False),
    Column("used_at", UtcTime),
    UniqueConstraint("account_id", "code_hash"),
)

guess = Table(  # sign-ins that failed lately, by account, address or browser: delays grow with them
    "guess",
    metadata,
    Column("key", String(64), primary_key=True),  # a hash: whose it is, is no business of a dump's reader
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False, index=True),
)
