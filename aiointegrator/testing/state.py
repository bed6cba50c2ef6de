"""What changes the pretend account: each write takes effect here, and can be read back."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .account import FakeAccount, Json

_OWNED = (
    "_id",
    "createdAt",
    "lastModified",
    "lastModifiedBy",
    "_registeredConnectionIds",
    "_registeredLookupCacheIds",
)
_PATCHABLE = ("settings", "version", "tag", "updateInProgress", "flowGroupings", "apiGroupings", "aliases")
INSTALL_STEPS: list[Json] = [
    {"name": "Connect the shop", "type": "connection", "completed": False, "isCurrentStep": True},
    {"name": "Copy resources", "type": "installPackage", "completed": False},
]


class Refused(Exception):  # noqa: N818 - it is an answer, not a mistake
    """The server says no: status, code, message."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"errors": [{"code": code, "message": message}], **more}


class State:
    """An account that can be changed.

    Args:
        account: what it holds at first.
        now: the time that changes get.
    """

    def __init__(self, account: FakeAccount, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.account = account
        self._now = now
        self._serial = itertools.count(1)
        self._steps: dict[tuple[str, str], list[Json]] = {}

    def integration(self, integration_id: str) -> Json:
        """The record; `Refused` with 404 where there is none."""
        try:
            return self.account.integrations[integration_id]
        except KeyError:
            raise Refused(404, "resource_not_found", "no such integration") from None

    def create(self, body: Json) -> Json:
        """A new integration."""
        if not isinstance(body, dict) or not body.get("name"):
            raise Refused(422, "missing_required_field", "name is required")
        integration_id = self._id()
        empty: Json = {"install": [], "flowGroupings": [], "aliases": [], "_registeredConnectionIds": []}
        record = empty | body | {"_id": integration_id, "createdAt": self._time(), "lastModified": self._time()}
        self.account.integrations[integration_id] = record
        self._note(integration_id, "create")
        return record

    def replace(self, integration_id: str, body: Json) -> Json:
        """PUT: what is left out is gone, except what only the server sets."""
        before = self.integration(integration_id)
        kept = {key: before[key] for key in _OWNED if key in before}
        record = {key: value for key, value in body.items() if key not in _OWNED}
        self.account.integrations[integration_id] = kept | record | {"lastModified": self._time()}
        self._note(integration_id, "update")
        return self.account.integrations[integration_id]

    def patch(self, integration_id: str, operations: list[Json]) -> None:
        """JSON Patch with `replace` and `remove` on the fields that may be patched."""
        record = copy.deepcopy(self.integration(integration_id))
        for operation in operations:
            _apply(record, operation)
        self.account.integrations[integration_id] = record | {"lastModified": self._time()}
        self._note(integration_id, "update")

    def delete(self, integration_id: str) -> None:
        """Take an integration and its branches away."""
        self.integration(integration_id)
        del self.account.integrations[integration_id]
        for kind in ("flows", "exports", "imports", "connections", "ashares"):
            getattr(self.account, kind).pop(integration_id, None)

    def clone(self, integration_id: str, body: Json) -> tuple[Json, list[Json]]:
        """A copy under new ids; the record, and the manifest of what was made."""
        source = self.integration(integration_id)
        copied = self.create(
            {key: value for key, value in source.items() if key not in _OWNED}
            | {"name": body.get("name") or f"Clone - {source.get('name')}", "_sourceId": integration_id}
        )
        manifest = [{"model": "Integration", "_id": copied["_id"], "name": copied["name"]}]
        for kind, model in (("flows", "Flow"), ("exports", "Export"), ("imports", "Import")):
            copies = [record | {"_id": self._id()} for record in self.account.records(kind, integration_id)]
            getattr(self.account, kind)[copied["_id"]] = copies
            manifest += [{"model": model, "_id": record["_id"], "name": record.get("name")} for record in copies]
        return copied, manifest

    def register(self, integration_id: str, connection_ids: list[str]) -> None:
        """Add connections to an integration."""
        record = self.integration(integration_id)
        unknown = [i for i in connection_ids if i not in self.account.all_connections]
        if unknown:
            raise Refused(400, "invalid_ref", f"no such connection: {unknown[0]}")
        registered = self.account.connections.setdefault(integration_id, [])
        there = {connection["_id"] for connection in registered}
        registered += [self.account.all_connections[i] for i in dict.fromkeys(connection_ids) if i not in there]
        self._registered(record, integration_id)

    def unregister(self, integration_id: str, connection_id: str) -> None:
        """Take a connection out of an integration."""
        record = self.integration(integration_id)
        registered = self.account.connections.get(integration_id, [])
        if connection_id not in {connection["_id"] for connection in registered}:
            raise Refused(404, "resource_not_found", "the connection is not registered")
        self.account.connections[integration_id] = [c for c in registered if c["_id"] != connection_id]
        self._registered(record, integration_id)

    def snapshot(self, integration_id: str, description: str | None, ignore_if_no_changes: bool) -> Json | None:
        """A revision; None where nothing changed since the last and that was to be ignored."""
        record = self.integration(integration_id)
        revisions = self.account.revisions.setdefault(integration_id, [])
        if ignore_if_no_changes and revisions and revisions[-1]["beforeRevisionHash"] == record.get("lastModified"):
            return None
        revision: Json = {
            "_id": self._id(),
            "_integrationId": integration_id,
            "type": "snapshot",
            "status": "completed",
            "createdAt": self._time(),
            "beforeRevisionHash": record.get("lastModified"),
        }
        revisions.append(revision | ({"description": description} if description is not None else {}))
        return revisions[-1]

    def steps(self, kind: str, integration_id: str) -> list[Json]:
        """The steps of an installation or removal that are left."""
        self.integration(integration_id)
        return self._steps.setdefault((kind, integration_id), copy.deepcopy(INSTALL_STEPS))

    def submit(self, kind: str, integration_id: str) -> list[Json]:
        """Finish the current step; the ones that are left."""
        steps = self.steps(kind, integration_id)
        if not steps:
            raise Refused(422, "no_step_left", "there is no step left", steps=[])
        steps.pop(0)
        return steps

    def dependencies(self, integration_id: str) -> Json:
        """What depends on the integration: its flows."""
        self.integration(integration_id)
        flows = [
            {
                "id": flow["_id"],
                "name": flow.get("name"),
                "paths": ["_integrationId"],
                "accessLevel": "manage",
            }
            for flow in self.account.records("flows", integration_id)
        ]
        return {"flows": flows} if flows else {}

    def _registered(self, record: Json, integration_id: str) -> None:
        record["_registeredConnectionIds"] = [c["_id"] for c in self.account.connections[integration_id]]
        self._note(integration_id, "update")

    def _note(self, integration_id: str, event: str) -> None:
        entry = {
            "_id": self._id(),
            "resourceType": "integration",
            "_resourceId": integration_id,
            "source": "api",
            "event": event,
            "time": self._time(),
            "byUser": {
                "_id": "5f0000000000000000000001",
                "email": "ada.moreno@example.com",
                "name": "Ada Moreno",
            },
            "fieldChanges": [],
        }
        self.account.audit.setdefault(integration_id, []).insert(0, entry)

    def _id(self) -> str:
        return f"66{next(self._serial):022x}"

    def _time(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _apply(record: Json, operation: Json) -> None:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in str(operation.get("path", "")).split("/")[1:]]
    if not parts or parts[0] not in _PATCHABLE or operation.get("op") not in ("replace", "remove"):
        raise Refused(422, "invalid_field", f"{operation.get('path')} cannot be patched")
    place: Any = record
    try:
        for part in parts[:-1]:
            place = place[_index(part)] if isinstance(place, list) else place[part]
        key: Any = _index(parts[-1]) if isinstance(place, list) else parts[-1]
        if operation["op"] == "remove":
            del place[key]
        else:
            place[key] = operation.get("value")
    except (KeyError, IndexError, ValueError, TypeError):
        raise Refused(422, "invalid_field", f"{operation.get('path')} is not there") from None


def _index(part: str) -> int:
    """A place in a list; JSON Pointer counts from its beginning only."""
    if not part.isdecimal():
        raise ValueError(part)
    return int(part)
