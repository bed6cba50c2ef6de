"""The key of the markers: given, of the environment, of this user's file, or of this process alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from ..._setting_text import of_environment, of_file, without_quotes
from ...errors import ArgumentError, ConfigurationError

VARIABLE = "CELIGO_REDACTION_KEY"
LEAST = 16


def checked_key(key: str | bytes) -> bytes:
    """A key that is given. Of text, white space and byte order marks around it do not count; bytes are taken unchanged.

    Raises:
        ArgumentError: it is too short to keep anything, or stands in quotation marks.
    """
    try:
        found = without_quotes(key, "a redaction key").encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    except ConfigurationError as error:
        raise ArgumentError(str(error)) from None
    if not isinstance(found, bytes) or len(found) < LEAST:
        raise ArgumentError(f"a redaction key must be text or bytes, and have at least {LEAST}")
    return found


def usual_key() -> tuple[bytes, str | None]:
    """The key where none is given, and a note where it is of this process alone.

    Raises:
        ConfigurationError: the variable or the file holds something too short to be a key, or in quotation marks.
    """
    found = of_environment(VARIABLE)
    if found is not None:
        return _long_enough(_of_text(found, VARIABLE), VARIABLE), None
    path = key_file()
    if path is None:
        return _key_of_this_run("the key of the markers is not kept, since there is no home directory (HOME)")
    try:
        return _long_enough(_of_file(path), str(path)), None
    except OSError as error:
        reason = error.strerror or type(error).__name__
    return _key_of_this_run(f"the key of the markers cannot be kept in {path} ({reason})")


def _key_of_this_run(why: str) -> tuple[bytes, str]:
    return secrets.token_bytes(32), f"{why}; markers compare within this run alone; set {VARIABLE} to keep them"


def key_file() -> Path | None:
    """Where this user's key is kept, readable to nobody else; None where there is no such place.

    A relative XDG_CONFIG_HOME is ignored, as its specification says, and so is a home directory that is not absolute:
    without HOME and an entry in passwd, `~` stays as it is, and the key would come into the working directory.
    """
    for base in (os.environ.get("XDG_CONFIG_HOME", ""), _in_home(".config")):
        if os.path.isabs(base):
            return Path(base) / "aiointegrator" / "redaction.key"
    return None


def _in_home(name: str) -> str:
    home = os.path.expanduser("~")
    return os.path.join(home, name) if os.path.isabs(home) and os.environ.get("HOME") != "" else ""


def _of_file(path: Path) -> bytes:
    with suppress(FileNotFoundError):
        return _read(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
        with suppress(FileExistsError):  # another process was first, and its key is the one
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)
    return _read(path)


def _read(path: Path) -> bytes:
    data = path.read_bytes()
    try:
        return _of_text(of_file(data), str(path))
    except UnicodeDecodeError:
        return data.strip()


def _of_text(text: str, where: str) -> bytes:
    return without_quotes(text, where).encode("utf-8", "surrogateescape")


def _long_enough(found: bytes, where: str) -> bytes:
    if len(found) < LEAST:
        raise ConfigurationError(f"{where} holds no key: it must have at least {LEAST} characters; remove or renew it")
    return found
