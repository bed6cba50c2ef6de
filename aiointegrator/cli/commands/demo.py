"""`aiointegrator demo`: a whole account is read, without an account."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ... import IntegratorClient
from ..._domain.kinds import KINDS
from ...errors import ConfigurationError
from ...inventory import Inventory, write_report
from ...testing import FakeBucket, FakeIntegrator, seeded_account
from ..options.paths import PATH
from ..output.terminal import say, setting
from .crawl import into_directory

OUT = Path("aiointegrator-demo")
LATENCY = 0.25


async def demo(*, out: Annotated[Path, PATH, Parameter(help="Directory to write to; replaced.")] = OUT) -> int:
    """Start the pretend integrator.io, read its account of 50 integrations, and say what to do next."""
    account = seeded_account(50)
    async with FakeIntegrator(account, latency=LATENCY, bucket=FakeBucket(), page_size=20) as fake:
        say(f"a pretend integrator.io with {len(account.integrations)} integrations listens on {fake.url}")
        async with IntegratorClient(fake.token, base_url=fake.url, read_only=True) as client:
            code = await into_directory(client, out, KINDS, at_once=4, fresh=True, quiet=False)
    say("")
    say("What next:")
    say(f"  {_report(out)}")
    say(f"  head -n 1 {out}/flows.jsonl             one record a line, as the server sent it")
    say(f'  {program()} inventory show {out} flows --where "not enabled"')
    say(f'  {program()} inventory search {out} "order"')
    say(f"  {program()} inventory lint {out}")
    say(f'  {program()} inventory access {out} --uses "connection:Zendesk legacy"')
    say(f"  {program()} fake serve --port 8080    leave the pretend account running")
    say(f"  {setting('CELIGO_API_TOKEN', '...')}             then, for your own account:")
    say(f"  {program()} crawl --out inventory")
    return code


def _report(out: Path) -> str:
    """Write the report, and say how one sees it."""
    try:
        place = write_report(Inventory.open(out), out / "report.html", fresh=True)
    except ConfigurationError as error:
        return str(error)
    return f"{place.resolve().as_uri()}    the report: open it in a browser"


def program() -> str:
    """How this program is called from here: by its name, or with the path of the environment it lives in."""
    if shutil.which("aiointegrator"):
        return "aiointegrator"
    path = Path(sys.executable).with_name("aiointegrator")
    try:
        return os.path.relpath(path)
    except (OSError, ValueError):  # the working directory is gone, or on another drive of Windows
        return str(path)
