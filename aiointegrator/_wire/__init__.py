"""HTTP semantics of integrator.io: addresses, paths, requests, refusals, links. Pure functions."""

from __future__ import annotations

from .address import PREFIX, REGIONS, VENDOR_HOSTS, Base, address, base_url, is_host, is_loopback, token, url
from .links import Link, links, next_page, rebased
from .paths import ACTING_READS, in_url, matches, page_address, segment, target
from .refusals import BODY_LIMIT, check_whole, error_details, refusal, retry_after
from .requests import OWN_HEADERS, READ_ONLY_FIELDS, body, given, header_fields, query, with_query

__all__ = [
    "ACTING_READS",
    "BODY_LIMIT",
    "OWN_HEADERS",
    "PREFIX",
    "READ_ONLY_FIELDS",
    "REGIONS",
    "VENDOR_HOSTS",
    "Base",
    "Link",
    "address",
    "base_url",
    "body",
    "check_whole",
    "error_details",
    "given",
    "header_fields",
    "in_url",
    "is_host",
    "is_loopback",
    "links",
    "matches",
    "next_page",
    "page_address",
    "query",
    "rebased",
    "refusal",
    "retry_after",
    "segment",
    "target",
    "token",
    "url",
    "with_query",
]
