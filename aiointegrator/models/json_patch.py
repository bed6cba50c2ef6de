# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: JsonPatchOperation."""

from __future__ import annotations

from typing import Any

from ._base import Maybe, Record


class JsonPatchOperation(Record):
    """One operation of a JSON Patch (RFC 6902).

    Attributes:
        path: JSON Pointer.
    """

    op: Maybe[str] = None
    path: Maybe[str] = None
    value: Any = None
