# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Every object of the API as a model; each is built when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from ._base import Record
    from ._items import Items
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

_WHERE = {
    "AShare": "ashare",
    "AiDescription": "common",
    "Alias": "common",
    "AuditEntry": "audit",
    "Branch": "flow",
    "ByUser": "audit",
    "CloneManifestItem": "clone",
    "CloneRequest": "clone",
    "CloneResult": "clone",
    "Connection": "connection",
    "ConnectionQueue": "connection",
    "DependencyMap": "dependencies",
    "DependencyRef": "dependencies",
    "Export": "export",
    "FieldChange": "audit",
    "Flow": "flow",
    "FlowLogging": "flow",
    "FlowSchedule": "flow",
    "Grouping": "integration",
    "Import": "import_",
    "InstallStep": "install_step",
    "Integration": "integration",
    "IntegrationAccessLevel": "ashare",
    "IntegrationWrite": "integration",
    "Items": "_items",
    "JsonPatchOperation": "json_patch",
    "McpServerAccess": "ashare",
    "PageGenerator": "flow",
    "PageProcessor": "flow",
    "PageProcessorHooks": "flow",
    "Record": "_base",
    "ResourceBase": "common",
    "Revision": "revision",
    "Router": "flow",
    "ScriptRef": "common",
    "SharedWithUser": "ashare",
    "SourceConnection": "install_step",
    "StepBase": "step",
    "StepSubmission": "install_step",
    "TemplateDownload": "template",
    "TokenInfo": "token_info",
}

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


__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
