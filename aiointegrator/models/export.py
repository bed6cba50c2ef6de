# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: Export."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Maybe
from .step import StepBase


class Export(StepBase):
    """An export: a source or a lookup."""

    type: Maybe[str] = None
    is_lookup: Maybe[bool] = Field(None, alias="isLookup")
    asynchronous: Maybe[bool] = None
    page_size: Maybe[int] = Field(None, alias="pageSize")
    data_uri_template: Maybe[str] = Field(None, alias="dataURITemplate")
    delta: Maybe[dict[str, Any]] = None
    once: Maybe[dict[str, Any]] = None
    test: Maybe[dict[str, Any]] = None
    webhook: Maybe[dict[str, Any]] = None
    transform: Maybe[dict[str, Any]] = None
    parsers: Any = None
    mock_output: Any = Field(None, alias="mockOutput")
    sample_data: Any = Field(None, alias="sampleData")
    raw_data: Any = Field(None, alias="rawData")
