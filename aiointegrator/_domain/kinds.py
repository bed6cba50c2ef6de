"""What can be read of an integration, and how; apart from the rest, since the client's signature names it."""

from __future__ import annotations

from typing import Literal

KINDS = ("flows", "exports", "imports", "ashares", "connections")
"""Everything that can be read of an integration."""
DEFAULT_KINDS = KINDS[:4]
"""What is read unless asked otherwise."""
INTEGRATIONS = "integrations"
"""The kind of a gap that is no branch: the list of integrations broke off, or an integration was not to be had."""

Plan = Literal["integration", "account", "compare"]
"""Each integration's own lists, the account's lists sorted to the integrations, or both, compared."""

Reason = Literal["denied", "missing", "failed"]
