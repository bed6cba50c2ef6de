"""The report in a real Chromium: nothing of the account runs, nothing leaves the file, and its controls work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import reports
from chromium import Page, chromium, found

from aiointegrator.inventory import Inventory, write_report
from aiointegrator.testing import seeded_account

pytestmark = pytest.mark.skipif(
    found() is None,
    reason="no Chromium here (CHROMIUM names one): that no name of the account runs as a script, that no request leaves "
    "the report, and that sorting, filtering and narrow windows work was NOT proved",
)
URL = 'https://x/v1"><script>window.pwned=12</script>'
TALK = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Page.javascriptDialogOpening")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELIGO_REDACTION_KEY", "a key for the tests of the report")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chromium() as tab:
        yield tab


def hostile(place: Path) -> Path:
    """A report with changes, gaps and errors in which every text is hostile."""
    made: list[Inventory] = []
    for name, change in (("old", reports.hostile_account()), ("new", reports.later(reports.hostile_account()))):
        gaps = {(1, "flows"), (2, "ashares")} if made else ()
        made.append(
            reports.written(
                place / name, change, base_url=URL, scope=list(reports.EVIL), gaps=gaps, error=reports.EVIL[0]
            )
        )
    title = "<script>window.pwned=13</script>"
    return write_report(made[1], place / "report.html", title=title, compare_with=made[0], redaction=None)


def requests(page: Page) -> list[str]:
    """Every address that the page asked for, in whatever way."""
    asked = [event["request"]["url"] for event in page.said("Network.requestWillBeSent")]
    asked += [event["url"] for event in page.said("Network.webSocketCreated")]
    return asked + [event["url"] for event in page.said("Page.frameRequestedNavigation")]


def violations(page: Page) -> list[object]:
    """What the policy stopped."""
    return [
        one["issue"] for one in page.said("Audits.issueAdded") if one["issue"]["code"] == "ContentSecurityPolicyIssue"
    ]


async def touch_everything(page: Page) -> None:
    """Hover, focus and click whatever there is, as a reader might."""
    await page.evaluate(
        "for (const one of document.querySelectorAll('*')) for (const name of ['mouseover', 'focus', 'pointerenter'])"
        " one.dispatchEvent(new Event(name, { bubbles: true }))"
    )
    await page.evaluate("document.querySelectorAll('a, thead button').forEach(one => one.click())")
    await asyncio.sleep(0.2)


async def test_no_name_runs_and_no_request_leaves(page: Page, tmp_path: Path) -> None:
    """With every name hostile: one script, ours; one request, the file; no dialog, no message, no violation."""
    report = hostile(tmp_path)
    for width in (1280, 390):
        await page.look(width)
        await page.open(report)
        await touch_everything(page)
        assert await page.evaluate("window.pwned") is None
        assert page.said(*TALK) == []
        assert violations(page) == []
        assert {url.split("#")[0] for url in requests(page)} == {report.resolve().as_uri()}
        assert await page.evaluate("document.scripts.length") == 1
        assert await page.evaluate("document.querySelectorAll('img, iframe, link, form, base, object').length") == 0
        assert await page.evaluate("document.title === '<script>window.pwned=13</script>'")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width


async def test_the_policy_bites(page: Page, tmp_path: Path) -> None:
    """Were something to get through the escaping, the policy would stop it: scripts, handlers, styles, pictures.

    Without the policy it would run, and then these tests see it."""
    report = hostile(tmp_path)
    text = report.read_text(encoding="utf-8")
    broken = (
        '<script>window.pwned=1</script><img src="https://evil.example/x" onerror="window.pwned=2"><style>h1{}</style>'
    )
    text = text.replace("<main", f'{broken}<p style="color:red">x</p><main', 1)
    report.write_text(text, encoding="utf-8")
    await page.look(1280)
    await page.open(report)
    assert await page.evaluate("window.pwned") is None
    assert await page.evaluate("document.scripts.length") == 2
    stopped = {one["details"]["contentSecurityPolicyIssueDetails"]["violatedDirective"] for one in violations(page)}
    assert {"script-src-elem", "img-src", "style-src-elem", "style-src-attr"} <= stopped
    answered = [event["response"]["url"] for event in page.said("Network.responseReceived")]
    assert {url.split("#")[0] for url in answered} == {report.resolve().as_uri()}
    unguarded = text.replace("Content-Security-Policy", "nothing", 1).replace("https://evil.example", "file:///nowhere")
    report.write_text(unguarded.replace("pwned=1<", "pwned=1;console.log(1);alert(1)<"), encoding="utf-8")
    await page.open(report)
    assert await page.evaluate("window.pwned") in (1, 2)
    assert page.said("Page.javascriptDialogOpening")
    assert page.said("Runtime.consoleAPICalled")


async def test_sorting_and_filtering(page: Page, tmp_path: Path) -> None:
    """A header sorts up and down, numbers as numbers and what is not known last; a filter says how many it shows."""
    held = seeded_account(16, flows=(0, 12))
    inventory = reports.written(tmp_path / "i", held, gaps={(3, "flows")})
    report = write_report(inventory, tmp_path / "report.html")
    await page.look(1280)
    await page.open(report)
    column = (
        "[...document.querySelectorAll('#integrations tbody tr')].map(row => row.cells[1].dataset.sort ?? null)"
        ".map(value => value === null ? null : Number(value))"
    )
    click = "document.querySelectorAll('#integrations thead button')[1].click()"
    sort = "document.querySelectorAll('#integrations thead th')[1].getAttribute('aria-sort')"
    await page.evaluate(click)
    up = await page.evaluate(column)
    assert up[-1] is None
    assert up[:-1] == sorted(up[:-1])
    assert max(up[:-1]) >= 10
    assert await page.evaluate(sort) == "ascending"
    await page.evaluate(click)
    assert await page.evaluate(column) == [*reversed(up[:-1]), None]
    assert await page.evaluate(sort) == "descending"
    name = list(held.integrations.values())[5]["name"]
    shown = "[...document.querySelectorAll('%s')].filter(one => one.checkVisibility()).length"
    for place, items in (("#integrations", "#integrations tbody tr"), ("#details", "#details article")):
        assert await page.evaluate(shown % items) == 16
        await page.evaluate(
            f"{{ const field = document.querySelector('{place} input'); field.value = {name!r}.toUpperCase();"
            " field.dispatchEvent(new Event('input')) }"
        )
        few = await page.evaluate(shown % items)
        assert 1 <= few < 16
        assert await page.evaluate(f"document.querySelector('{place} output').textContent.startsWith('{few} of 16')")
    await page.look(1280, media="print")
    assert await page.evaluate(shown % "#integrations tbody tr") == 16
    assert await page.evaluate(shown % "#details article") == 16
    assert await page.evaluate(shown % "input, nav") == 0


async def test_it_is_readable_without_scripts_and_in_the_dark(page: Page, tmp_path: Path) -> None:
    """Without scripts everything is visible and no dead control stands there; text has contrast in both schemes."""
    report = write_report(reports.written(tmp_path / "i", seeded_account(4), gaps={(1, "flows")}), tmp_path / "r.html")
    await page.call("Emulation.setScriptExecutionDisabled", value=True)
    for dark in (False, True):
        await page.look(390, dark=dark)
        await page.call("Page.navigate", url=report.as_uri())
        await asyncio.sleep(0.3)
        assert await page.evaluate("document.querySelectorAll('button, input').length") == 0
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        hidden = (
            "[...document.querySelectorAll('main *')].filter(one => getComputedStyle(one).display === 'none').length"
        )
        assert await page.evaluate(hidden) == 0
        weak = await page.evaluate(CONTRAST)
        assert weak == [], dark


CONTRAST = """
(() => {
  const parts = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = one => { for (; one; one = one.parentElement) {
    const found = parts(getComputedStyle(one).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found; } return [255, 255, 255]; };
  const weak = new Set();
  for (const one of document.querySelectorAll('body *')) {
    if (one.closest('svg') || !one.checkVisibility()) continue;
    if (![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))];
    if ((Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5) weak.add(one.tagName + '.' + one.className);
  }
  return [...weak];
})()
"""
