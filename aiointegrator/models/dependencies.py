# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: DependencyMap, DependencyRef."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import Field

from ._base import Maybe, Record


class DependencyRef(Record):
    """One resource that depends on the integration.

    Attributes:
        id: Note the missing underscore.
    """

    id: Maybe[str] = None
    name: Maybe[str] = None
    paths: Maybe[list[str]] = None
    access_level: Maybe[str] = Field(None, alias="accessLevel")
    dependency_ids: Any = Field(None, alias="dependencyIds")


DependencyMap: TypeAlias = dict[str, Maybe[list[DependencyRef]]]
"""Keys are resource types, mostly plural, such as flows, imports or exports."""
