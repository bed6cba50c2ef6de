# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: ResourceBase, Alias, ScriptRef, AiDescription."""

from __future__ import annotations

from pydantic import Field

from ._base import Id, Maybe, ParsedTime, Record


class ResourceBase(Record):
    """What every resource has."""

    id: Id = Field("", alias="_id")
    name: Maybe[str] = None
    created_at: Maybe[str] = Field(None, alias="createdAt")
    created_at_datetime = ParsedTime("created_at")
    last_modified: Maybe[str] = Field(None, alias="lastModified")
    last_modified_datetime = ParsedTime("last_modified")
    last_modified_by: Maybe[str] = Field(None, alias="lastModifiedBy")


class Alias(Record):
    """A name for exactly one resource."""

    alias: Maybe[str] = None
    description: Maybe[str] = None
    connection_id: Maybe[str] = Field(None, alias="_connectionId")
    export_id: Maybe[str] = Field(None, alias="_exportId")
    import_id: Maybe[str] = Field(None, alias="_importId")
    flow_id: Maybe[str] = Field(None, alias="_flowId")
    lookup_cache_id: Maybe[str] = Field(None, alias="_lookupCacheId")


class ScriptRef(Record):
    """A function of a script."""

    function: Maybe[str] = None
    script_id: Maybe[str] = Field(None, alias="_scriptId")


class AiDescription(Record):
    """A generated description."""

    summary: Maybe[str] = None
    detailed: Maybe[str] = None
    generated_on: Maybe[str] = Field(None, alias="generatedOn")
    generated_on_datetime = ParsedTime("generated_on")
