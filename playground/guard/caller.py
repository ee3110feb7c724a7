"""Who asks: the client's address, behind trusted proxies only.

Not covered: people who share one address, and who somebody really is.
"""
from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Protocol

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Peer(Protocol):
    """The other end of a connection."""

    @property
    def host(self) -> str: ...


class HasClient(Protocol):
    """What Starlette's and Gradio's requests share."""

    @property
    def client(self) -> Peer | None: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


OF_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via",
              "cf-connecting-ip", "true-client-ip")
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def is_local(request: HasClient) -> bool:
    """Whether a browser on this very machine asks: from a loopback address, for a local name, and without any header
    that proxies add.

    Not covered: a proxy on this machine that adds no header looks like its owner.
    """
    address = _address(request.client.host) if request.client else None
    if address is None or not address.is_loopback or any(name in request.headers for name in OF_PROXIES):
        return False
    host = request.headers.get("host", LOCAL_NAMES[0])     # another name that leads here is somebody else's page
    return re.sub(r":\d+$", "", host.lower()) in LOCAL_NAMES


class CallerOf:
    """`caller_of(request)` -> the address that limits apply to: an IPv4 address, or the /64 network of an IPv6 address,
    because one customer usually owns all of it.

    Anyone can write an X-Forwarded-For header, so it is read only when the connection itself comes from a trusted
    proxy, and from the right: the last entry that no trusted proxy wrote for another one.
    """

    def __init__(self, trusted_proxies: Iterable[str] = ()) -> None:
        self._trusted = [ipaddress.ip_network(each, strict=False) for each in trusted_proxies]

    def __call__(self, request: HasClient) -> str:
        host = request.client.host if request.client else "unknown"
        caller = _address(host)
        if caller is None or not self._trusts(caller):
            return _name(caller) if caller else host
        for entry in reversed(request.headers.get("x-forwarded-for", "").split(",")):
            address = _address(entry)
            if address is None:           # nothing to the left of an unreadable entry can be believed
                break
            caller = address
            if not self._trusts(caller):
                break
        return _name(caller)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def _name(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return str(address)
    return str(ipaddress.ip_network((address.packed, 64), strict=False))
