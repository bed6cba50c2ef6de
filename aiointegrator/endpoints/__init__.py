# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Generated coroutines, one class per resource."""

from __future__ import annotations

from .account import Account
from .ashares import Ashares
from .connections import Connections
from .exports import Exports
from .flows import Flows
from .imports import Imports
from .integrations import Integrations

__all__ = ["Account", "Ashares", "Connections", "Exports", "Flows", "Imports", "Integrations"]
