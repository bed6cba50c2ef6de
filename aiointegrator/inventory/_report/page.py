"""The page: one file that asks for nothing, in which only what is ours can run.

Names come from the account and are nobody's to trust. Everything is escaped by jinja2; beside that stands a policy that
lets one script and one style run, named by their digests, and nothing else: no picture, no frame, no request, no form.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import IO, TYPE_CHECKING, Any

from ...errors import ConfigurationError

if TYPE_CHECKING:
    from jinja2 import Environment

_PIECES = 64


def write_page(file: IO[bytes], content: Mapping[str, Any]) -> None:
    """Render the report into a file, piece by piece, so that it is never whole in memory.

    Raises:
        ConfigurationError: jinja2 is not installed.
    """
    environment, style, script = environment_of(), asset("report.css"), asset("report.js")
    stream = environment.get_template("report.html").stream(
        **content, style=trusted(style), script=trusted(script), policy=policy_of(style, script)
    )
    stream.enable_buffering(_PIECES)
    stream.dump(file, "utf-8", "xmlcharrefreplace")


def environment_of() -> Environment:
    """jinja2, which escapes everything and refuses what is not there."""
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError:
        raise ConfigurationError("a report needs an extra: pip install 'aiointegrator[report]'") from None
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(asset),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["number"] = "{:,}".format
    environment.filters["kind"] = _kind
    return environment


def _kind(kind: str) -> str:
    """What a kind is called where a person reads it."""
    return "users (ashares)" if kind == "ashares" else kind


def asset(name: str) -> str:
    """Return one of the templates or assets beside this module."""
    folder = "templates" if name.endswith(".html") else "assets"
    return files(__package__).joinpath(folder, name).read_text(encoding="utf-8")


def trusted(text: str) -> Any:
    """What is ours, and stands in the page as it is."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - a file of this package


def policy_of(style: str, script: str) -> str:
    """The content security policy that lets this style and this script be used, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
