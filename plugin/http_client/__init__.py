"""The only user of requests: everything that leaves this machine goes through here."""

from plugin.http_client.address import Guard, Network, is_public, networks
from plugin.http_client.answer import NOT_PERFORMED, Classify, Response, classify_status, retry_after
from plugin.http_client.call_log import CallRecord, OnCall, safe_path
from plugin.http_client.client import BoundClient, Client, Document, Sent
from plugin.http_client.exchange import Limits
from plugin.http_client.outgoing import check_url
from plugin.http_client.sockets import Resolver, open_socket, resolve

__all__ = [
    "NOT_PERFORMED",
    "BoundClient",
    "CallRecord",
    "Classify",
    "Client",
    "Document",
    "Guard",
    "Limits",
    "Network",
    "OnCall",
    "Resolver",
    "Response",
    "Sent",
    "check_url",
    "classify_status",
    "is_public",
    "networks",
    "open_socket",
    "resolve",
    "retry_after",
    "safe_path",
]
