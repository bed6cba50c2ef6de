"""The public names are a promise."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import aiointegrator
from aiointegrator import inventory

NAMES = [
    "ArgumentError",
    "AuthenticationError",
    "Branch",
    "CallOptions",
    "ClientClosedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectError",
    "ConnectTimeoutError",
    "Crawl",
    "CrawlProgress",
    "CrawlReport",
    "Difference",
    "Downloaded",
    "ErrorDetail",
    "Gap",
    "IntegrationChanges",
    "IntegrationSnapshot",
    "IntegratorClient",
    "IntegratorError",
    "InvalidRequestError",
    "NoAnswerError",
    "NotFoundError",
    "NotJSONError",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "ProxyRefusedError",
    "RateLimit",
    "RateLimitedError",
    "ReadError",
    "ReadOnlyError",
    "Reply",
    "ReplyTooLargeError",
    "Request",
    "RequestTimeoutError",
    "RetryPolicy",
    "ServerError",
    "SessionManager",
    "StatusError",
    "TLSError",
    "Timeouts",
    "UnreadableReplyError",
    "UnsafeLinkError",
    "__version__",
]

INTEGRATIONS = [
    "list",
    "get",
    "create",
    "replace",
    "patch",
    "delete",
    "clone",
    "list_flows",
    "list_connections",
    "register_connections",
    "register_connection",
    "unregister_connection",
    "list_exports",
    "list_imports",
    "list_ashares",
    "create_snapshot",
    "get_install_steps",
    "submit_install_step",
    "get_uninstall_steps",
    "submit_uninstall_step",
    "list_audit",
    "get_template",
    "get_dependencies",
    "update",
    "download_template",
]

INVENTORY = [
    "DATABASE",
    "OWNER_NOTE",
    "RULES",
    "SCHEMA",
    "Comparison",
    "ComparisonSummary",
    "Database",
    "ExportFormat",
    "Edge",
    "Finding",
    "Graph",
    "FieldChange",
    "Inventory",
    "InventoryDamagedError",
    "InventoryError",
    "InventoryExistsError",
    "InventoryGap",
    "InventoryGapError",
    "InventoryInterruptedError",
    "InventoryMismatchError",
    "InventoryVersionError",
    "InventoryWriteError",
    "InventoryWriter",
    "Node",
    "NotAnInventoryError",
    "Redaction",
    "Right",
    "NotChecked",
    "Rule",
    "access_notes",
    "access_of",
    "branches_on_disk",
    "build_database",
    "export",
    "graph_of",
    "UnknownPart",
    "VOLATILE",
    "RecordChange",
    "compare",
    "line_of_row",
    "lint",
    "not_checked",
    "open_database",
    "refuse_existing",
    "thing_of",
    "write_report",
]


def test_the_public_names_are_these() -> None:
    """A name that goes or comes is a decision, and is made here too."""
    assert sorted(aiointegrator.__all__) == sorted(NAMES)
    assert sorted(inventory.__all__) == sorted(INVENTORY)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in NAMES + INVENTORY
        if name not in ("__version__", "SCHEMA", "DATABASE", "RULES", "OWNER_NOTE", "ExportFormat", "VOLATILE")
    ],
)
def test_every_public_name_is_documented(name: str) -> None:
    """Each class says what it is, and each of its public methods what it does."""
    thing = getattr(inventory if name in INVENTORY else aiointegrator, name)
    assert inspect.getdoc(thing)
    for attribute, value in vars(thing).items():
        if not attribute.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            assert inspect.getdoc(value), f"{name}.{attribute}"


def _callables() -> Iterator[tuple[str, Any]]:
    client = aiointegrator.IntegratorClient("token")
    places = {name: getattr(aiointegrator, name) for name in NAMES if name != "__version__"}
    places |= {name: type(thing) for name, thing in vars(client).items() if hasattr(thing, "_session")}
    for place, thing in places.items():
        yield place, thing
        for name, member in inspect.getmembers(thing):
            function = member.fget if isinstance(member, property) else member
            if inspect.isfunction(function) and function.__module__.startswith("aiointegrator"):
                yield f"{place}.{name}", function


@pytest.mark.parametrize(("name", "thing"), [pytest.param(*pair, id=pair[0]) for pair in _callables()])
def test_type_hints_can_be_read(name: str, thing: Any) -> None:
    """Who makes a tool, a form or a command of a method asks at run time what goes in and what comes back."""
    hints = typing.get_type_hints(thing)
    if name.endswith(".list"):
        assert typing.get_origin(hints["return"]) is aiointegrator.Pager


def test_the_integrations_have_their_methods() -> None:
    """23 operations and the two that are made by hand."""
    client = aiointegrator.IntegratorClient("token")
    public = [name for name in dir(client.integrations) if not name.startswith("_")]
    assert sorted(public) == sorted(INTEGRATIONS)
    for name in public:
        assert "Source:" in (inspect.getdoc(getattr(client.integrations, name)) or ""), name


def test_importing_the_library_imports_nothing_of_the_command_line() -> None:
    """The SDK costs no more than it needs."""
    code = (
        "import sys, aiointegrator; "
        "print([m for m in ('cyclopts', 'rich', 'yaml', 'pytest', 'aiointegrator.testing') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
