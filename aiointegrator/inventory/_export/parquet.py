"""Parquet, by DuckDB, which reads rows from a hidden file beside the result so that memory stays flat.

Columns are text, but for flags and numbers; a flag that the server sent as something else is null there, and stands as
it came in `record`.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...errors import ConfigurationError
from .._store.files import json_bytes
from ..errors import InventoryWriteError

ROWS = 10_000
_LEAST_ROOM = 1 << 24
_FLAGS = (
    "disabled", "enabled", "sandbox", "offline", "accepted", "dismissed", "production_admin", "mfa_required",
    "sso_required", "is_lookup",
)  # fmt: skip
_SETTINGS: dict[str, str | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "200MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def require_duckdb() -> None:
    """Refuse before anything is written.

    Raises:
        ConfigurationError: the `parquet` extra is not installed.
    """
    try:
        import duckdb  # noqa: F401
    except ImportError:
        pass
    else:
        return
    raise ConfigurationError("Parquet needs DuckDB; install it with: pip install 'aiointegrator[parquet]'")


def write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table, in groups of rows."""
    import duckdb

    between = path.with_name(f"{path.name}.rows")
    try:
        room = _write_rows(between, columns, rows)
        chosen = ", ".join(f'{_value(name)} AS "{name}"' for name in columns)
        types = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
        with duckdb.connect(config=_SETTINGS) as base:
            base.execute(
                f"COPY (SELECT {chosen} FROM read_json({_quoted(glob.escape(str(between)))}, columns = {{{types}}}, "  # noqa: S608
                f"format = 'newline_delimited', maximum_object_size = {room})) "
                f"TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS})"
            )
    except duckdb.Error as error:
        failure = InventoryWriteError(f"cannot write {path}: {str(error).splitlines()[0]}")
    else:
        return
    finally:
        between.unlink(missing_ok=True)
    raise failure


def _value(name: str) -> str:
    """Return the SQL of a column; what is no flag, or no whole number, where one belongs becomes null."""
    if name in _FLAGS:
        return f'TRY_CAST("{name}" AS BOOLEAN)'
    return f"TRY_CAST(regexp_extract(\"{name}\", '^-?[0-9]+$') AS BIGINT)" if name == "flows" else f'"{name}"'


def _write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write them for DuckDB; returns the room that the longest needs."""
    longest = 0
    with path.open("wb") as file:
        for row in rows:
            line = json_bytes({name: _text(value) for name, value in zip(columns, row, strict=True)}) + b"\n"
            longest = max(longest, len(line))
            file.write(line)
    return max(_LEAST_ROOM, 2 * longest)


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value and value.encode("utf-8", "backslashreplace").decode()  # DuckDB knows no half characters
    return ("true" if value else "false") if type(value) is bool else str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
