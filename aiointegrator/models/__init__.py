# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Every object of the API as a model."""

from __future__ import annotations

from ._base import Items, Record
from .ashare import AShare, IntegrationAccessLevel, McpServerAccess, SharedWithUser
from .audit import AuditEntry, ByUser, FieldChange
from .clone import CloneManifestItem, CloneRequest, CloneResult
from .common import AiDescription, Alias, ResourceBase, ScriptRef
from .connection import Connection, ConnectionQueue
from .dependencies import DependencyMap, DependencyRef
from .export import Export
from .flow import Branch, Flow, FlowLogging, FlowSchedule, PageGenerator, PageProcessor, PageProcessorHooks, Router
from .import_ import Import
from .install_step import InstallStep, SourceConnection, StepSubmission
from .integration import Grouping, Integration, IntegrationWrite
from .json_patch import JsonPatchOperation
from .revision import Revision
from .step import StepBase
from .template import TemplateDownload
from .token_info import TokenInfo

__all__ = [
    "AShare",
    "AiDescription",
    "Alias",
    "AuditEntry",
    "Branch",
    "ByUser",
    "CloneManifestItem",
    "CloneRequest",
    "CloneResult",
    "Connection",
    "ConnectionQueue",
    "DependencyMap",
    "DependencyRef",
    "Export",
    "FieldChange",
    "Flow",
    "FlowLogging",
    "FlowSchedule",
    "Grouping",
    "Import",
    "InstallStep",
    "Integration",
    "IntegrationAccessLevel",
    "IntegrationWrite",
    "Items",
    "JsonPatchOperation",
    "McpServerAccess",
    "PageGenerator",
    "PageProcessor",
    "PageProcessorHooks",
    "Record",
    "ResourceBase",
    "Revision",
    "Router",
    "ScriptRef",
    "SharedWithUser",
    "SourceConnection",
    "StepBase",
    "StepSubmission",
    "TemplateDownload",
    "TokenInfo",
]
