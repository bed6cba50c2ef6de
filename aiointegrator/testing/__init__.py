"""A pretend integrator.io on loopback, for the tests of this library and of yours."""

from __future__ import annotations

from .account import FakeAccount, seeded_account
from .bucket import FakeBucket
from .faults import FAULTS, Faults
from .server import FakeIntegrator, Processed
from .state import State

__all__ = [
    "FAULTS",
    "FakeAccount",
    "FakeBucket",
    "FakeIntegrator",
    "Faults",
    "Processed",
    "State",
    "seeded_account",
]
