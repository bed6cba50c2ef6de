# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: CloneRequest, CloneResult, CloneManifestItem."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import Field

from ._base import Id, Maybe, Record
from .integration import Integration


class CloneRequest(Record):
    """How to clone an integration.

    Attributes:
        connection_map: Source connection id to replacement connection id; map an id to itself to reuse
            it.
        env_id: Target environment on multi-environment accounts.
    """

    name: Maybe[str] = None
    connection_map: Maybe[dict[str, Any]] = Field(None, alias="connectionMap")
    env_id: Maybe[str] = Field(None, alias="_envId")
    sandbox: Maybe[bool] = None
    integration_id: Maybe[str] = Field(None, alias="_integrationId")
    stack_id: Maybe[str] = Field(None, alias="_stackId")


class CloneManifestItem(Record):
    """One resource that a clone made."""

    model: Maybe[str] = None
    id: Id = Field("", alias="_id")
    name: Maybe[str] = None


CloneResult: TypeAlias = Integration | list[CloneManifestItem]
"""Either the new integration, or a manifest of the resources that were made."""
