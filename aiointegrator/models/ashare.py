# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: McpServerAccess, AShare, IntegrationAccessLevel, SharedWithUser."""

from __future__ import annotations

from pydantic import Field

from ._base import Id, Maybe, ParsedTime, Record


class McpServerAccess(Record):
    """What a user may do with an MCP server."""

    mcp_server_id: Maybe[str] = Field(None, alias="_mcpServerId")
    scopes: Maybe[list[str]] = None


class AShare(Record):
    """One user's access record; `_id` is the record, `sharedWithUser._id` is the person.

    Attributes:
        access_level: Absent when access is granted only per integration.
    """

    id: Id = Field("", alias="_id")
    accepted: Maybe[bool] = None
    dismissed: Maybe[bool] = None
    disabled: Maybe[bool] = None
    access_level: Maybe[str] = Field(None, alias="accessLevel")
    integration_access_level: Maybe[list[IntegrationAccessLevel]] = Field(None, alias="integrationAccessLevel")
    account_mfa_required: Maybe[bool] = Field(None, alias="accountMFARequired")
    account_sso_required: Maybe[bool] = Field(None, alias="accountSSORequired")
    allow_access_to_apim: Maybe[bool] = Field(None, alias="allowAccessToAPIM")
    allow_to_edit_retry_data: Maybe[bool] = Field(None, alias="allowToEditRetryData")
    allow_integration_workspace_creation: Maybe[bool] = Field(None, alias="allowIntegrationWorkspaceCreation")
    mcp_server_access_level: Maybe[list[McpServerAccess]] = Field(None, alias="mcpServerAccessLevel")
    all_mcp_server_access: Maybe[bool] = Field(None, alias="allMcpServerAccess")
    is_production_admin: Maybe[bool] = Field(None, alias="isProductionAdmin")
    created_via: Maybe[str] = Field(None, alias="createdVia")
    last_sign_in: Maybe[str] = Field(None, alias="lastSignIn")
    last_sign_in_datetime = ParsedTime("last_sign_in")
    shared_with_user_id: Maybe[str] = Field(None, alias="_sharedWithUserId")
    shared_with_user: Maybe[SharedWithUser] = Field(None, alias="sharedWithUser")
    created_at: Maybe[str] = Field(None, alias="createdAt")
    created_at_datetime = ParsedTime("created_at")
    last_modified: Maybe[str] = Field(None, alias="lastModified")
    last_modified_datetime = ParsedTime("last_modified")


class IntegrationAccessLevel(Record):
    """What a user may do with one integration."""

    integration_id: Maybe[str] = Field(None, alias="_integrationId")
    access_level: Maybe[str] = Field(None, alias="accessLevel")


class SharedWithUser(Record):
    """The person that an ashare is for."""

    id: Id = Field("", alias="_id")
    email: Maybe[str] = None
    name: Maybe[str] = None
    last_sign_in: Maybe[str] = Field(None, alias="lastSignIn")
    last_sign_in_datetime = ParsedTime("last_sign_in")
    allowed_to_reset_mfa: Maybe[bool] = Field(None, alias="allowedToResetMFA")
    account_sso_linked: Maybe[str] = Field(None, alias="accountSSOLinked")
