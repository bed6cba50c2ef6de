# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: TokenInfo."""

from __future__ import annotations

from pydantic import Field

from ._base import Maybe, Record


class TokenInfo(Record):
    """Whom a token stands for. It holds no name, e-mail or account."""

    user_id: Maybe[str] = Field(None, alias="_userId")
    scope: Maybe[str | list[str]] = None
