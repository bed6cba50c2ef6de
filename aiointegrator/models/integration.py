# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: IntegrationWrite, Integration, Grouping."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Id, Maybe, ParsedTime, Record
from .common import Alias, ResourceBase
from .install_step import InstallStep


class IntegrationWrite(Record):
    """What may be written of an integration; only `name` is needed to create one.

    Attributes:
        syncs: Marks a data-sync integration; set on creation.
    """

    name: Maybe[str] = None
    description: Maybe[str] = None
    readme: Maybe[str] = None
    mode: Maybe[str] = None
    install: Maybe[list[InstallStep]] = None
    install_steps: Maybe[list[InstallStep]] = Field(None, alias="installSteps")
    uninstall_steps: Maybe[list[InstallStep]] = Field(None, alias="uninstallSteps")
    change_edition_steps: Maybe[list[InstallStep]] = Field(None, alias="changeEditionSteps")
    init_child: Maybe[dict[str, Any]] = Field(None, alias="initChild")
    update: Maybe[dict[str, Any]] = None
    flow_groupings: Maybe[list[Grouping]] = Field(None, alias="flowGroupings")
    api_groupings: Maybe[list[Grouping]] = Field(None, alias="apiGroupings")
    aliases: Maybe[list[Alias]] = None
    settings: Any = None
    settings_form: Maybe[dict[str, Any]] = Field(None, alias="settingsForm")
    version: Maybe[str] = None
    tag: Maybe[str] = None
    update_in_progress: Maybe[bool] = Field(None, alias="updateInProgress")
    sandbox: Maybe[bool] = None
    syncs: Maybe[bool] = None


class Integration(ResourceBase, IntegrationWrite):
    """An integration: a folder of flows with the exports, imports and connections they use.

    Attributes:
        connector_id: Present on Integration Apps.
    """

    connector_id: Maybe[str] = Field(None, alias="_connectorId")
    template_id: Maybe[str] = Field(None, alias="_templateId")
    source_id: Maybe[str] = Field(None, alias="_sourceId")
    parent_id: Maybe[str] = Field(None, alias="_parentId")
    registered_connection_ids: Maybe[list[str]] = Field(None, alias="_registeredConnectionIds")
    registered_lookup_cache_ids: Maybe[list[str]] = Field(None, alias="_registeredLookupCacheIds")
    num_flows: Maybe[int] = Field(None, alias="numFlows")
    num_error: Maybe[int] = Field(None, alias="numError")
    num_registered_connections: Maybe[int] = Field(None, alias="numRegisteredConnections")
    num_offline_connections: Maybe[int] = Field(None, alias="numOfflineConnections")
    last_error_at: Maybe[str] = Field(None, alias="lastErrorAt")
    last_error_at_datetime = ParsedTime("last_error_at")


class Grouping(Record):
    """A group of flows or APIs; keep its `_id` on a round trip, or the members lose their group."""

    id: Id = Field("", alias="_id")
    name: Maybe[str] = None
    settings: Any = None
