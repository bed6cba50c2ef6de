"""Two inventories of a believable account, the second a day later: python _accounts.py OLD NEW INTEGRATIONS.

For each integration 9 flows, 14 exports, 10 imports, 4 users' shares and 2 connections, 1 to 2 KB each, always the
same. A day later each third flow has run, each 50th export or import has another address, each 100th flow another
schedule, each 25th share another level, each 100th integration is gone, and as many have come.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiointegrator import Branch, CrawlReport, IntegrationSnapshot
from aiointegrator.inventory import InventoryWriter

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
NAMES = ("Shopify", "NetSuite", "Salesforce", "Amazon", "HubSpot", "Zendesk", "Stripe", "Snowflake", "Jira", "Coupa")
THINGS = ("order", "invoice", "customer", "item", "fulfilment", "refund", "payment", "inventory level", "contact")
FIELDS = ("id", "email", "firstName", "lastName", "total", "currency", "createdAt", "status", "sku", "quantity")
OF_EACH = {"flows": 9, "exports": 14, "imports": 10, "ashares": 4, "connections": 2}


def id_of(kind: str, number: int) -> str:
    """24 hexadecimal digits."""
    return f"{sum(map(ord, kind)):08x}{number:016x}"


def common(number: int) -> dict[str, Any]:
    return {
        "createdAt": "2024-03-01T08:00:00.000Z",
        "lastModified": f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}T10:00:00.000Z",
    }


def mappings(number: int) -> list[dict[str, str]]:
    thing = THINGS[number % len(THINGS)]
    return [{"extract": f"{thing}.{field}", "generate": f"{field}_{number % 7}"} for field in FIELDS]


def flow(number: int, place: int, later: bool) -> dict[str, Any]:
    export, import_ = place * 14 + number % 9, place * 10 + number % 9
    thing, runs = THINGS[number % len(THINGS)], later and number % 3 == 0
    return {
        "_id": id_of("flows", number),
        "name": f"{NAMES[place % 10]} {thing} to {NAMES[(place + 3) % 10]} {number}",
        "description": f"Every {thing} that changed since the last run, with its lines, taxes and discounts. " * 6,
        "_integrationId": id_of("integrations", place),
        "disabled": number % 11 == 0,
        "schedule": f"? {number % 60} {'1' if later and number % 100 == 0 else '*'} ? * *",
        "timezone": "Europe/Berlin",
        "pageGenerators": [{"_exportId": id_of("exports", export), "skipRetries": False}],
        "pageProcessors": [
            {"type": "export", "_exportId": id_of("exports", export + 1), "responseMapping": {"fields": mappings(1)}},
            {"type": "import", "_importId": id_of("imports", import_), "proceedOnFailure": False},
        ],
        "lastExecutedAt": f"2026-11-2{1 if runs else 0}T07:{number % 60:02}:00.000Z",
        **common(number),
    }


def export_(number: int, place: int, later: bool) -> dict[str, Any]:
    moved = "v3" if later and number % 50 == 0 else "v2"
    return {
        "_id": id_of("exports", number),
        "name": f"Get {THINGS[number % 9]}s from {NAMES[place % 10]} {number}",
        "_connectionId": id_of("connections", place * 2),
        "adaptorType": "HTTPExport",
        "type": "delta",
        "http": {
            "relativeURI": f"/{moved}/{THINGS[number % 9]}s?since={{{{lastExportDateTime}}}}",
            "method": "GET",
            "headers": [{"name": "accept", "value": "application/json"}],
            "paging": {"method": "page", "pageParameter": "page", "maxPagePath": "meta.pages"},
        },
        "transform": {"version": 1, "rules": [mappings(number)]},
        "mockOutput": {"page_of_records": [{"record": dict.fromkeys(FIELDS, f"sample {number}")}]},
        **common(number),
    }


def import_(number: int, place: int, later: bool) -> dict[str, Any]:
    moved = "v3" if later and number % 50 == 0 else "v2"
    return {
        "_id": id_of("imports", number),
        "name": f"Put {THINGS[number % 9]}s into {NAMES[(place + 3) % 10]} {number}",
        "_connectionId": id_of("connections", place * 2 + 1),
        "adaptorType": "HTTPImport",
        "http": {"relativeURI": [f"/{moved}/{THINGS[number % 9]}s"], "method": ["POST"], "batchSize": 1},
        "mapping": {"fields": mappings(number), "lists": []},
        "hooks": {"preMap": {"function": "preMap", "_scriptId": id_of("scripts", number % 40)}},
        "description": f"Creates what is not there, updates what is, and leaves the rest alone ({number}). " * 3,
        **common(number),
    }


def ashare(number: int, place: int, later: bool) -> dict[str, Any]:
    level = "manage" if later and number % 25 == 0 else "monitor"
    near = [(place + step) % 5000 for step in range(6)]
    return {
        "_id": id_of("ashares", number),
        "accepted": number % 30 != 0,
        "disabled": number % 40 == 0,
        "integrationAccessLevel": [
            {"_integrationId": id_of("integrations", one), "accessLevel": level if one == place else "monitor"}
            for one in near
        ],
        "accountMFARequired": True,
        "accountSSORequired": False,
        "sharedWithUser": {
            "_id": id_of("users", number),
            "name": f"Ada Moreno {number}",
            "email": f"ada.moreno.{number}@example.com",
            "accountSSOLinked": "not_linked",
        },
        "lastSignIn": f"2026-11-2{1 if later else 0}T06:00:00.000Z",
        **common(number),
    }


def connection(number: int, place: int, later: bool) -> dict[str, Any]:
    return {
        "_id": id_of("connections", number),
        "name": f"{NAMES[(place + 3 * (number % 2)) % 10]} of {place}",
        "type": "http",
        "offline": number % 97 == 0,
        "http": {
            "baseURI": f"https://{NAMES[place % 10].lower()}-{place}.example.com",
            "auth": {"type": "token", "token": {"token": "******", "location": "header", "headerName": "X-Token"}},
            "ping": {"relativeURI": "/v2/me", "method": "GET", "errorPath": "errors", "successPath": "id"},
            "headers": [{"name": f"x-{field}", "value": f"{field} {number}"} for field in FIELDS],
            "rateLimit": {"failStatusCode": 429, "retryHeader": "retry-after", "limit": 100},
        },
        "queues": [{"name": "default", "size": number % 9 + later}],
        **common(number),
    }


MAKERS: dict[str, Callable[[int, int, bool], dict[str, Any]]] = {
    "flows": flow, "exports": export_, "imports": import_, "ashares": ashare, "connections": connection
}  # fmt: skip


def integration(place: int) -> dict[str, Any]:
    return {
        "_id": id_of("integrations", place),
        "name": f"{NAMES[place % 10]} - {NAMES[(place + 3) % 10]} {place}",
        "description": "Orders, customers and stock, both ways, every quarter of an hour. " * 8,
        "_registeredConnectionIds": [id_of("connections", place * 2), id_of("connections", place * 2 + 1)],
        **common(place),
    }


def write(directory: Path, integrations: int, *, later: bool) -> None:
    """One of the two."""
    moment = MOMENT + timedelta(days=later)
    with InventoryWriter(directory, tuple(MAKERS), "https://api.integrator.io/v1") as writer:
        gone = [place for place in range(integrations) if place % 100 == 99]
        for place in range(integrations + len(gone) if later else integrations):
            if later and place in gone:
                continue
            records: dict[str, Any] = {
                kind: [make(place * OF_EACH[kind] + one, place, later) for one in range(OF_EACH[kind])]
                for kind, make in MAKERS.items()
            }
            name = id_of("integrations", place)
            branches = tuple(Branch(kind, name, "read", len(rows), 1, None) for kind, rows in records.items())
            record: Any = integration(place)  # a plain dict will do for the writer
            writer.write(IntegrationSnapshot(name, record, records, (), branches))
        writer.finish(CrawlReport(tuple(MAKERS), moment, moment, True, {}, (), 1, 0, 0))


if __name__ == "__main__":
    old, new, number = sys.argv[1:]
    write(Path(old), int(number), later=False)
    write(Path(new), int(number), later=True)
    lines = sum(1 for path in Path(old).glob("*.jsonl") for _ in path.open("rb"))
    size = sum(path.stat().st_size for path in Path(old).glob("*.jsonl"))
    print(json.dumps([lines, size]))
