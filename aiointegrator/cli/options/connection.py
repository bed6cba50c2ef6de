"""The options that every command which asks the account has, and the client they make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ... import IntegratorClient, RateLimit, Timeouts, _wire
from ..._setting_text import of_file
from ...errors import ArgumentError, ConfigurationError
from .paths import PATH


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where the account is, and how it is asked."""

    base_url: Annotated[
        str | None, Parameter(help="Address of the API; default CELIGO_BASE_URL, else North America.")
    ] = None
    region: Annotated[Literal["us", "eu"] | None, Parameter(help="Region instead of an address.")] = None
    token_file: Annotated[Path | None, PATH, Parameter(help="File that holds the token; default CELIGO_API_TOKEN.")] = (
        None
    )
    timeout: Annotated[float | None, Parameter(help="Seconds that one request may take in all.")] = None
    max_body_bytes: Annotated[
        int | None,
        Parameter(help="Bytes that one answer may have; larger pages of lists are read in parts. Default 67108864."),
    ] = None

    def client(
        self, rate: float | None = None, burst: float | None = None, *, crawls: bool = False, **settings: Any
    ) -> IntegratorClient:
        """Return a client with these options; what is None is the default one.

        Where it `crawls`, each of its requests has the time of one of a crawl.

        Raises:
            ArgumentError: --max-body-bytes below 1.
        """
        timeouts = Timeouts.of(self.timeout)
        if self.max_body_bytes is not None:
            if self.max_body_bytes < 1:
                raise ArgumentError(f"--max-body-bytes must be at least 1, not {self.max_body_bytes}")
            settings["max_body_bytes"] = self.max_body_bytes
        return IntegratorClient(
            self._token(),
            base_url=None if self.base_url is None else _wire.base_url(self.base_url, "--base-url").url,
            region=self.region,
            timeout=timeouts.of_crawl() if crawls else timeouts,
            rate_limit=limit_of(rate, burst),
            **settings,
        )

    def _token(self) -> str | None:
        if self.token_file is None:
            return None
        try:
            text = of_file(self.token_file.read_bytes())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
        else:
            return _wire.token(text, f"the token in {self.token_file}")
        raise ConfigurationError(f"cannot read the token file {self.token_file}: {reason}")


def limit_of(rate: float | None, burst: float | None) -> RateLimit:
    """Our share of the bucket; None is the default."""
    usual = RateLimit()
    return RateLimit(rate=usual.rate if rate is None else rate, burst=usual.burst if burst is None else burst)
