"""The key of the markers: given, of the environment, of this user's file, or of this process alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from ..errors import ArgumentError, ConfigurationError

VARIABLE = "CELIGO_REDACTION_KEY"
LEAST = 16


def checked_key(key: str | bytes) -> bytes:
    """A key that is given.

    Raises:
        ArgumentError: it is too short to keep anything.
    """
    found = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    if not isinstance(found, bytes) or len(found) < LEAST:
        raise ArgumentError(f"a redaction key must be text or bytes, and have at least {LEAST}")
    return found


def usual_key() -> tuple[bytes, str | None]:
    """The key where none is given, and a note where it is of this process alone.

    Raises:
        ConfigurationError: the variable or the file holds something too short to be a key.
    """
    found = os.environ.get(VARIABLE)
    if found is not None:
        return _long_enough(found.encode("utf-8", "surrogateescape"), VARIABLE), None
    path = key_file()
    try:
        return _long_enough(_of_file(path), str(path)), None
    except OSError as error:
        reason = error.strerror or type(error).__name__
    note = f"the key of the markers cannot be kept in {path} ({reason}); they compare within this run alone"
    return secrets.token_bytes(32), f"{note}; set {VARIABLE} for more"


def key_file() -> Path:
    """Where this user's key is kept, readable to nobody else."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(base) / "aiointegrator" / "redaction.key"


def _of_file(path: Path) -> bytes:
    with suppress(FileNotFoundError):
        return path.read_bytes().strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        with suppress(FileExistsError):  # another process was first, and its key is the one
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)
    return path.read_bytes().strip()


def _long_enough(found: bytes, where: str) -> bytes:
    if len(found) < LEAST:
        raise ConfigurationError(f"{where} holds no key: it must have at least {LEAST} characters; remove or renew it")
    return found
