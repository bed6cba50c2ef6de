"""The table of what may be sent twice is what a server sees."""

from __future__ import annotations

import pytest
from faults.table import COLUMNS, MARKS, ROOT, row, text
from test_contract import CASES

from aiointegrator.endpoints._operations import OPERATIONS

REPEATS = {operation.name: operation.repeat for operation in OPERATIONS}


@pytest.mark.parametrize("operation", CASES)
async def test_each_row_of_the_table_is_true(operation: str) -> None:
    """As CONTRIBUTING.md prints it, and as the operation's class demands."""
    cells = await row(operation)
    printed = MARKS.search((ROOT / "CONTRIBUTING.md").read_text())
    assert printed is not None
    assert text({operation: cells}).splitlines()[2] in printed[0].splitlines()
    unsafe = REPEATS[operation] == "unsafe"
    wanted = ["again", "never", "again", "again", "never" if unsafe else "again", "again", "never"]
    assert dict(zip(COLUMNS, cells, strict=True)) == {
        column: (word, unsafe and word == "never" and column.startswith("408"))
        for column, word in zip(COLUMNS, wanted, strict=True)
    }


def test_the_table_has_no_other_rows() -> None:
    """Every operation, and nothing else."""
    printed = MARKS.search((ROOT / "CONTRIBUTING.md").read_text())
    assert printed is not None
    assert len(printed[0].splitlines()) == len(CASES) + 4
