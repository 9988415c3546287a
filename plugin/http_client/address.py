"""Decides which network addresses we may talk to, so that a setting or a badge cannot point us at inner machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from plugin.errors import ConfigError, InvalidInput
from plugin.texts import _

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

ENCRYPTED = ("https", "sftp")

# IANA's special-purpose registries (RFC 6890 and later entries): nothing in here is a public web server.
_SPECIAL_V4 = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
_PUBLIC_V6 = IPv6Network(
    "2000::/3"
)  # the only global unicast space; NAT64, ULA, site- and link-local are outside
_SPECIAL_V6 = [
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 wraps any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
]
# Refused even when an allow-list covers them: no HR suite or learning platform lives there, credentials do.
_NEVER = [
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's host agent, inside public space
        "192.0.0.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "fd00:ec2::254/128",  # AWS metadata
        "fd20:ce::254/128",  # Google's metadata
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
]


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Allow-list entries in CIDR form (``10.20.0.0/16``, or one address); InvalidInput for anything else."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ip_network(text.strip()))
        except ValueError as error:
            raise InvalidInput(
                _("“%(text)s” must be a network in CIDR notation", text=text),
                remedy=_("write it like 10.20.0.0/16"),
            ) from error
    return tuple(found)


def is_public(address: Address) -> bool:
    """Whether the address is ordinary public space by IANA's registries."""
    plain = _unmapped(address)
    if isinstance(plain, IPv4Address):
        return not any(plain in network for network in _SPECIAL_V4)
    return plain in _PUBLIC_V6 and not any(plain in network for network in _SPECIAL_V6)


@dataclass(frozen=True)
class Guard:
    """The rule of one connection: public addresses by an encrypted protocol, and those of ``allowed`` by any."""

    allowed: tuple[Network, ...] = ()

    def check(self, addresses: Sequence[str], *, scheme: str) -> None:
        """ConfigError unless every resolved address may be reached. A mixed answer (own network and public) is refused."""
        found = [_unmapped(ip_address(text.partition("%")[0])) for text in addresses]
        if not found:
            raise _refused(_("the host name has no address"))
        if any(address in network for address in found for network in _NEVER if _same(address, network)):
            raise _refused(_("the address is reserved for machines' own data"))
        inside = [self._is_allowed(address) for address in found]
        if any(inside) and not all(inside):
            raise _refused(_("the host name has addresses inside and outside the allowed networks"))
        if all(inside):
            return
        if not all(is_public(address) for address in found):
            raise _refused(_("the address is neither public nor in this connection's allowed networks"))
        if scheme not in ENCRYPTED:
            raise ConfigError(
                _("public addresses must use https"),
                code="https_required",
                remedy=_("use an https address, or add the host's network to the allowed networks"),
            )

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self.allowed if _same(address, network))


def _unmapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _same(address: Address, network: Network) -> bool:
    return address.version == network.version


def _refused(why: str) -> ConfigError:
    return ConfigError(
        _("refused to connect: %(why)s", why=why),
        code="address_refused",
        remedy=_(
            "check the address; for an HR suite in your own network, add that network (CIDR) to the connection's settings"
        ),
    )
