# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: Revision."""

from __future__ import annotations

from pydantic import Field

from ._base import Id, Maybe, ParsedTime, Record
from .install_step import InstallStep


class Revision(Record):
    """A revision of an integration; a snapshot is one."""

    id: Id = Field("", alias="_id")
    integration_id: Maybe[str] = Field(None, alias="_integrationId")
    type: Maybe[str] = None
    status: Maybe[str] = None
    description: Maybe[str] = None
    by_user_id: Maybe[str] = Field(None, alias="_byUserId")
    created_by_user_id: Maybe[str] = Field(None, alias="_createdByUserId")
    from_integration_id: Maybe[str] = Field(None, alias="_fromIntegrationId")
    from_integration_name: Maybe[str] = Field(None, alias="fromIntegrationName")
    from_integration_is_sandbox: Maybe[bool] = Field(None, alias="fromIntegrationIsSandbox")
    before_revision_hash: Maybe[str] = Field(None, alias="beforeRevisionHash")
    install_steps: Maybe[list[InstallStep]] = Field(None, alias="installSteps")
    created_at: Maybe[str] = Field(None, alias="createdAt")
    created_at_datetime = ParsedTime("created_at")
    last_modified: Maybe[str] = Field(None, alias="lastModified")
    last_modified_datetime = ParsedTime("last_modified")
