"""`client.integrations`: the generated coroutines, and by hand the jobs that take more than one of them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from . import _wire
from ._messages import Request
from .config import CallOptions
from .endpoints.integrations import Integrations as GeneratedIntegrations
from .errors import ArgumentError, ConflictError, NotFoundError, StatusError, UnreadableReplyError
from .models import Integration, TemplateDownload
from .models._base import one

_TEMPLATE = one(TemplateDownload)
_MASK = "***"


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was downloaded: where it lies, and its size in bytes."""

    path: Path
    size: int


class Integrations(GeneratedIntegrations):
    """Integrations and what hangs on them."""

    async def update(self, integration_id: str, **changes: Any) -> Integration | None:
        """Change some fields of an integration and keep all others: read, overlay, check, replace.

        PUT erases what it leaves out, so the whole record is read and sent back. Right before that it is read again:
        where `lastModified` has moved, somebody else was quicker and nothing is written. That narrows the window
        between reading and writing; the API offers nothing that closes it.

        GET, GET, PUT /v1/integrations/{_id} -> 200

        Args:
            integration_id: the integration's `_id`.
            changes: new values by field name, as Python spells it (`flow_groupings`) or as the API does
                (`flowGroupings`), beside the options of every call (`timeout`, `retry`, `headers`, `query`).

        Returns:
            The integration as stored; None where the server answers without a body.

        Raises:
            ArgumentError: no changes, a field that only the server sets, or the record holds a masked secret (only
                asterisks), which would overwrite the real one.
            ConflictError: the integration changed meanwhile; nothing was written.
            NotFoundError: 404, no such integration, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints", seen 2026-11-20.
        """
        options = _taken_options(changes)
        overlay = _overlay(changes)
        before = await self.get(integration_id, **options)
        document = before.to_wire() | overlay
        _refuse_masked(document)
        now = await self.get(integration_id, **options)
        if now.last_modified != before.last_modified:
            raise ConflictError(
                f"integration {integration_id} was changed by somebody else at {now.last_modified}; "
                "nothing was written; read it again and repeat the update"
            )
        return await self.replace(integration_id, document, **options)

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
            UnsafeLinkError: the address is not https.
            OSError: the file cannot be written.

        Source: docs.celigo.com, "Integration API endpoints", seen 2026-11-20 (its table says GET, its sample POST).
        """
        template = await self._template(integration_id, options)
        request = Request("integrations.download_template", "GET", "(signed address)", timeout=300.0)
        address = _signed_address(template, request)
        size = await self._save(address, Path(path), request)
        return Downloaded(Path(path), size)

    async def _template(self, integration_id: str, options: CallOptions) -> TemplateDownload:
        try:
            return await self.get_template(integration_id, **options)
        except StatusError as error:
            if not isinstance(error, NotFoundError) and error.status != 405:
                raise
        path = _wire.fill("/v1/integrations/{integrationId}/template", integrationId=integration_id)
        return await self._session.fetch(Request("integrations.get_template", "POST", path), _TEMPLATE, **options)

    async def _save(self, address: str, path: Path, request: Request) -> int:
        handle, name = await asyncio.to_thread(
            tempfile.mkstemp, prefix=f".{path.name}.", suffix=".part", dir=path.parent
        )
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                size = await self._session.download(
                    address, lambda chunk: asyncio.to_thread(file.write, chunk), request
                )
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
    return options


def _overlay(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes under the names of the wire."""
    if not changes:
        raise ArgumentError("nothing to update; name at least one field, such as name='New name'")
    aliases = {name: field.alias or name for name, field in Integration.model_fields.items()}
    overlay = {aliases.get(name, name): value for name, value in changes.items()}
    owned = sorted(name for name in overlay if name in _wire.READ_ONLY_FIELDS)
    if owned:
        raise ArgumentError(f"only the server sets {', '.join(owned)}; leave it out")
    return overlay


def _refuse_masked(document: Mapping[str, Any]) -> None:
    for place, value in _texts(document, ""):
        if len(value) >= len(_MASK) and not value.strip("*"):
            raise ArgumentError(
                f"the field {_wire.printable(place, 120)} holds a masked secret (only asterisks); writing it would "
                "overwrite the real one, so nothing was written; give the secret itself, or change it in integrator.io"
            )


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")


def _signed_address(template: TemplateDownload, request: Request) -> str:
    found = template.to_wire()
    for name in ("signedURL", "signedUrl", "url"):
        if isinstance(found.get(name), str) and found[name]:
            return str(found[name])
    raise UnreadableReplyError("integrations.get_template: the answer names no signed address", request=request)
