# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: AuditEntry, ByUser, FieldChange."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Id, Maybe, ParsedTime, Record


class AuditEntry(Record):
    """One change that somebody made.

    Attributes:
        source: Compare without regard to letter case.
    """

    id: Id = Field("", alias="_id")
    resource_type: Maybe[str] = Field(None, alias="resourceType")
    resource_id: Maybe[str] = Field(None, alias="_resourceId")
    source: Maybe[str] = None
    event: Maybe[str] = None
    time: Maybe[str] = None
    time_datetime = ParsedTime("time")
    by_user: Maybe[ByUser] = Field(None, alias="byUser")
    field_changes: Maybe[list[FieldChange]] = Field(None, alias="fieldChanges")


class ByUser(Record):
    """Who made a change."""

    id: Id = Field("", alias="_id")
    email: Maybe[str] = None
    name: Maybe[str] = None


class FieldChange(Record):
    """One field of a change."""

    field_path: Maybe[str] = Field(None, alias="fieldPath")
    old_value: Any = Field(None, alias="oldValue")
    new_value: Any = Field(None, alias="newValue")
