"""The journal: what it says is there, and what it says of a journal that is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiointegrator.inventory import InventoryDamagedError, InventoryVersionError
from aiointegrator.inventory._files import End
from aiointegrator.inventory.journal import Journal, recover, row_of

ROW = {"integration": "i", "kind": "flows", "status": "failed", "records": 0, "pages": 0, "error": "x"}
READ = ROW | {"status": "read", "records": 2, "error": None}


def row(of: dict[str, Any]) -> bytes:
    """As the writer writes it; the keys stand in the order of the arguments."""
    return row_of(*of.values())


def journal(directory: Path) -> Journal:
    """Two integrations, the first of which was read again."""
    made = Journal.begun(directory, {"base_url": "u"})
    made.add([row(ROW)], {"flows": End(0, 0, "a")})
    made.add([row(READ | {"integration": "j"})], {"flows": End(2, 20, "b")})
    made.add([row(READ)], {"flows": End(4, 40, "c")})
    made.close()
    return made


def test_it_says_how_far_everything_is_good(tmp_path: Path) -> None:
    """The last reading of a branch counts, and each branch is there once."""
    made = journal(tmp_path)
    found = recover(tmp_path, {"flows": 40})
    assert found.head == {"journal": 1, "base_url": "u"}
    assert found.ends == {"flows": End(4, 40, "c")}
    assert found.statuses == {("i", "flows"): "read", ("j", "flows"): "read"}
    assert found.again == {("i", "flows"): 1}
    assert [json.loads(one) for one in made.rows(found.again)] == [READ | {"integration": "j"}, READ]


def test_a_row_is_json_whatever_stands_in_it(tmp_path: Path) -> None:
    """Also texts that look like what stands between rows, and rows come back one by one as they were written."""
    nasty = ['},{"integration":', '],"ends":{', "a\nb\r\u2028\ud800", 'é"\\']
    rows = [READ | {"integration": text, "error": text} for text in nasty]
    made = Journal.begun(tmp_path, {"base_url": "u"})
    made.add(map(row, rows[:3]), {"flows": End(1, 2, "a"), "imports": End(0, 0, "")})
    made.add(map(row, rows[3:]), {"flows": End(1, 2, "a")})
    made.close()
    assert [json.loads(one) for one in made.rows({})] == rows
    assert list(map(row, rows)) == list(made.rows({}))
    assert recover(tmp_path, {"flows": 2}).statuses == dict.fromkeys(((text, "flows") for text in nasty), "read")


def test_lines_whose_data_is_not_there_do_not_count(tmp_path: Path) -> None:
    """Nor does a line that is cut off, nor anything behind them."""
    journal(tmp_path)
    found = recover(tmp_path, {"flows": 39})
    assert found.ends == {"flows": End(2, 20, "b")}
    assert found.statuses["i", "flows"] == "failed"
    path = tmp_path / ".journal"
    path.write_bytes(path.read_bytes()[:-1])
    assert recover(tmp_path, {"flows": 40}).ends == {"flows": End(2, 20, "b")}
    Journal.resumed(tmp_path, found, "now").close()
    again = recover(tmp_path, {"flows": 40})
    assert (again.ends, again.resumed) == (found.ends, ["now"])


@pytest.mark.parametrize(
    "line", ['{"branches":[{}]}', '{"branches":3}', '{"ends":{"flows":[1]}}', '{"ends":{"flows":[1,"x","y"]}}']
)
def test_nonsense_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    """And says what to do."""
    journal(tmp_path)
    with (tmp_path / ".journal").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InventoryDamagedError, match=r"\.journal.*--fresh"):
        recover(tmp_path, {"flows": 40})


def test_a_journal_of_somebody_else(tmp_path: Path) -> None:
    """Empty, no JSON, or of a newer version."""
    for content in ("", "x\n", "{}\n", '{"journal":'):
        (tmp_path / ".journal").write_text(content)
        with pytest.raises(InventoryDamagedError, match="no journal"):
            recover(tmp_path, {})
    (tmp_path / ".journal").write_text('{"journal":2}\n')
    with pytest.raises(InventoryVersionError, match="newer"):
        recover(tmp_path, {})
