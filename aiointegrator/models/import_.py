# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: Import."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Maybe
from .step import StepBase


class Import(StepBase):
    """An import: a destination; AI agents and guardrails are imports too."""

    one_to_many: Maybe[bool] = Field(None, alias="oneToMany")
    path_to_many: Maybe[str] = Field(None, alias="pathToMany")
    ignore_existing: Maybe[bool] = Field(None, alias="ignoreExisting")
    lookups: Any = None
    mapping: Maybe[dict[str, Any]] = None
    mappings: Any = None
    response_transform: Maybe[dict[str, Any]] = Field(None, alias="responseTransform")
    netsuite_da: Maybe[dict[str, Any]] = None
    ai_agent: Maybe[dict[str, Any]] = Field(None, alias="aiAgent")
    guardrail: Maybe[dict[str, Any]] = None
    tool: Maybe[dict[str, Any]] = None
    mock_response: Any = Field(None, alias="mockResponse")
    sample_data: Any = Field(None, alias="sampleData")
