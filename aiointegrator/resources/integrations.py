"""`client.integrations`: the generated coroutines, and by hand the jobs that take more than one of them."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Unpack, overload

from .. import _wire, models
from .._decoding.shapes import Shape, one
from .._messages import Request, Secret
from .._text import printable
from ..config import CallOptions
from ..endpoints._changes import IntegrationChanges
from ..endpoints.integrations import Integrations as GeneratedIntegrations
from ..errors import ArgumentError, ConflictError, StatusError, UnreadableReplyError
from ..session import prepared
from ._update import overlay_of, refuse_masked

_TEMPLATE: Shape[models.TemplateDownload] = one("TemplateDownload")


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was downloaded: where it lies, and its size in bytes."""

    path: Path
    size: int


class Integrations(GeneratedIntegrations):
    """Integrations and what hangs on them."""

    @overload
    async def update(
        self,
        integration_id: str,
        *,
        dry_run: Literal[True],
        extra: Mapping[str, object] | None = None,
        **changes: Unpack[IntegrationChanges],
    ) -> Request: ...

    @overload
    async def update(
        self,
        integration_id: str,
        *,
        dry_run: Literal[False] = False,
        extra: Mapping[str, object] | None = None,
        **changes: Unpack[IntegrationChanges],
    ) -> models.Integration | None: ...

    async def update(
        self,
        integration_id: str,
        *,
        dry_run: bool = False,
        extra: Mapping[str, object] | None = None,
        **changes: Unpack[IntegrationChanges],
    ) -> models.Integration | Request | None:
        """Change some fields of an integration and keep all others: read, overlay, check, replace.

        PUT erases what it leaves out, so the whole record is read and sent back. Right before that it is read again:
        where `lastModified` has moved, somebody else was quicker and nothing is written. That narrows the window
        between reading and writing; the API offers nothing that closes it.

        GET, GET, PUT /v1/integrations/{_id} -> 200

        Args:
            integration_id: the integration's `_id`.
            dry_run: make every check, and return the PUT that would be sent instead of sending it.
            extra: new values of fields that this library does not know, under the names of the API.
            changes: new values by field name, as Python spells it (`flow_groupings`) or as the API does
                (`flowGroupings`), beside the options of every call (`timeout`, `retry`, `headers`, `query`).

        Returns:
            The integration as stored; None where the server answers without a body. With `dry_run` the `Request`:
            its `.method`, `.path` and `.body` (JSON in bytes).

        Raises:
            ArgumentError: no changes, or one that JSON cannot say, an unknown field outside of `extra`, a field that
                only the server sets, `include` or `exclude` in `query`, or the record holds a masked secret (only
                asterisks), which would overwrite the real one.
            ConflictError: the integration changed meanwhile; nothing was written.
            UnreadableReplyError: the answer is not this integration; nothing was written.
            NotFoundError: 404, no such integration, or not visible to this token.
            ReadOnlyError: the client is read-only, and this is no dry run; nothing was sent.

        Source: docs.celigo.com, "Integration API endpoints", seen 2026-11-20.
        """
        given: dict[str, Any] = {**changes}
        options = _taken_options(given)
        overlay = overlay_of(given, extra)
        path = f"/v1/integrations/{_wire.segment('integrationId', integration_id)}"
        write = prepared(Request("integrations.replace", "PUT", path, repeat="idempotent"), options)
        if not dry_run:
            self._session.allow(write)
        before = _itself(await self.get(integration_id, **options), integration_id, write)
        document = before.to_wire() | overlay
        refuse_masked(document)
        now = _itself(await self.get(integration_id, **options), integration_id, write)
        if _moved(before, now):
            raise ConflictError(
                f"integration {integration_id} was changed by somebody else at {now.last_modified}; "
                "nothing was written; read it again and repeat the update",
                request=write,
            )
        if dry_run:
            return write._replace(body=_wire.body(document, leave_out=_wire.READ_ONLY_FIELDS))
        return await self.replace(integration_id, document, **options)

    async def get_template(self, integration_id: str, **options: Unpack[CallOptions]) -> models.TemplateDownload:
        """Ask for the short-lived address from which the integration can be downloaded as a template.

        The article's table says GET, and its example POST. So GET is sent, and POST only where the server does not know
        that; POST changes nothing either, but a read-only client sends none.

        GET /v1/integrations/{_id}/template -> 200, 201; POST where that answers 404 or 405.

        Args:
            integration_id: the integration's `_id`.
            options: the options of every call.

        Returns:
            `TemplateDownload`; the signed address in it is a credential.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            InvalidRequestError: the integration has no template (Integration Apps).
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints", seen 2026-11-20.
        """
        try:
            return await super().get_template(integration_id, **options)
        except StatusError as error:
            if error.status not in (404, 405):
                raise
            refused = error
        if self._session.settings.read_only:
            refused.args = (f"{refused}; the server may want POST, which this client does not send: it is read-only",)
            raise refused
        path = f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/template"
        request = Request("integrations.get_template", "POST", path)
        try:
            return await self._session.fetch(request, _TEMPLATE, **options)
        except StatusError as error:
            if error.status not in (405, refused.status):
                raise
        raise refused  # the answer to POST says no more than the answer to GET

    async def download_template(
        self, integration_id: str, path: str | os.PathLike[str], **options: Unpack[CallOptions]
    ) -> Downloaded:
        """Download an integration as a template (a zip) to `path`.

        The address is signed and short-lived: it is asked for, read without our token, and never shown. The bytes go
        through a temporary file beside `path`, which gets its name once everything has come.

        GET /v1/integrations/{_id}/template -> 200; POST where that answers 404 or 405; then GET of the signed address.

        Args:
            integration_id: the integration's `_id`.
            path: the file to write; one that is there is replaced.
            options: the options of every call.

        Returns:
            Where the file lies, and its size in bytes.

        Raises:
            InvalidRequestError: the integration has no template (Integration Apps).
            UnreadableReplyError: the answer names no address.
            ReplyTooLargeError: the file is larger than `max_download_bytes`.
            UnsafeLinkError: the address is not https.
            OSError: the file cannot be written.

        Source: docs.celigo.com, "Integration API endpoints", seen 2026-11-20 (its table says GET, its sample POST).
        """
        target = Path(path)
        _check_target(target)
        template = await self.get_template(integration_id, **options)
        request = Request("integrations.download_template", "GET", "(signed address)", timeout=300.0)
        address = _signed_address(template)
        if address is None:
            raise UnreadableReplyError("integrations.get_template: the answer names no signed address", request=request)
        size = await self._save(address, target, request, options)
        return Downloaded(target, size)

    async def _save(self, address: Secret, path: Path, request: Request, options: CallOptions) -> int:
        # at once, not in a thread: a file made by a thread that nobody waits for any more would stay
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "w+b") as file:
                size = await self._session.download(address, file, request, **_patience(options))
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return size


def _taken_options(changes: dict[str, Any]) -> CallOptions:
    options = CallOptions()
    for name in CallOptions.__optional_keys__:
        if name in changes:
            options[name] = changes.pop(name)  # type: ignore[literal-required]  # the names come from the TypedDict
    if {"include", "exclude"} & {name for name, _ in _wire.query(options.get("query"))}:
        raise ArgumentError("update reads the whole record, since a PUT erases what it leaves out; ask for all of it")
    return options


def _itself(record: models.Integration, integration_id: str, write: Request) -> models.Integration:
    """The record, where it is the one that was asked for: any other would be written over it.

    Raises:
        UnreadableReplyError: it is another one, or none, such as an empty object or somebody's notice.
    """
    own = record.id or (integration_id if record.last_modified is not None else None)
    if isinstance(own, str) and own.casefold() == integration_id.casefold():
        return record
    raise UnreadableReplyError(
        "integrations.update: the answer is not the integration that was asked for; nothing was written", request=write
    )


def _moved(before: models.Integration, now: models.Integration) -> bool:
    """Whether somebody wrote in between; where the server dates nothing, any difference says so."""
    if before.last_modified is None:
        return _wire.body(now) != _wire.body(before)
    return now.last_modified != before.last_modified


def _check_target(path: Path) -> None:
    """Say what is wrong with the place before anything is asked for.

    Raises:
        ArgumentError: no file can have this name.
        OSError: there is no such directory, or the path is one.
    """
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise ArgumentError(f"no file can have the name {printable(str(path), 120)!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such directory; make it first", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a directory; name a file in it", str(path))


def _patience(options: CallOptions) -> CallOptions:
    """The options that go for a signed address too; headers and query are for the API only."""
    found = CallOptions()
    if "timeout" in options:
        found["timeout"] = options["timeout"]
    if "retry" in options:
        found["retry"] = options["retry"]
    return found


def _signed_address(template: models.TemplateDownload) -> Secret | None:
    found = template.to_wire()
    names = (name for name in ("signedURL", "signedUrl", "url") if isinstance(found.get(name), str) and found[name])
    return next((Secret(found[name]) for name in names), None)
