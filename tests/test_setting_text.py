"""What editors, shells and secret stores put around a setting costs nobody the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiointegrator import ConfigurationError, IntegratorClient, _wire
from aiointegrator._setting_text import bare, of_environment, of_file, unquoted, without_quotes
from aiointegrator.session._proxy import Proxy

ROOT = Path(__file__).resolve().parent.parent
AROUND = [
    "\n",
    "\n\n",
    "\r\n",
    " \t",
    "\ufeff",
    "\u00a0",
    "\u200b",
    "\u2028",
    "\ufeff \u200e\n",
    "\x85",
    "\u2060\u3000",
]
QUOTES = ['"{}"', "'{}'", "“{}”", "`{}`", " '{}' \n", "„{}“", "\"'{}'\""]


@pytest.mark.parametrize("around", AROUND)
def test_what_shows_nothing_is_removed(around: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From tokens, addresses, modes and proxies: of the environment and of arguments."""
    assert _wire.token(f"{around}to-ken{around}") == "to-ken"
    assert _wire.base_url(f"{around}https://gw.example/a/v1/{around}").url == "https://gw.example/a/v1"
    assert Proxy.of_setting(f"{around}http://p.example:1{around}").address is not None
    for variable, value in (
        ("CELIGO_API_TOKEN", "to-ken"),
        ("CELIGO_BASE_URL", "https://gw.example"),
        ("CELIGO_MODE", "read"),
        ("HTTPS_PROXY", "http://p.example:1"),
    ):
        monkeypatch.setenv(variable, f"{around}{value}{around}")
    client = IntegratorClient()
    assert (client.base_url, client.read_only) == ("https://gw.example/v1", True)


@pytest.mark.parametrize("quotes", QUOTES)
def test_quotation_marks_are_refused(quotes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Except around modes; the message names the setting, and shows nothing of it."""
    monkeypatch.setenv("CELIGO_MODE", quotes.format("read"))
    monkeypatch.setenv("CELIGO_API_TOKEN", "t")
    assert IntegratorClient().read_only
    for variable, value in (
        ("HTTPS_PROXY", "http://user:s3cret@p.example:1"),
        ("CELIGO_BASE_URL", "https://s3cret.example"),
        ("CELIGO_API_TOKEN", "s3cret"),
    ):
        monkeypatch.setenv(variable, quotes.format(value))
        with pytest.raises(ConfigurationError, match=f"^{variable} stands in quotation marks") as caught:
            IntegratorClient()
        assert "s3cret" not in str(caught.value)
        monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match="^base_url stands in quotation marks"):
        IntegratorClient(base_url=quotes.format("https://a.example"))
    with pytest.raises(ConfigurationError, match="^token stands in quotation marks"):
        IntegratorClient(quotes.format("t"))
    with pytest.raises(ConfigurationError, match="^proxy stands in quotation marks"):
        IntegratorClient("t", proxy=quotes.format("http://p.example:1"))


@given(st.text())
def test_text_within_stays(text: str) -> None:
    """Nothing but the ends is removed, and what is bare stays so."""
    assert bare(text) in text
    assert bare(bare(text)) == bare(text)
    assert bare(f"a{text}b") == f"a{text}b"
    assert unquoted(f'"a{text}b"') == f"a{text}b"


@pytest.mark.parametrize("text", ["", '"', "it's", 'a"', '"a', "a'b'c"])
def test_a_mark_alone_is_no_quotation(text: str) -> None:
    """It is a part of the value, as in a key."""
    assert without_quotes(text, "x") == text


@pytest.mark.parametrize(
    "data", ["é\n".encode(), "\ufeffé".encode(), "é".encode("utf-16"), b"\xfe\xff" + "é".encode("utf-16-be")]
)
def test_text_of_files(data: bytes) -> None:
    """UTF-8, or what PowerShell writes."""
    assert bare(of_file(data)) == "é"


def test_the_environment_is_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the locale says: here the mark's bytes are three characters of Latin-1."""
    code = "from aiointegrator._setting_text import *; print(ascii(bare(of_environment('X'))), of_environment('Y'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={b"PYTHONPATH": os.fsencode(ROOT), b"LC_ALL": b"C", b"PYTHONUTF8": b"0", b"PYTHONCOERCECLOCALE": b"0"}
        | {b"X": b"\xef\xbb\xbf\xc3\xa9"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"'\\xe9' None\n"
    monkeypatch.setenv("X", "\udcff")
    assert of_environment("X") == "\udcff"
