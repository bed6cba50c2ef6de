"""Which hosts NO_PROXY names, as curl and Go read it.

Entries are separated by commas or white space. `*` names every host; `example.com` and `.example.com` the domain and
all below it, `*.example.com` only what is below it; `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32` and `[::1]` addresses.
`:443` behind an entry limits it to that port. Letter case and a dot at the end mean nothing.

Where curl (https://curl.se/libcurl/c/CURLOPT_NOPROXY.html) and Go (https://pkg.go.dev/golang.org/x/net/http/httpproxy)
differ, `.example.com` names `example.com` too, as in curl and in Python's urllib.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_ENTRY = re.compile(r"(?:\[(?P<inside>[^\]]*)\](?P<bits>/\d+)?|(?P<name>[^:]*))(?::(?P<port>\d+))?")
_MAPPED = IPv6Network("::ffff:0:0/96")


def names(no_proxy: str, host: str, port: int) -> bool:
    """Return whether an entry names this host at this port."""
    address = _address(host)
    return any(_matches(entry, host, address, port) for entry in re.split(r"[\s,]+", no_proxy) if entry)


def _matches(entry: str, host: str, address: IPv4Address | IPv6Address | None, port: int) -> bool:
    place, only = _parts(entry)
    if only not in (None, port):
        return False
    if place == "*":
        return True
    if address is None:
        return _is_domain_of(place, host)
    network = _network(place)
    return network is not None and address in network


def _parts(entry: str) -> tuple[str, int | None]:
    """Name or network of an entry, and the port where it has one. An IPv6 address without brackets has none."""
    found = _ENTRY.fullmatch(entry)
    if found is None:
        return entry, None
    place = found["name"] if found["inside"] is None else found["inside"] + (found["bits"] or "")
    return place, int(found["port"]) if found["port"] else None


def _is_domain_of(place: str, host: str) -> bool:
    place, host = _plain(place), _plain(host)
    if place.startswith("*."):
        return host.endswith(place[1:])
    place = place.lstrip(".")
    return bool(place) and (host == place or host.endswith(f".{place}"))


def _plain(name: str) -> str:
    """A name in lower case, without a dot at its end, as it is looked up (`bücher.example` as `xn--…`)."""
    name = name.lower().rstrip(".")
    if name.isascii():
        return name
    try:
        return ".".join(label.encode("idna").decode() if label else "" for label in name.split("."))
    except UnicodeError:
        return name


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def _network(place: str) -> IPv4Network | IPv6Network | None:
    try:
        found = ip_network(place, strict=False)
    except ValueError:
        return None
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        mapped = found.network_address.ipv4_mapped
        return IPv4Network(f"{mapped}/{found.prefixlen - 96}")
    return found
