"""Keys that are secret in some objects only: `key` of a listener is its HMAC key, `key` of a cache entry is a name.

Source: the vendor's schemas (github.com/celigo/ai, June 2026), as `x-secret` in `openapi.yaml` repeats them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from .secret_rules import EXAMPLE

_TLS = ("ssl", "tls", "clientcertificate", "clientcertificates")


class Context(NamedTuple):
    """Where a key is secret. All names are in small letters without separators.

    Attributes:
        key: the key.
        parents: keys of the objects in which it is secret.
        beside: keys of which one is in the same object, whatever the key of that object is.
        hides: records in which EXAMPLE is hidden.
        leaves: records that look like it and are not changed.
    """

    key: str
    parents: tuple[str, ...]
    beside: frozenset[str]
    hides: tuple[dict[str, Any], ...]
    leaves: tuple[dict[str, Any], ...] = ()


def _client_block(key: str, wire: str) -> Context:
    """A block of an iClient, which is secret as a whole. Connections and steps have open blocks of the same name."""
    return Context(
        key,
        (),
        frozenset({"provider", "formtype", "enablejwt", "enableiclientreferences"}),
        ({"_id": "5f", "provider": wire, wire: {"clientId": EXAMPLE}},),
        ({"_id": "5f", "type": wire, wire: {"account": "TSTDRV"}}, {"adaptorType": "X", wire: {"type": "search"}}),
    )


_ALL = (
    Context(
        "key",
        ("webhook", *_TLS, "rdbms", "auth", "api", "hmac", "signing", "encryption", "pgp"),
        frozenset({"verify", "passphrase", "pfx", "cert", "certificate"}),
        (
            {"webhook": {"verify": "hmac", "algorithm": "sha256", "key": EXAMPLE}},
            {"listeners": [{"Verify": "hmac", "Key": EXAMPLE}]},
            {"http": {"clientCertificates": {"key": EXAMPLE}}},
            {"rdbms": {"type": "snowflake", "key": EXAMPLE}},
            {"webhookKey": EXAMPLE, "ssl_key": EXAMPLE},
        ),
        (
            {"http": {"headers": [{"key": "Accept", "value": "text/csv"}]}},
            {"rules": [[{"extract": "a", "generate": "b", "key": "c"}]]},
            {"webhook": {"challengeResponseHeaders": [{"key": "Accept", "value": "x"}], "header": "x-sig"}},
            {"key": "order-1", "value": {"id": 1}},
            {"ssl": [{"key": "mode", "value": "verify-full"}]},
            {"s3": {"fileKey": "in.csv", "keyPrefix": "in/"}, "keyColumns": ["id"], "runKey": "5f"},
        ),
    ),
    Context(
        "cert",
        _TLS,
        frozenset({"key", "passphrase"}),
        ({"rdbms": {"ssl": {"cert": EXAMPLE}}}, {"x": {"cert": EXAMPLE, "key": ""}}),
        ({"cert": "ISO 9001"}, {"as2": {"unencrypted": {"partnerCertificate": "MIIC", "userPublicKey": "MIIB"}}}),
    ),
    Context("ca", _TLS, frozenset(), ({"ssl": {"ca": EXAMPLE}},), ({"states": {"ca": "California"}},)),
    _client_block("netsuite", "netsuite"),
    _client_block("salesforce", "salesforce"),
    _client_block("ebay", "ebay"),
)
CONTEXTS = {one.key: one for one in _ALL}
JOINED = tuple(parent + one.key for one in _ALL for parent in one.parents)
"""The same as keys of their own, such as `webhookKey` and `ssl_cert`."""

_SEPARATORS = re.compile(r"[\W_]+")
_NAMES = re.compile(r"[A-Za-z]\w*")


def _flat(text: str) -> str:
    return _SEPARATORS.sub("", text).lower()


@lru_cache(16384)
def flat(key: str) -> str:
    """Return a key in small letters without separators."""
    return _flat(key)


@lru_cache(4096)
def secret_here(key: str, parent: str, beside: tuple[Any, ...]) -> bool:
    """Return whether a key of CONTEXTS is secret in an object with the key `parent`, beside these keys."""
    context = CONTEXTS[flat(key)]
    return flat(parent) in context.parents or any(flat(one) in context.beside for one in beside if type(one) is str)


def secret_in_text(key: str, owner: str, text: str) -> bool:
    """Return the same for an object `owner` in a text. Nothing is cached, since the text may hold secrets."""
    context = CONTEXTS[flat(key)]
    return flat(owner) in context.parents or any(_flat(one) in context.beside for one in _NAMES.findall(text))


def hinted(key: str, text: str) -> bool:
    """Return whether a text names something that makes this key a secret; a quick look before a close one."""
    context, low = CONTEXTS[flat(key)], _flat(text)
    return any(one in low for one in (*context.parents, *context.beside))
