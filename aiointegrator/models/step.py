# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: StepBase."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Maybe, ParsedTime
from .common import AiDescription, ResourceBase


class StepBase(ResourceBase):
    """Properties that exports and imports share."""

    description: Maybe[str] = None
    connection_id: Maybe[str] = Field(None, alias="_connectionId")
    integration_id: Maybe[str] = Field(None, alias="_integrationId")
    connector_id: Maybe[str] = Field(None, alias="_connectorId")
    template_id: Maybe[str] = Field(None, alias="_templateId")
    source_id: Maybe[str] = Field(None, alias="_sourceId")
    external_id: Maybe[str] = Field(None, alias="externalId")
    adaptor_type: Maybe[str] = Field(None, alias="adaptorType")
    api_identifier: Maybe[str] = Field(None, alias="apiIdentifier")
    assistant: Maybe[str] = None
    assistant_metadata: Maybe[dict[str, Any]] = Field(None, alias="assistantMetadata")
    distributed: Any = None
    http: Maybe[dict[str, Any]] = None
    netsuite: Maybe[dict[str, Any]] = None
    salesforce: Maybe[dict[str, Any]] = None
    rdbms: Maybe[dict[str, Any]] = None
    mongodb: Maybe[dict[str, Any]] = None
    dynamodb: Maybe[dict[str, Any]] = None
    jdbc: Maybe[dict[str, Any]] = None
    ftp: Maybe[dict[str, Any]] = None
    s3: Maybe[dict[str, Any]] = None
    as2: Maybe[dict[str, Any]] = None
    wrapper: Maybe[dict[str, Any]] = None
    filesystem: Maybe[dict[str, Any]] = None
    file: Maybe[dict[str, Any]] = None
    filter: Maybe[dict[str, Any]] = None
    input_filter: Maybe[dict[str, Any]] = Field(None, alias="inputFilter")
    hooks: Maybe[dict[str, Any]] = None
    settings: Any = None
    settings_form: Maybe[dict[str, Any]] = Field(None, alias="settingsForm")
    trace_key_template: Maybe[str] = Field(None, alias="traceKeyTemplate")
    draft: Maybe[bool] = None
    draft_expires_at: Maybe[str] = Field(None, alias="draftExpiresAt")
    draft_expires_at_datetime = ParsedTime("draft_expires_at")
    debug_until: Maybe[str] = Field(None, alias="debugUntil")
    debug_until_datetime = ParsedTime("debug_until")
    sandbox: Maybe[bool] = None
    ai_description: Maybe[AiDescription] = Field(None, alias="aiDescription")
    apim: Any = None
    linked_lookup_cache_ids: Maybe[list[str]] = Field(None, alias="__linkedLookupCacheIds")
