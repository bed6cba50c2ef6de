"""What a crawl says: gaps, snapshots, report and progress, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .. import models
from ..errors import AuthenticationError, IntegratorError, NotFoundError, PermissionDeniedError, StatusError
from .kinds import Plan, Reason


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read.

    Attributes:
        kind: what of the integration, or `integrations` where it is no branch.
        integration_id: whose, or None where the list of integrations itself broke off.
        reason: `denied` (401, 403), `missing` (404) or `failed` (everything else).
        status: the HTTP status, or None where no answer came.
        error: the error that said so.
    """

    kind: str
    integration_id: str | None
    reason: Reason
    status: int | None
    error: IntegratorError


@dataclass(frozen=True, slots=True)
class Branch:
    """How one kind of one integration was read: records and pages are what arrived, error says why it is a gap."""

    kind: str
    integration_id: str
    status: Literal["read", "denied", "missing", "failed"]
    records: int
    pages: int
    error: str | None


@dataclass(frozen=True, slots=True)
class IntegrationSnapshot:
    """One integration, whole: the record, its branches, and what could not be read of it.

    Attributes:
        id: the integration's `_id`.
        integration: the record (a dict in a crawl with `models=False`, bytes of JSON in one with `raw=True`).
        records: for each kind asked, its list, or None where it is a gap.
        gaps: what could not be read.
        branches: one for each kind asked.
    """

    id: str
    integration: models.Integration
    records: Mapping[str, list[Any] | None]
    gaps: tuple[Gap, ...]
    branches: tuple[Branch, ...]

    @property
    def flows(self) -> list[models.Flow] | None:
        """The flows; None where they are a gap or were not asked for."""
        return self.records.get("flows")

    @property
    def exports(self) -> list[models.Export] | None:
        """The exports; None where they are a gap or were not asked for."""
        return self.records.get("exports")

    @property
    def imports(self) -> list[models.Import] | None:
        """The imports; None where they are a gap or were not asked for."""
        return self.records.get("imports")

    @property
    def ashares(self) -> list[models.AShare] | None:
        """The users' shares; None where they are a gap or were not asked for."""
        return self.records.get("ashares")

    @property
    def connections(self) -> list[models.Connection] | None:
        """The registered connections; None where they are a gap or were not asked for."""
        return self.records.get("connections")


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a crawl has done: final once it is over, until then so far.

    Attributes:
        kinds: the kinds asked.
        started, finished: UTC; `finished` is None while it runs or where it was left early.
        complete: everything was read.
        counts: records read of each kind, and of `integrations`.
        gaps: what could not be read.
        requests, retries, throttled: requests on the wire, those that repeated one, and answers 429.
        plan: how the account was read.
        differences: where the two plans say different things, with `plan="compare"`.
        stopped: why the crawl stopped asking, or None: the token is refused (AuthenticationError), or the service did
            not answer for longer than `outage_patience` (`outage_since` says since when).
        duplicates: records that the server returned twice in one list, since it changed meanwhile; each is there once.
    """

    kinds: tuple[str, ...]
    started: datetime
    finished: datetime | None
    complete: bool
    counts: Mapping[str, int]
    gaps: tuple[Gap, ...]
    requests: int
    retries: int
    throttled: int
    plan: Plan = "integration"
    differences: tuple[Difference, ...] = ()
    stopped: IntegratorError | None = None
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that one plan found and the other did not.

    Attributes:
        kind: what it is.
        integration_id: whose.
        id: its `_id`.
        only_in: `integration` where the integration's own list has it, and the account's lists, sorted, do not give it
            to that integration; `account` the other way round.
    """

    kind: str
    integration_id: str
    id: str
    only_in: Literal["integration", "account"]


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """Where a crawl stands, for a live view.

    `done` counts branches, `records` their records, `elapsed` is seconds. `outage_since` says since when the service
    has not answered, in UTC; None while it answers.
    """

    kinds: tuple[str, ...]
    integrations_found: int
    listing_done: bool
    done: Mapping[str, int]
    records: Mapping[str, int]
    gaps: int
    requests: int
    retries: int
    throttled: int
    in_flight: int
    elapsed: float
    outage_since: datetime | None = None


def gap_of(kind: str, integration_id: str | None, error: IntegratorError) -> Gap:
    """The gap that an error leaves."""
    reason: Reason = "failed"
    if isinstance(error, AuthenticationError | PermissionDeniedError):
        reason = "denied"
    elif isinstance(error, NotFoundError):
        reason = "missing"
    return Gap(kind, integration_id, reason, error.status if isinstance(error, StatusError) else None, error)
