"""Whatever goes wrong in between: what the server did is what the client believes, or declares doubtful."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aiointegrator import IntegratorClient, IntegratorError, NotFoundError, RetryPolicy
from aiointegrator.session import _outage
from aiointegrator.testing import FAULTS, FakeIntegrator, Faults, seeded_account

QUICK = RetryPolicy(base=0, throttled_base=0, quota=10**6)
ONCE = ("create", "clone", "patch", "create_snapshot")
faults = st.lists(st.sampled_from([fault for fault in FAULTS if fault != "slow"]), max_size=6)
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


class Scripted(Faults):
    """Faults in the order given, and then none."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[str] = []

    def next(self, method: str, target: str) -> str | None:
        return self.script.pop(0) if self.script else None


@dataclass
class DiffWording:
    """What a call said: its value, or the error."""

    value: Any = None
    error: IntegratorError | None = None


class Account(RuleBasedStateMachine):
    """A model of the account beside the pretend one: integration id to name, and where that is not known, None."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.known: dict[str, str | None] = {}
        self.unknown_news = 0

    @initialize()
    def open(self) -> None:
        self.quick_probes = mock.patch.object(_outage, "FIRST_PAUSE", 0.001)
        self.quick_probes.start()
        self.scripted = Scripted()
        self.fake = FakeIntegrator(seeded_account(1), faults=self.scripted)
        self.runner.run(self.fake.start())
        self.client = IntegratorClient(self.fake.token, base_url=self.fake.url, retry=QUICK, rate_limit=None)
        self.known = {key: record["name"] for key, record in self.fake.account.integrations.items()}

    def teardown(self) -> None:
        self.quick_probes.stop()
        self.runner.run(self.client.aclose())
        self.runner.run(self.fake.stop())
        self.runner.close()

    def tell(self, operation: str, script: list[str], call: Callable[[], Awaitable[Any]]) -> DiffWording:
        """Call with these faults, and compare how often the server did it with what the client says of it."""
        self.scripted.script = list(script)
        before = self.done(operation)
        told = DiffWording()

        async def run() -> None:
            try:
                told.value = await call()
            except IntegratorError as error:
                told.error = error

        self.runner.run(run())
        self.scripted.script = []
        times = self.done(operation) - before
        if told.error is None:
            assert times == 1 if operation in ONCE else times >= (operation != "delete")
        elif not told.error.maybe_applied:
            assert times == 0
        elif operation in ONCE:
            assert times <= 1
        return told

    def done(self, operation: str) -> int:
        """How often the server has carried the operation out."""
        return sum(one.operation == f"integrations.{operation}" and one.status < 300 for one in self.fake.processed)

    def some(self, number: int) -> str:
        return sorted(self.known)[number % len(self.known)]

    @rule(script=faults, name=names)
    def create(self, script: list[str], name: str) -> None:
        told = self.tell("create", script, lambda: self.client.integrations.create({"name": name}))
        self.added(told, name)

    @precondition(lambda self: self.known)
    @rule(script=faults, number=st.integers(0, 99), name=names)
    def clone(self, script: list[str], number: int, name: str) -> None:
        target = self.some(number)
        self.added(self.tell("clone", script, lambda: self.client.integrations.clone(target, {"name": name})), name)

    def added(self, told: DiffWording, name: str) -> None:
        if told.error is None:
            self.known[told.value.id] = name
        elif told.error.maybe_applied:
            self.unknown_news += 1

    @precondition(lambda self: self.known)
    @rule(script=faults, number=st.integers(0, 99), name=names)
    def replace(self, script: list[str], number: int, name: str) -> None:
        target = self.some(number)
        told = self.tell("replace", script, lambda: self.client.integrations.replace(target, {"name": name}))
        if told.error is None:
            assert told.value.name == name
            self.known[target] = name
        elif told.error.maybe_applied:
            self.known[target] = None

    @precondition(lambda self: self.known)
    @rule(script=faults, number=st.integers(0, 99), tag=names)
    def patch(self, script: list[str], number: int, tag: str) -> None:
        target, before = self.some(number), None
        before = self.fake.account.integrations.get(target, {}).get("tag")
        change = [{"op": "replace", "path": "/tag", "value": tag}]
        told = self.tell("patch", script, lambda: self.client.integrations.patch(target, change))
        now = self.fake.account.integrations.get(target, {}).get("tag")
        if told.error is None:
            assert now == tag
        elif not told.error.maybe_applied:
            assert now == before

    @precondition(lambda self: self.known)
    @rule(script=faults, number=st.integers(0, 99))
    def delete(self, script: list[str], number: int) -> None:
        target = self.some(number)
        told = self.tell("delete", script, lambda: self.client.integrations.delete(target))
        if told.error is None:
            assert target not in self.fake.account.integrations
            del self.known[target]
        elif told.error.maybe_applied:
            self.forget_if_gone(target)

    def forget_if_gone(self, target: str) -> None:
        """Doubt is settled by looking."""

        async def look() -> bool:
            try:
                await self.client.integrations.get(target)
            except NotFoundError:
                return True
            return False

        if self.runner.run(look()):
            del self.known[target]

    @rule(script=st.lists(st.sampled_from(["500", "503", "429", "reset_before", "truncate"]), max_size=4))
    def read(self, script: list[str]) -> None:
        """After fewer than five faults, a list is what the server holds."""
        self.scripted.script = list(script)

        async def run() -> list[str]:
            return [record.id for record in await self.client.integrations.list()]

        assert self.runner.run(run()) == list(self.fake.account.integrations)
        self.scripted.script = []

    @invariant()
    def the_server_holds_what_is_believed(self) -> None:
        """All that the client knows of, and no more than what it declared doubtful besides."""
        if not hasattr(self, "fake"):
            return
        held = {key: record["name"] for key, record in self.fake.account.integrations.items()}
        for key, name in self.known.items():
            assert key in held
            assert name in (None, held[key])
        assert len(held) - len(self.known) <= self.unknown_news

    @invariant()
    def nothing_is_on_the_wire(self) -> None:
        """Between the calls."""
        if hasattr(self, "client"):
            assert self.client._session.in_flight == 0


Account.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestAccount = Account.TestCase
