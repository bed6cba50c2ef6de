# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Generated coroutines, one class per resource."""

from __future__ import annotations

from .account import Account
from .integrations import Integrations

__all__ = ["Account", "Integrations"]
