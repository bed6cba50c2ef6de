"""The journal: what it says is there, and what it says of a journal that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiointegrator.inventory import InventoryDamagedError, InventoryVersionError
from aiointegrator.inventory._store.files import Checkpoint
from aiointegrator.inventory._store.journal import Journal, Outcome, head_of_journal, recover, row_of, sealed

FAILED, READ = Outcome("failed", 0, 0, "x"), Outcome("read", 2, 0, None)
HEAD = {"base_url": "u", "kinds": ["flows"]}


def journal(directory: Path) -> list[bytes]:
    """Two integrations, the first of which was read again; its lines."""
    made = Journal.begun(directory, HEAD)
    made.add({("i", "flows"): FAILED}, {"flows": Checkpoint(0, 0, "a")})
    made.add({("j", "flows"): READ}, {"flows": Checkpoint(2, 20, "b")})
    made.add({("i", "flows"): READ}, {"flows": Checkpoint(4, 40, "c")})
    made.close()
    return (directory / ".journal").read_bytes().splitlines(keepends=True)


def chained(*values: str) -> bytes:
    """Lines with the digests that they must have."""
    lines, digest = [], b""
    for value in values:
        line, digest = sealed(value.encode(), digest)
        lines.append(line)
    return b"".join(lines)


def test_it_says_how_far_everything_is_good(tmp_path: Path) -> None:
    """The last reading of a branch counts."""
    journal(tmp_path)
    found = recover(tmp_path, {"flows": 40})
    assert {key: found.head[key] for key in ("journal", *HEAD)} == {"journal": 2, **HEAD}
    assert found.ends == {"flows": Checkpoint(4, 40, "c")}
    assert found.branches == {("i", "flows"): READ, ("j", "flows"): READ}
    assert head_of_journal(tmp_path) == found.head


def test_a_row_is_json_whatever_stands_in_it(tmp_path: Path) -> None:
    """Also texts that look like what stands between rows or at the end of a line; they come back as they were."""
    nasty = ['},{"integration":', '],"ends":{', "a\nb\r\u2028\ud800", 'é"\\', ',"sha256":"0"}\n']
    branches = {(text, "flows"): READ._replace(error=text) for text in nasty}
    made = Journal.begun(tmp_path, HEAD, branches, {"flows": Checkpoint(1, 2, "a"), "imports": Checkpoint(0, 0, "")})
    made.add({("x", "flows"): READ}, {"flows": Checkpoint(1, 2, "a")})
    made.close()
    assert recover(tmp_path, {"flows": 2}).branches == {**branches, ("x", "flows"): READ}
    for key, outcome in branches.items():
        row = {"integration": key[0], "kind": "flows", "status": "read", "records": 2, "pages": 0, "error": key[0]}
        assert json.loads(row_of(key, outcome)) == row


def test_lines_whose_data_is_not_there_do_not_count(tmp_path: Path) -> None:
    """Nor does a line that is cut off, nor anything behind them."""
    journal(tmp_path)
    found = recover(tmp_path, {"flows": 39})
    assert found.ends == {"flows": Checkpoint(2, 20, "b")}
    assert found.branches["i", "flows"].status == "failed"
    path = tmp_path / ".journal"
    path.write_bytes(path.read_bytes()[:-1])
    assert recover(tmp_path, {"flows": 40}).ends == {"flows": Checkpoint(2, 20, "b")}
    Journal.resumed(tmp_path, found, "now").close()
    again = recover(tmp_path, {"flows": 40})
    assert (again.ends, again.resumed) == (found.ends, ["now"])


def test_damage_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And a line without its end is not: that is what a killed process leaves."""
    head, one, two, three = journal(tmp_path)
    path = tmp_path / ".journal"
    path.write_bytes(head + one + two[:-3])
    recover(tmp_path, {"flows": 40})
    assert not caplog.records
    path.write_bytes(head + one[:20] + bytes([one[20] ^ 1]) + one[21:] + two + three)
    recover(tmp_path, {"flows": 40})
    assert f"{path} is damaged behind byte {len(head)}; what it said there is read again" in caplog.text
    caplog.clear()
    path.write_bytes(head + one + two + three)
    recover(tmp_path, {"flows": 39})
    assert f"records of flows are missing in {tmp_path}; they are read again" in caplog.text


def test_a_line_that_is_not_as_it_was_written_ends_the_journal(tmp_path: Path) -> None:
    """So does one that is missing, twice there, or at another place: what came before it counts, and nothing behind it."""
    head, one, two, three = journal(tmp_path)
    flipped = bytearray(one)
    flipped[20] ^= 1
    for lines, good in (
        ([head, bytes(flipped), two, three], 0),
        ([head, two, three], 0),
        ([head, one, one, two, three], 1),
        ([head, one, three, two], 1),
        ([head, one, two.replace(b"\n", b" \n"), three], 1),
        ([head, one, b"\0" * len(two), three], 1),
        ([head, one, two, three, three], 3),
    ):
        (tmp_path / ".journal").write_bytes(b"".join(lines))
        found = recover(tmp_path, {"flows": 40})
        assert found.length == sum(map(len, (head, one, two, three)[: good + 1]))


@pytest.mark.parametrize(
    "line", ['{"branches":[{}]}', '{"branches":3}', '{"ends":{"flows":[1]}}', '{"ends":{"flows":[1,"x","y"]}}']
)
def test_nonsense_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    """And says what to do, also where its digest is right."""
    (tmp_path / ".journal").write_bytes(chained(json.dumps({"journal": 2, **HEAD}), line))
    with pytest.raises(InventoryDamagedError, match=r"\.journal.*--fresh"):
        recover(tmp_path, {"flows": 40})


def test_a_journal_of_somebody_else(tmp_path: Path) -> None:
    """Empty, no JSON, of an older or newer version, or with a first line of another form."""
    path = tmp_path / ".journal"
    for content in (b"", b"x\n", b"{}\n", b'{"journal":', b'{"journal":1}\n', chained("{}"), chained('{"journal":1}')):
        path.write_bytes(content)
        with pytest.raises(InventoryDamagedError, match=r"\.journal is damaged, or another version .* --fresh"):
            recover(tmp_path, {})
    path.write_bytes(chained('{"journal":3}'))
    with pytest.raises(InventoryVersionError, match=r"version 3.* reads 2"):
        recover(tmp_path, {})
    path.write_bytes(chained(json.dumps({"journal": 2, **HEAD, "account": 5})))
    with pytest.raises(InventoryDamagedError, match=r"\.journal has no usable account: it must be an object"):
        head_of_journal(tmp_path)
