"""A believable account, made from a seed: the same seed makes the same account."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

APPS = (
    ("NetSuite", "NetSuite", "netsuite"),
    ("Salesforce", "Salesforce", "salesforce"),
    ("Shopify", "HTTP", "http"),
    ("Amazon Seller Central", "HTTP", "http"),
    ("Zendesk", "HTTP", "http"),
    ("Magento 2", "HTTP", "http"),
    ("Snowflake", "RDBMS", "rdbms"),
    ("PostgreSQL", "RDBMS", "rdbms"),
    ("MongoDB Atlas", "Mongodb", "mongodb"),
    ("Warehouse FTP", "FTP", "ftp"),
    ("Data lake", "S3", "s3"),
    ("Trading partner AS2", "AS2", "as2"),
    ("HubSpot", "HTTP", "http"),
    ("Stripe", "HTTP", "http"),
    ("Workday", "HTTP", "http"),
)
PROCESSES = (
    "order to cash",
    "procure to pay",
    "inventory sync",
    "customer master",
    "returns",
    "EDI 850/856/810",
)
THINGS = (
    "Orders",
    "Customers",
    "Items",
    "Invoices",
    "Refunds",
    "Shipments",
    "Inventory levels",
    "Vendors",
    "Payments",
)
PEOPLE = (
    "Ada Moreno",
    "Ben Okafor",
    "Chiara Lindqvist",
    "Dmitri Haddad",
    "Emi Tanaka",
    "Farid Novak",
    "Grace Osei",
    "Hugo Blanc",
    "Ines Kowalska",
    "Jonas Weber",
    "Keiko Sato",
    "Liam Byrne",
)
BRANCHES = ("flows", "exports", "imports", "connections", "ashares")


@dataclass
class FakeAccount:
    """What the pretend server holds: integrations by id, and for each the records of every kind.

    `standalone` holds by kind what belongs to no integration.
    """

    integrations: dict[str, Json] = field(default_factory=dict)
    flows: dict[str, list[Json]] = field(default_factory=dict)
    exports: dict[str, list[Json]] = field(default_factory=dict)
    imports: dict[str, list[Json]] = field(default_factory=dict)
    connections: dict[str, list[Json]] = field(default_factory=dict)
    ashares: dict[str, list[Json]] = field(default_factory=dict)
    revisions: dict[str, list[Json]] = field(default_factory=dict)
    audit: dict[str, list[Json]] = field(default_factory=dict)
    all_connections: dict[str, Json] = field(default_factory=dict)
    standalone: dict[str, list[Json]] = field(default_factory=dict)
    token_info: Json = field(default_factory=lambda: {"_userId": "5f0000000000000000000001", "scope": "*"})

    def records(self, kind: str, integration_id: str) -> list[Json]:
        """The records of one kind of one integration."""
        held: dict[str, list[Json]] = getattr(self, kind)
        return held.get(integration_id, [])

    def everything(self, kind: str) -> list[Json]:
        """The records of one kind of the whole account, each once."""
        held: dict[str, list[Json]] = getattr(self, kind)
        found = {record["_id"]: record for records in held.values() for record in records}
        if kind == "connections":
            found |= self.all_connections
        return [*found.values(), *self.standalone.get(kind, ())]

    def total(self, kind: str) -> int:
        """How many records of a kind there are, over all integrations."""
        return sum(len(self.records(kind, integration_id)) for integration_id in self.integrations)


def seeded_account(
    integrations: int = 50,
    *,
    seed: int = 1,
    flows: tuple[int, int] = (0, 8),
    users: int = 12,
    record_bytes: int = 0,
) -> FakeAccount:
    """Make an account.

    Args:
        integrations: how many integrations.
        seed: the same seed makes the same account.
        flows: least and most flows of an integration; exports and imports follow from them.
        users: people that the account is shared with.
        record_bytes: sample data in bytes that each export and import carries beside its own.
    """
    return _Maker(random.Random(seed), flows, record_bytes).account(integrations, users)


class _Maker:
    def __init__(self, chance: random.Random, flows: tuple[int, int], record_bytes: int) -> None:
        self._chance = chance
        self._flows = flows
        self._padding = "x" * record_bytes
        self._serial = 0

    def account(self, integrations: int, users: int) -> FakeAccount:
        account = FakeAccount()
        for _ in range(max(2, min(integrations, 40))):
            connection = self._connection()
            account.all_connections[connection["_id"]] = connection
        people = [self._person(index) for index in range(users)]
        everywhere = [self._ashare(person) for person in people[:2]]
        for index in range(integrations):
            self._integration(account, index, people, everywhere)
        account.standalone = self._standalone(list(account.all_connections.values()))
        return account

    def _standalone(self, connections: list[Json]) -> dict[str, list[Json]]:
        """A flow that was made outside of any integration, with its steps, and an export that nobody uses."""
        source, target = APPS[0], APPS[1]
        exports, imports, flows = self._steps("", source, target, connections[:2], {"flowGroupings": []}, how_many=1)
        unused = self._step("Try something", f"{source[1]}Export", source[2], connections[0])
        return {
            "flows": [{key: value for key, value in flow.items() if key != "_integrationId"} for flow in flows],
            "exports": [*exports, unused],
            "imports": imports,
        }

    def _id(self) -> str:
        self._serial += 1
        return f"{0x64000000 + self._serial:08x}{self._chance.getrandbits(64):016x}"

    def _moment(self) -> str:
        c = self._chance
        day = f"2026-{c.randint(1, 10):02}-{c.randint(1, 28):02}"
        return f"{day}T{c.randint(0, 23):02}:{c.randint(0, 59):02}:{c.randint(0, 59):02}.{c.randint(0, 999):03}Z"

    def _stamps(self) -> Json:
        return {
            "createdAt": f"2025-0{self._chance.randint(1, 9)}-11T08:15:00.000Z",
            "lastModified": self._moment(),
        }

    def _connection(self) -> Json:
        app, _, kind = self._chance.choice(APPS)
        secret = {
            "auth": {"type": "token", "token": {"token": "******", "location": "header"}},
            "baseURI": "https://example.com/api",
        }
        connection: Json = {
            "_id": self._id(),
            **self._stamps(),
            "type": kind,
            "name": f"{app} {self._chance.choice(('production', 'EU', 'US', 'legacy', 'main'))}",
            kind: secret,
            "queues": [{"name": "default", "size": 0}],
        }
        if self._chance.random() < 0.15:
            connection["offline"] = True
        return connection

    def _person(self, index: int) -> Json:
        name = PEOPLE[index % len(PEOPLE)] + ("" if index < len(PEOPLE) else f" {index}")
        email = name.lower().replace(" ", ".") + "@example.com"
        return {
            "_id": self._id(),
            "name": name,
            "email": email,
            "accountSSOLinked": "not_linked",
            "allowedToResetMFA": False,
        }

    def _integration(self, account: FakeAccount, index: int, people: list[Json], everywhere: list[Json]) -> None:
        c = self._chance
        source, target = c.sample(APPS, 2)
        connections = c.sample(list(account.all_connections.values()), 2)
        integration_id = self._id()
        group = {"_id": self._id(), "name": "Nightly", "settings": {"owner": "operations"}}
        record: Json = {
            "_id": integration_id,
            **self._stamps(),
            "lastModifiedBy": "5f0000000000000000000001",
            "name": f"{source[0]} - {target[0]} ({PROCESSES[index % len(PROCESSES)]})",
            "description": None
            if index % 7 == 0
            else f"Moves {c.choice(THINGS).lower()} from {source[0]} to {target[0]}.",
            "mode": "settings",
            "install": [],
            "flowGroupings": [group] if index % 3 == 0 else [],
            "aliases": [],
            "settings": {"dryRun": False, "batch": c.randint(10, 500), "ratio": 0.5},
            "version": "1.0.0",
            "sandbox": False,
            "_registeredConnectionIds": [connection["_id"] for connection in connections],
            "numFlows": 0,
            "newFieldOfTheServer": {"kept": True, "list": [1, None, "two"]},
        }
        exports, imports, flows = self._steps(integration_id, source, target, connections, record)
        record["numFlows"] = len(flows)
        account.integrations[integration_id] = record
        account.exports[integration_id], account.imports[integration_id] = exports, imports
        account.flows[integration_id] = flows
        account.connections[integration_id] = connections
        others = people[len(everywhere) :]
        some = c.sample(others, min(len(others), c.randint(0, 4)))
        account.ashares[integration_id] = everywhere + [self._ashare(person, integration_id) for person in some]

    def _steps(
        self,
        integration_id: str,
        source: tuple[str, ...],
        target: tuple[str, ...],
        connections: list[Json],
        record: Json,
        how_many: int | None = None,
    ) -> tuple[list[Json], list[Json], list[Json]]:
        exports, imports, flows = [], [], []
        for number in range(self._chance.randint(*self._flows) if how_many is None else how_many):
            thing = THINGS[number % len(THINGS)]
            export = self._step(f"Get {thing.lower()}", f"{source[1]}Export", source[2], connections[0])
            lookup = self._step(f"Look up {thing.lower()}", f"{target[1]}Export", target[2], connections[1]) | {
                "isLookup": True
            }
            if number % 6 == 5:  # no flow of the old form has a lookup, so this export says itself whose it is
                lookup["_integrationId"] = integration_id
            import_ = self._step(f"Post {thing.lower()}", f"{target[1]}Import", target[2], connections[1])
            exports += [export, lookup]
            imports.append(import_)
            flows.append(self._flow(number, thing, source, target, integration_id, export, lookup, import_, record))
        return exports, imports, flows

    def _step(self, name: str, adaptor: str, block: str, connection: Json) -> Json:
        step: Json = {
            "_id": self._id(),
            **self._stamps(),
            "name": name,
            "_connectionId": connection["_id"],
            "adaptorType": adaptor,
            "apiIdentifier": f"e{self._serial:08x}",
            block: {"method": "GET", "relativeURI": "/orders?since={{lastExportDateTime}}"},
            "parsers": [],
            "settings": None,
        }
        if self._padding:
            step["sampleData"] = self._padding
        return step

    def _flow(
        self,
        number: int,
        thing: str,
        source: tuple[str, ...],
        target: tuple[str, ...],
        integration_id: str,
        export: Json,
        lookup: Json,
        import_: Json,
        record: Json,
    ) -> Json:
        flow: Json = {
            "_id": self._id(),
            **self._stamps(),
            "name": f"{thing}: {source[0]} to {target[0]}",
            "_integrationId": integration_id,
            "disabled": number % 5 == 4,
            "timezone": "Europe/Berlin",
            "skipRetries": False,
            "lastExecutedAt": self._moment(),
            "wizardState": "done",
            "free": False,
            "futureFlag": ["x"],
        }
        if number % 4:
            flow["schedule"] = "? 5 */2 ? * *"
        if record["flowGroupings"]:
            flow["_flowGroupingId"] = record["flowGroupings"][0]["_id"]
        if number % 6 == 5:
            return flow | {"_exportId": export["_id"], "_importId": import_["_id"]}
        flow["pageGenerators"] = [{"_exportId": export["_id"], "skipRetries": False}]
        steps = [
            {"type": "export", "_exportId": lookup["_id"], "responseMapping": {"fields": [], "lists": []}},
            {"type": "import", "_importId": import_["_id"], "proceedOnFailure": number % 2 == 0},
        ]
        if number % 3 == 2:
            branches = [
                {"name": "Domestic", "pageProcessors": steps},
                {"name": "Everything else", "pageProcessors": steps[1:]},
            ]
            router = {
                "id": f"r{number}",
                "routeRecordsTo": "first_matching_branch",
                "routeRecordsUsing": "input_filters",
            }
            return flow | {"routers": [router | {"branches": branches}]}
        return flow | {"pageProcessors": steps}

    def _ashare(self, person: Json, integration_id: str | None = None) -> Json:
        """What somebody may do with one integration, or with all of them."""
        share: Json = {
            "_id": self._id(),
            **self._stamps(),
            "accepted": self._chance.random() < 0.85,
            "dismissed": False,
            "disabled": False,
            "sharedWithUser": person,
            "accountMFARequired": False,
        }
        if integration_id is None:
            return share | {
                "accessLevel": self._chance.choice(("administrator", "manage", "monitor")),
                "integrationAccessLevel": [],
            }
        level = self._chance.choice(("manage", "monitor"))
        return share | {"integrationAccessLevel": [{"_integrationId": integration_id, "accessLevel": level}]}
