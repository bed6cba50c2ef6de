"""`IntegratorClient`: settings, a session manager, one attribute per resource, and one method per orchestrator."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, Unpack

import aiohttp

from . import _wire, models, orchestrators
from ._domain.kinds import DEFAULT_KINDS, Plan
from ._messages import Reply, Request
from ._setting_text import bare, of_environment, unquoted
from ._text import printable
from .config import MIB, OUTAGE_PATIENCE, CallOptions, RateLimit, RetryPolicy, Settings, Timeouts
from .endpoints import Account, Ashares, Connections, Exports, Flows, Imports
from .endpoints._operations import OPERATIONS
from .errors import ArgumentError, ConfigurationError
from .resources.integrations import Integrations
from .session import Credentials, Proxy, SessionManager, Token, Transport

_PATIENT = RetryPolicy()
_POLITE = RateLimit()
_MODES = ("read", "read-only", "readonly", "full")
"""What CELIGO_MODE may be. The vendor's program also knows `operate`, which allows some writes (its source,
2026-11-27); this client does not know which, and refuses it."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class ClientChanges(TypedDict, total=False):
    """What `with_options` may change."""

    timeout: float | Timeouts | None
    retry: RetryPolicy
    read_only: bool
    max_pages: int
    max_body_bytes: int
    max_error_bytes: int
    outage_patience: float | None
    max_download_bytes: int


class IntegratorClient:
    """A client of one integrator.io account.

        async with IntegratorClient() as client:
            async for integration in client.integrations.list():
                print(integration.id, integration.name)

    It may be made anywhere and serves every event loop that it is used in; the connections are made on first use.

    Args:
        token: an API token as text or `SecretStr`, or a callable, sync or async, that returns one and is asked again
            after a 401. None reads CELIGO_API_TOKEN.
        region: `us` or `eu`. Not together with `base_url`.
        base_url: the API's address, with or without `/v1`, with the path prefix of a gateway where there is one.
            None reads CELIGO_BASE_URL, and without it means North America. Plain http only to this machine.
        timeout: seconds for each whole call, or `Timeouts`. None is every operation's own default: 30 s,
            clone 360 s, install and uninstall steps 300 s.
        retry: how patient calls are.
        rate_limit: our share of the account's bucket; None does not pace at all. Clients of one process with the same
            token, address and numbers share one bucket.
        max_connections: requests on the wire at once, and connections.
        max_pages: pages that one list may have before it is taken for endless.
        max_body_bytes: size in bytes, decoded, above which an answer is refused with `ReplyTooLargeError`. A list whose
            page is larger is read by smaller pages.
        max_error_bytes: the same for the body of a refusal, of which no more is read.
        max_download_bytes: size in bytes above which a download is refused with `ReplyTooLargeError`.
        read_only: refuse every write, and every read with side effects, before anything is sent. Also on where
            CELIGO_MODE is `read`; `full` allows writes, and every other mode is refused.
        outage_patience: seconds of an outage of the service that a call waits for beyond its own time. None counts an
            outage against the time of each call. 0 does not wait.
        proxy: address of an http proxy to go through, such as `http://proxy.example:3128`. None goes by HTTPS_PROXY and
            NO_PROXY; this machine itself is always reached directly.
        ssl_context: your own checks of certificates, for a company's own authority. None checks them against the
            system's authorities, host names included, and wants TLS 1.2 or newer.
        session: an `aiohttp.ClientSession` to use instead of an own one, with its connections, TLS, proxy and cookies;
            it stays yours to close.
        trace_configs: aiohttp trace configurations for the own session.

    Raises:
        ConfigurationError: a setting that cannot work, or no token.
    """

    def __init__(
        self,
        token: Token | None = None,
        *,
        region: Literal["us", "eu"] | None = None,
        base_url: str | None = None,
        timeout: float | Timeouts | None = None,
        retry: RetryPolicy = _PATIENT,
        rate_limit: RateLimit | None = _POLITE,
        max_connections: int = 64,
        max_pages: int = 10_000,
        max_body_bytes: int = 64 * MIB,
        max_error_bytes: int = MIB,
        max_download_bytes: int = 2048 * MIB,
        read_only: bool = False,
        outage_patience: float | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        session: aiohttp.ClientSession | None = None,
        trace_configs: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        if session is not None and (trace_configs or proxy is not None or ssl_context is not None):
            raise ConfigurationError(
                "trace_configs, proxy and ssl_context belong to the session that is handed in; give them there"
            )
        if session is not None and not isinstance(session, aiohttp.ClientSession):
            raise ConfigurationError(f"session must be an aiohttp.ClientSession, not {type(session).__name__}")
        if not all(isinstance(config, aiohttp.TraceConfig) for config in _several(trace_configs)):
            raise ConfigurationError("trace_configs takes a sequence of aiohttp.TraceConfig")
        if ssl_context is not None and not isinstance(ssl_context, ssl.SSLContext):
            raise ConfigurationError("ssl_context must be an ssl.SSLContext; certificates are always checked")
        settings = Settings(
            base=_base(region, base_url),
            timeouts=Timeouts.of(timeout),
            retry=retry,
            rate_limit=rate_limit,
            max_connections=max_connections,
            max_pages=max_pages,
            max_body_bytes=max_body_bytes,
            max_error_bytes=max_error_bytes,
            max_download_bytes=max_download_bytes,
            read_only=_read_only_mode() or bool(read_only),
            outage_patience=outage_patience,
        )
        transport = Transport(
            session=session,
            trace_configs=trace_configs,
            ssl_context=ssl_context,
            proxy=Proxy.of_environment() if proxy is None else Proxy.of_setting(proxy),
        )
        if session is None:
            transport.proxy.of(settings.base.origin)  # says now that the proxy cannot be used
        self._use(SessionManager(settings, Credentials(_token(token)), transport))

    def _use(self, session: SessionManager) -> None:
        self._session = session
        self.integrations = Integrations(session)
        self.account = Account(session)
        self.flows = Flows(session)
        self.exports = Exports(session)
        self.imports = Imports(session)
        self.connections = Connections(session)
        self.ashares = Ashares(session)

    def __repr__(self) -> str:
        return f"<IntegratorClient {self.base_url}{' read-only' if self.read_only else ''}>"

    @property
    def base_url(self) -> str:
        """The API's address, ending in `/v1`."""
        return self._session.settings.base.url

    @property
    def read_only(self) -> bool:
        """Whether this client refuses to write."""
        return self._session.settings.read_only

    async def __aenter__(self) -> Self:
        self._session.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of the running loop. May be called again; any other use afterwards is an error."""
        await self._session.aclose()

    def with_options(self, **changes: Unpack[ClientChanges]) -> IntegratorClient:
        """A view of this client with other options, on the same connections, token, bucket and retry quota.

        Closing the view closes nothing.

        Args:
            changes: `timeout`, `retry`, `read_only`, `max_pages`, `max_body_bytes`, `max_error_bytes`,
                `max_download_bytes`, `outage_patience`, as in the constructor.

        Raises:
            ConfigurationError: a setting that cannot work, or a read-only client asked for a view that writes.
        """
        unknown = sorted(changes.keys() - ClientChanges.__optional_keys__)
        if unknown:
            raise ConfigurationError(f"with_options cannot change {', '.join(unknown)}; make another client")
        if self.read_only and changes.get("read_only") is False:
            raise ConfigurationError("a read-only client stays read-only; make another client to write")
        settings = dict[str, Any](changes)
        if "timeout" in settings:
            settings["timeouts"] = Timeouts.of(settings.pop("timeout"))
        view = object.__new__(type(self))
        view._use(self._session.view(replace(self._session.settings, **settings)))
        return view

    async def token_info(self, **options: Unpack[CallOptions]) -> models.TokenInfo:
        """Say which user and scope the token stands for; a cheap test of the token.

        GET /v1/tokenInfo -> 200

        Raises:
            AuthenticationError: 401, the token is wrong, expired, or of the other region.

        Source: celigo-cli 2026.8.6, seen 2026-11-20.
        """
        return await self.account.token_info(**options)

    async def request(self, method: str, path: str, *, json: object = None, **options: Unpack[CallOptions]) -> Reply:
        """Send any request: the door for what this library does not model, with the same safety.

        Reads are repeated by the rules, and so are PUT and DELETE; POST and PATCH only where they were certainly not
        carried out. A path that this library knows has its own rule and default deadline.

        Args:
            method: GET, HEAD, POST, PUT, PATCH or DELETE.
            path: begins with `/v1/`; may hold a query.
            json: the body: a mapping, a sequence or a model; None sends none.
            options: the options of every call.

        Returns:
            The whole answer: `.status`, `.headers`, `.body` in bytes, `.json()`, `.text`.

        Raises:
            ArgumentError: another method, a path outside `/v1/`, or a body that JSON cannot say.
            StatusError: the child that names the refusing status.
        """
        verb = method.upper() if isinstance(method, str) else method
        if verb not in _METHODS:
            raise ArgumentError(f"method must be one of {', '.join(_METHODS)}, not {method!r}")
        bare, query = _wire.target(path)
        request = _known(verb, bare)
        request = request._replace(query=query, body=_wire.body(json))
        return await self._session.send(request, **options)

    def crawl(
        self,
        *,
        kinds: Sequence[str] = DEFAULT_KINDS,
        at_once: int = 32,
        only: Collection[str] | None = None,
        models: bool = True,
        raw: bool = False,
        plan: Plan = "integration",
        skip: Collection[tuple[str, str]] = (),
        outage_patience: float = OUTAGE_PATIENCE,
    ) -> orchestrators.Crawl:
        """Read the whole account: every integration with its flows, exports, imports and ashares, many at once.

            async with client.crawl() as crawl:
                async for snapshot in crawl:
                    print(snapshot.integration.name, len(snapshot.flows or ()))
            print(crawl.complete, crawl.report.gaps)

        What could not be read is a `Gap`, never an empty list, and the rest arrives. Only reads are sent. Each request
        has `timeout` where the client was given one, and otherwise 60 s for silence and 300 s in all.

        Args:
            kinds: any of `flows`, `exports`, `imports`, `ashares`, `connections`.
            at_once: integrations that are being read, and held in memory, at one time.
            only: ids of the integrations to read; None is all that the token may see.
            models: False gives records as plain dicts exactly as the server sent them.
            raw: True gives records as bytes of JSON as the server sent them, undecoded, whatever `models` says.
            plan: `integration` asks every integration for its lists, 4 requests each by default. `account` asks for
                the account's lists, tens of requests in all, and sorts them: flows by the integration they name,
                exports and imports by the flows that use them, connections by registration, ashares by what they
                grant. It holds the account in memory, and gives in `unassigned` what belongs to no integration. That
                the two agree is not documented: `compare` reads by both, yields the first, and lists in
                `report.differences` where they do not.
            skip: branches that need not be read, as pairs of an integration's id and a kind: a set, or whatever answers
                `in` and has a length. They are in no snapshot and in no count, and an integration of which nothing is
                left to read is not yielded.
            outage_patience: seconds for which the crawl waits for the end of each outage of the service; 0 does not
                wait. The time of an outage does not count against the time of its requests. After that the crawl stops
                asking, and what it did not read is a gap.

        Returns:
            An async context manager to iterate over; leaving the block stops all work.

        Raises:
            ArgumentError: an unknown kind or plan, no kind, a number below 1, `only` or `have` with a plan that
                reads all, or an `outage_patience` that is no number of seconds >= 0.
        """
        settings = self._session.settings
        settings = replace(settings, read_only=True, timeouts=settings.timeouts.of_crawl())
        return orchestrators.Crawl(
            self._session.view(settings),
            kinds=kinds,
            at_once=at_once,
            only=only,
            models=models,
            raw=raw,
            plan=plan,
            skip=skip,
            outage_patience=outage_patience,
        )


def _known(method: str, path: str) -> Request:
    """The request for a path, by the rules of the operation that it is, or by its method where it is none of ours."""
    like = "GET" if method == "HEAD" else method  # servers answer HEAD by what they do for GET
    for operation in OPERATIONS:
        if operation.method == like and _wire.matches(operation.path, path):
            return Request(operation.name, method, path, repeat=operation.repeat, timeout=operation.timeout)
    if method in ("GET", "HEAD"):
        return Request("request", method, path)
    return Request("request", method, path, repeat="idempotent" if method in ("PUT", "DELETE") else "unsafe")


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) else (value,)


def _base(region: str | None, url: str | None) -> _wire.Base:
    if region is not None and url is not None:
        raise ConfigurationError("region and base_url say the same thing twice; give one of them")
    if region is not None:
        if region not in _wire.REGIONS:
            raise ConfigurationError(f"region must be 'us' or 'eu', not {region!r}")
        return _wire.base_url(_wire.REGIONS[region])
    if url is None:
        url = of_environment("CELIGO_BASE_URL")
        if url is None:
            return _wire.base_url(_wire.REGIONS["us"])
        if not bare(url):
            raise ConfigurationError("CELIGO_BASE_URL is set but empty; unset it, or give it an address")
        return _wire.base_url(url, "CELIGO_BASE_URL")
    return _wire.base_url(url)


def _read_only_mode() -> bool:
    found = of_environment("CELIGO_MODE")
    if found is None:
        return False
    mode = unquoted(found).lower().replace("_", "-")
    if not mode:
        raise ConfigurationError("CELIGO_MODE is set but empty; unset it, or set it to read")
    if mode not in _MODES:
        raise ConfigurationError(
            f"CELIGO_MODE must be one of {', '.join(_MODES)}, not {printable(mode, 40)!r}; "
            "read refuses every write, full allows them"
        )
    return mode != "full"


def _token(token: Token | None) -> Token:
    if token is not None:
        return token
    found = of_environment("CELIGO_API_TOKEN")
    if found is None:
        raise ConfigurationError("no token; set CELIGO_API_TOKEN, or give token=")
    return _wire.token(found, "CELIGO_API_TOKEN")
