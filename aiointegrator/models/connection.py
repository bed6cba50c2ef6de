# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: ConnectionQueue, Connection."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Maybe, ParsedTime, Record
from .common import ResourceBase


class ConnectionQueue(Record):
    """A queue of a connection."""

    name: Maybe[str] = None
    size: Maybe[int] = None


class Connection(ResourceBase):
    """A connection; its secrets come masked."""

    type: Maybe[str] = None
    offline: Maybe[bool] = None
    needs_authorization: Maybe[bool] = Field(None, alias="needsAuthorization")
    external_id: Maybe[str] = Field(None, alias="externalId")
    assistant: Maybe[str] = None
    agent_id: Maybe[str] = Field(None, alias="_agentId")
    borrow_concurrency_from_connection_id: Maybe[str] = Field(None, alias="_borrowConcurrencyFromConnectionId")
    integration_id: Maybe[str] = Field(None, alias="_integrationId")
    connector_id: Maybe[str] = Field(None, alias="_connectorId")
    debug_date: Maybe[str] = Field(None, alias="debugDate")
    debug_date_datetime = ParsedTime("debug_date")
    debug_until: Maybe[str] = Field(None, alias="debugUntil")
    debug_until_datetime = ParsedTime("debug_until")
    settings: Any = None
    settings_form: Maybe[dict[str, Any]] = Field(None, alias="settingsForm")
    pgp: Maybe[dict[str, Any]] = None
    ssl: Maybe[dict[str, Any]] = None
    http: Maybe[dict[str, Any]] = None
    netsuite: Maybe[dict[str, Any]] = None
    salesforce: Maybe[dict[str, Any]] = None
    ftp: Maybe[dict[str, Any]] = None
    s3: Maybe[dict[str, Any]] = None
    wrapper: Maybe[dict[str, Any]] = None
    rdbms: Maybe[dict[str, Any]] = None
    mongodb: Maybe[dict[str, Any]] = None
    as2: Maybe[dict[str, Any]] = None
    filesystem: Maybe[dict[str, Any]] = None
    mcp: Maybe[dict[str, Any]] = None
    dynamodb: Maybe[dict[str, Any]] = None
    jdbc: Maybe[dict[str, Any]] = None
    van: Maybe[dict[str, Any]] = None
    rest: Maybe[dict[str, Any]] = None
    queues: Maybe[list[ConnectionQueue]] = None
    queue_size: Maybe[int] = Field(None, alias="queueSize")
    sandbox: Maybe[bool] = None
