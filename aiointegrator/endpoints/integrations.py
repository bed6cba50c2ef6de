# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""The operations on integrations and what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Unpack

from .. import _wire, models
from .._decoding.shapes import ItemsShape, Shape, any_of, items, maybe, nothing, one, one_or_none, steps
from .._messages import Request
from ..config import CallOptions
from ..models._items import Items
from ..pager import Pager
from ..session import SessionManager

_ASHARES: ItemsShape[models.AShare] = items("AShare")
_AUDIT_ENTRIES: ItemsShape[models.AuditEntry] = items("AuditEntry", under="audit", log=True)
_CLONE_RESULT: Shape[models.CloneResult] = any_of("CloneResult")
_CONNECTIONS: ItemsShape[models.Connection] = items("Connection")
_DEPENDENCY_MAP: Shape[models.DependencyMap] = any_of("DependencyMap", empty={})
_EXPORTS: ItemsShape[models.Export] = items("Export")
_FLOWS: ItemsShape[models.Flow] = items("Flow")
_IMPORTS: ItemsShape[models.Import] = items("Import")
_INSTALL_STEPS: ItemsShape[models.InstallStep] = steps("InstallStep", under="steps")
_INTEGRATION: Shape[models.Integration] = one("Integration")
_INTEGRATIONS: ItemsShape[models.Integration] = items("Integration")
_MAYBE_INTEGRATION: Shape[models.Integration | None] = maybe("Integration")
_MAYBE_REVISION: Shape[models.Revision | None] = one_or_none("Revision")
_NOTHING: Shape[None] = nothing()
_TEMPLATE_DOWNLOAD: Shape[models.TemplateDownload] = one("TemplateDownload")


class Integrations:
    """The operations on integrations and what hangs on them."""

    def __init__(self, session: SessionManager) -> None:
        self._session = session

    def list(
        self,
        *,
        include: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[models.Integration]:
        """List the integrations that the token may see.

        GET /v1/integrations -> 200, 204 (an empty list)

        Args:
            include: Comma-separated field paths to add to the summary projection. Excludes `exclude`.
            exclude: Comma-separated field paths to leave out. Excludes `include`.
            limit: records per page that the server is asked for; every page is read whatever it is. None leaves
                it to the server.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `Integration`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: `include` together with `exclude` or a `limit` below 1; raised before anything is
                sent.

        Source: docs.celigo.com, "Integration API endpoints"; developer.celigo.com; seen 2026-11-20.
        """
        request = Request(
            "integrations.list",
            "GET",
            "/v1/integrations",
            query=_wire.query({"include": include, "exclude": exclude, "limit": limit}),
        )
        return Pager(self._session, request, _INTEGRATIONS, options)

    async def create(
        self, body: models.IntegrationWrite | Mapping[str, Any], **options: Unpack[CallOptions]
    ) -> models.Integration:
        """Create an integration.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        POST /v1/integrations -> 201, 200

        Args:
            body: a model, or a mapping under the API's own names.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            `Integration`.

        Raises:
            ArgumentError: a body that JSON cannot hold; raised before anything is sent.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request("integrations.create", "POST", "/v1/integrations", body=_wire.body(body), repeat="unsafe")
        return await self._session.fetch(request, _INTEGRATION, **options)

    async def get(self, integration_id: str, **options: Unpack[CallOptions]) -> models.Integration:
        """Read one integration.

        GET /v1/integrations/{integrationId} -> 200

        Args:
            integration_id: the integration's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            `Integration`.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.get", "GET", f"/v1/integrations/{_wire.segment('integrationId', integration_id)}"
        )
        return await self._session.fetch(request, _INTEGRATION, **options)

    async def replace(
        self,
        integration_id: str,
        body: models.Integration | models.IntegrationWrite | Mapping[str, Any],
        *,
        keep_read_only: bool = False,
        **options: Unpack[CallOptions],
    ) -> models.Integration | None:
        """Replace a whole integration; fields that are left out are lost. See `update` for changing some.

        A read-only client refuses it.

        PUT /v1/integrations/{integrationId} -> 200, 204 (no body)

        Args:
            integration_id: the integration's `_id`.
            body: a model, or a mapping under the API's own names.
            keep_read_only: send `_id`, `createdAt`, `lastModified`, `lastModifiedBy` too, which are left out
                otherwise.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            The `Integration`; None where the server answers without one.

        Raises:
            ArgumentError: an id that cannot be a path segment or a body that JSON cannot hold; raised before
                anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.replace",
            "PUT",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}",
            body=_wire.body(body, leave_out=() if keep_read_only else _wire.READ_ONLY_FIELDS),
            repeat="idempotent",
        )
        return await self._session.fetch(request, _MAYBE_INTEGRATION, **options)

    async def patch(
        self,
        integration_id: str,
        operations: Sequence[models.JsonPatchOperation | Mapping[str, Any]],
        **options: Unpack[CallOptions],
    ) -> models.Integration | None:
        """Change a few fields that the server allows, with a JSON Patch array (RFC 6902).

        The help centre lists settings, version, tag, updateInProgress, flowGroupings[*].settings and aliases as
        patchable. The vendor CLI accepts apiGroupings, flowGroupings and settings. Only `replace` and `remove`
        are evidenced. The media type sent by clients is application/json.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        PATCH /v1/integrations/{integrationId} -> 204 (no body), 200

        Args:
            integration_id: the integration's `_id`.
            operations: one or more entries.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            The `Integration`; None where the server answers without one.

        Raises:
            ArgumentError: an id that cannot be a path segment or an empty `operations`; raised before anything
                is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; celigo-cli 2026.8.6; seen 2026-11-20.
        """
        request = Request(
            "integrations.patch",
            "PATCH",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}",
            body=_wire.body(operations, least=1),
            repeat="unsafe",
        )
        return await self._session.fetch(request, _MAYBE_INTEGRATION, **options)

    async def delete(self, integration_id: str, **options: Unpack[CallOptions]) -> None:
        """Delete an integration.

        A read-only client refuses it.

        DELETE /v1/integrations/{integrationId} -> 204 (no body), 200

        Args:
            integration_id: the integration's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            Nothing; the server's answer is not specified.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.delete",
            "DELETE",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}",
            repeat="idempotent",
        )
        await self._session.fetch(request, _NOTHING, **options)

    async def clone(
        self,
        integration_id: str,
        body: models.CloneRequest | Mapping[str, Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> models.CloneResult:
        """Copy an integration, optionally into another environment. May run for minutes.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        POST /v1/integrations/{integrationId}/clone -> 201, 200

        Args:
            integration_id: the integration's `_id`.
            body: a model, or a mapping under the API's own names; None sends no body.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            `CloneResult`.

        Raises:
            ArgumentError: an id that cannot be a path segment or a body that JSON cannot hold; raised before
                anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; celigo-cli 2026.8.6; seen 2026-11-20.
        """
        request = Request(
            "integrations.clone",
            "POST",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/clone",
            body=_wire.body(body),
            repeat="unsafe",
            timeout=360.0,
        )
        return await self._session.fetch(request, _CLONE_RESULT, **options)

    def list_flows(
        self,
        integration_id: str,
        *,
        include: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[models.Flow]:
        """List the flows of an integration.

        GET /v1/integrations/{integrationId}/flows -> 200, 204 (an empty list)

        Args:
            integration_id: the integration's `_id`.
            include: Comma-separated field paths to add to the summary projection. Excludes `exclude`.
            exclude: Comma-separated field paths to leave out. Excludes `include`.
            limit: records per page that the server is asked for; every page is read whatever it is. None leaves
                it to the server.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `Flow`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: an id that cannot be a path segment or `include` together with `exclude` or a `limit`
                below 1; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.list_flows",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/flows",
            query=_wire.query({"include": include, "exclude": exclude, "limit": limit}),
        )
        return Pager(self._session, request, _FLOWS, options)

    def list_connections(
        self,
        integration_id: str,
        *,
        include: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[models.Connection]:
        """List the connections registered with an integration; secrets are masked.

        GET /v1/integrations/{integrationId}/connections -> 200, 204 (an empty list)

        Args:
            integration_id: the integration's `_id`.
            include: Comma-separated field paths to add to the summary projection. Excludes `exclude`.
            exclude: Comma-separated field paths to leave out. Excludes `include`.
            limit: records per page that the server is asked for; every page is read whatever it is. None leaves
                it to the server.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `Connection`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: an id that cannot be a path segment or `include` together with `exclude` or a `limit`
                below 1; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.list_connections",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/connections",
            query=_wire.query({"include": include, "exclude": exclude, "limit": limit}),
        )
        return Pager(self._session, request, _CONNECTIONS, options)

    async def register_connections(
        self, integration_id: str, connection_ids: Sequence[str], **options: Unpack[CallOptions]
    ) -> None:
        """Register several connections with an integration.

        A read-only client refuses it.

        PUT /v1/integrations/{integrationId}/connections/register -> 200, 204 (no body)

        Args:
            integration_id: the integration's `_id`.
            connection_ids: one or more entries.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            Nothing; the server's answer is not specified.

        Raises:
            ArgumentError: an id that cannot be a path segment or an empty `connection_ids`; raised before
                anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.register_connections",
            "PUT",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/connections/register",
            body=_wire.body(connection_ids, least=1),
            repeat="idempotent",
        )
        await self._session.fetch(request, _NOTHING, **options)

    async def register_connection(
        self, integration_id: str, connection_id: str, **options: Unpack[CallOptions]
    ) -> None:
        """Register one connection with an integration.

        A read-only client refuses it.

        PUT /v1/integrations/{integrationId}/connections/{connectionId}/register -> 200, 204 (no body)

        Args:
            integration_id: the integration's `_id`.
            connection_id: the connection's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            Nothing; the server's answer is not specified.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.register_connection",
            "PUT",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}"
            f"/connections/{_wire.segment('connectionId', connection_id)}/register",
            repeat="idempotent",
        )
        await self._session.fetch(request, _NOTHING, **options)

    async def unregister_connection(
        self, integration_id: str, connection_id: str, **options: Unpack[CallOptions]
    ) -> None:
        """Take a connection out of an integration; the connection itself stays.

        A read-only client refuses it.

        DELETE /v1/integrations/{integrationId}/connections/{connectionId}/register -> 204 (no body), 200

        Args:
            integration_id: the integration's `_id`.
            connection_id: the connection's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            Nothing; the server's answer is not specified.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.unregister_connection",
            "DELETE",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}"
            f"/connections/{_wire.segment('connectionId', connection_id)}/register",
            repeat="idempotent",
        )
        await self._session.fetch(request, _NOTHING, **options)

    def list_exports(
        self,
        integration_id: str,
        *,
        include: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[models.Export]:
        """List the exports of an integration, lookups included.

        GET /v1/integrations/{integrationId}/exports -> 200, 204 (an empty list)

        Args:
            integration_id: the integration's `_id`.
            include: Comma-separated field paths to add to the summary projection. Excludes `exclude`.
            exclude: Comma-separated field paths to leave out. Excludes `include`.
            limit: records per page that the server is asked for; every page is read whatever it is. None leaves
                it to the server.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `Export`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: an id that cannot be a path segment or `include` together with `exclude` or a `limit`
                below 1; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.list_exports",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/exports",
            query=_wire.query({"include": include, "exclude": exclude, "limit": limit}),
        )
        return Pager(self._session, request, _EXPORTS, options)

    def list_imports(
        self,
        integration_id: str,
        *,
        include: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[models.Import]:
        """List the imports of an integration; AI agents and guardrails are imports too.

        GET /v1/integrations/{integrationId}/imports -> 200, 204 (an empty list)

        Args:
            integration_id: the integration's `_id`.
            include: Comma-separated field paths to add to the summary projection. Excludes `exclude`.
            exclude: Comma-separated field paths to leave out. Excludes `include`.
            limit: records per page that the server is asked for; every page is read whatever it is. None leaves
                it to the server.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `Import`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: an id that cannot be a path segment or `include` together with `exclude` or a `limit`
                below 1; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.list_imports",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/imports",
            query=_wire.query({"include": include, "exclude": exclude, "limit": limit}),
        )
        return Pager(self._session, request, _IMPORTS, options)

    def list_ashares(self, integration_id: str, **options: Unpack[CallOptions]) -> Pager[models.AShare]:
        """List the ashares of an integration: the users it is shared with. The owner is not listed.

        GET /v1/integrations/{integrationId}/ashares -> 200, 204 (an empty list)

        Args:
            integration_id: the integration's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `AShare`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.list_ashares",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/ashares",
        )
        return Pager(self._session, request, _ASHARES, options)

    async def create_snapshot(
        self,
        integration_id: str,
        *,
        description: str | None = None,
        ignore_if_no_changes: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> models.Revision | None:
        """Take a snapshot revision.

        Without the query parameter, or with false, a snapshot is always taken. With true, 201 means that
        something changed and a snapshot exists; 204 means that nothing changed.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        POST /v1/integrations/{integrationId}/revisions/create -> 201, 200, 204 (no body)

        Args:
            integration_id: the integration's `_id`.
            description: text that is kept with it; None sends no description.
            ignore_if_no_changes: True takes a snapshot only where something has changed; None is the server's
                default, false.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            The `Revision`; None where the server answers without one.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.create_snapshot",
            "POST",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/revisions/create",
            query=_wire.query({"ignoreIfNoChanges": ignore_if_no_changes}),
            body=_wire.body(_wire.given({"description": description})),
            repeat="unsafe",
        )
        return await self._session.fetch(request, _MAYBE_REVISION, **options)

    async def get_install_steps(self, integration_id: str, **options: Unpack[CallOptions]) -> Items[models.InstallStep]:
        """Show the install steps of an integration. It starts the installation of an Integration App.

        The help centre gives 201 for this GET, and the web application uses it to start an install, so it must
        not be prefetched, cached or retried silently.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        GET /v1/integrations/{integrationId}/installSteps -> 200, 201, 204 (no steps left)

        Args:
            integration_id: the integration's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            The steps; empty where none is left. What stood beside them, such as `warnings`, is in `.beside`.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.get_install_steps",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/installSteps",
            repeat="unsafe",
            timeout=300.0,
        )
        return await self._session.fetch(request, _INSTALL_STEPS, **options)

    async def submit_install_step(
        self,
        integration_id: str,
        body: models.StepSubmission | Mapping[str, Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> Items[models.InstallStep]:
        """Submit an install step and move the installation forward.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        POST /v1/integrations/{integrationId}/installSteps -> 200, 201, 204 (no steps left)

        Args:
            integration_id: the integration's `_id`.
            body: a model, or a mapping under the API's own names; None sends no body.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            The steps; empty where none is left. What stood beside them, such as `warnings`, is in `.beside`.

        Raises:
            ArgumentError: an id that cannot be a path segment or a body that JSON cannot hold; raised before
                anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.submit_install_step",
            "POST",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/installSteps",
            body=_wire.body(body),
            repeat="unsafe",
            timeout=300.0,
        )
        return await self._session.fetch(request, _INSTALL_STEPS, **options)

    async def get_uninstall_steps(
        self, integration_id: str, **options: Unpack[CallOptions]
    ) -> Items[models.InstallStep]:
        """Show the uninstall steps of an integration. Treat it as having side effects.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        GET /v1/integrations/{integrationId}/uninstallSteps -> 200, 201, 204 (no steps left)

        Args:
            integration_id: the integration's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            The steps; empty where none is left. What stood beside them, such as `warnings`, is in `.beside`.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.get_uninstall_steps",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/uninstallSteps",
            repeat="unsafe",
            timeout=300.0,
        )
        return await self._session.fetch(request, _INSTALL_STEPS, **options)

    async def submit_uninstall_step(
        self,
        integration_id: str,
        body: models.StepSubmission | Mapping[str, Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> Items[models.InstallStep]:
        """Submit an uninstall step and move the removal forward. It cannot be taken back.

        It is not sent again by itself where it may have been carried out; the error then says `maybe_applied`.
        A read-only client refuses it.

        POST /v1/integrations/{integrationId}/uninstallSteps -> 201, 200, 204 (no steps left)

        Args:
            integration_id: the integration's `_id`.
            body: a model, or a mapping under the API's own names; None sends no body.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            The steps; empty where none is left. What stood beside them, such as `warnings`, is in `.beside`.

        Raises:
            ArgumentError: an id that cannot be a path segment or a body that JSON cannot hold; raised before
                anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.
            InvalidRequestError: 400 or 422, the server refuses it.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.submit_uninstall_step",
            "POST",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/uninstallSteps",
            body=_wire.body(body),
            repeat="unsafe",
            timeout=300.0,
        )
        return await self._session.fetch(request, _INSTALL_STEPS, **options)

    def list_audit(
        self,
        integration_id: str,
        *,
        from_: str | datetime | None = None,
        to: str | datetime | None = None,
        limit: int | None = None,
        action: str | None = None,
        source: str | None = None,
        by_user_id: str | None = None,
        resource_type: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[models.AuditEntry]:
        """List the changes made to an integration and to what is below it.

        GET /v1/integrations/{integrationId}/audit -> 200, 204 (an empty list)

        Args:
            integration_id: the integration's `_id`.
            from_: Earliest time, as ISO 8601 text or an aware datetime.
            to: Latest time, likewise.
            limit: records per page that the server is asked for; every page is read whatever it is. None leaves
                it to the server.
            action: What was done, such as create, update, delete, view, signin or signout.
            source: Where it was done, such as ui, api, system, connector, script, stack or sso.
            by_user_id: The `_id` of the user who did it.
            resource_type: The type of resource that it was done to, such as flow or export.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            A pager of `AuditEntry`: await it for the whole list, or iterate; nothing is sent before.

        Raises:
            ArgumentError: an id that cannot be a path segment or a `limit` below 1; raised before anything is
                sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; celigo-cli 2026.8.6; seen 2026-11-20.
        """
        request = Request(
            "integrations.list_audit",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/audit",
            query=_wire.query(
                {
                    "from": from_,
                    "to": to,
                    "limit": limit,
                    "action": action,
                    "source": source,
                    "_byUserId": by_user_id,
                    "resourceType": resource_type,
                }
            ),
        )
        return Pager(self._session, request, _AUDIT_ENTRIES, options)

    async def get_template(self, integration_id: str, **options: Unpack[CallOptions]) -> models.TemplateDownload:
        """Ask for the short-lived address from which the integration can be downloaded as a template.

        The help centre's example says POST; clients use that on 404 or 405 only.

        GET /v1/integrations/{integrationId}/template -> 200, 201

        Args:
            integration_id: the integration's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            `TemplateDownload`.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.get_template",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/template",
        )
        return await self._session.fetch(request, _TEMPLATE_DOWNLOAD, **options)

    async def get_dependencies(self, integration_id: str, **options: Unpack[CallOptions]) -> models.DependencyMap:
        """Show the resources related to an integration, by resource type.

        GET /v1/integrations/{integrationId}/dependencies -> 200, 204 (nothing)

        Args:
            integration_id: the integration's `_id`.
            options: `timeout` in seconds, `retry`, `headers` and `query` for this call alone.

        Returns:
            `DependencyMap`.

        Raises:
            ArgumentError: an id that cannot be a path segment; raised before anything is sent.
            NotFoundError: 404, no such thing, or not visible to this token.

        Source: docs.celigo.com, "Integration API endpoints"; seen 2026-11-20.
        """
        request = Request(
            "integrations.get_dependencies",
            "GET",
            f"/v1/integrations/{_wire.segment('integrationId', integration_id)}/dependencies",
        )
        return await self._session.fetch(request, _DEPENDENCY_MAP, **options)
