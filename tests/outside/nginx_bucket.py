"""nginx's limit_req as an independent leaky bucket: 10,000 calls from 1,000 tasks. Needs nginx."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path

from programs import TOKEN, needs, running, version

from aiointegrator import IntegratorClient, RateLimit

PORT, RATE, DEPTH, CALLS, TASKS = 18471, 300, 1000, 10_000, 1_000
CONFIGURATION = """
daemon off; worker_processes 1; pid {here}/pid; error_log {here}/errors;
events {{ worker_connections 4096; }}
http {{
  access_log {here}/access;
  log_format main '$status';
  client_body_temp_path {here}; proxy_temp_path {here}; fastcgi_temp_path {here};
  uwsgi_temp_path {here}; scgi_temp_path {here};
  keepalive_requests 100000;
  limit_req_zone $server_name zone=account:1m rate={rate}r/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      limit_req zone=account burst={depth} nodelay; limit_req_status 429;
      default_type application/json; try_files /none @list;
    }}
    location @list {{ return 200 '[]'; }}
  }}
}}
"""


async def calls() -> float:
    left = iter(range(CALLS))
    limit = RateLimit(rate=RATE * 0.99, burst=DEPTH * 0.99)
    async with IntegratorClient(TOKEN, base_url=f"http://127.0.0.1:{PORT}", rate_limit=limit, timeout=120) as client:

        async def task() -> None:
            for _ in left:
                await client.integrations.list_flows("made-up")

        begin = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(TASKS):
                group.create_task(task())
        return time.monotonic() - begin


def main() -> None:
    needs("nginx")
    with tempfile.TemporaryDirectory() as here:
        file = Path(here, "nginx.conf")
        file.write_text(CONFIGURATION.format(here=here, port=PORT, rate=RATE, depth=DEPTH))
        with running("nginx", "-e", f"{here}/errors", "-c", str(file), port=PORT):
            seconds = asyncio.run(calls())
        statuses = Counter(line.split('" ')[1].split()[0] for line in Path(here, "access").read_text().splitlines())
    floor = (CALLS - DEPTH) / RATE
    print(f"{version('nginx', '-v')}: {dict(statuses)}; {seconds:.2f} s against a floor of {floor:.2f} s, "
          f"{floor / seconds:.1%} of the rate")  # fmt: skip
    assert statuses["200"] == CALLS
    assert statuses["429"] <= CALLS / 100
    assert floor / seconds >= 0.95


if __name__ == "__main__":
    main()
