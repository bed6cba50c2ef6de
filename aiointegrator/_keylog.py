"""Import aiohttp where SSLKEYLOGFILE names a file that cannot be opened.

aiohttp makes TLS contexts of its own while it is imported, and Python opens the key log for each of them. So even a
program that speaks no TLS would end with a bare OSError. The variable is unset during the import alone; the first
connection over TLS raises the typed error (`Transport.tls`).
"""

from __future__ import annotations

import os


def import_aiohttp(variable: str = "SSLKEYLOGFILE") -> None:
    """Import aiohttp now, without the variable, if the file that it names cannot be opened."""
    path = os.environ[variable]
    try:
        open(path, "ab").close()
    except OSError:
        del os.environ[variable]
        try:
            import aiohttp  # noqa: F401
        finally:
            os.environ[variable] = path


import_aiohttp()
