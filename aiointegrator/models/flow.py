# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: FlowLogging, PageProcessorHooks, Flow, FlowSchedule, PageGenerator, PageProcessor, Router, Branch."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Maybe, ParsedTime, Record
from .common import AiDescription, Alias, ResourceBase, ScriptRef


class FlowLogging(Record):
    """How much a flow logs."""

    debug_until: Maybe[str] = Field(None, alias="debugUntil")
    debug_until_datetime = ParsedTime("debug_until")
    mode: Maybe[str] = None


class PageProcessorHooks(Record):
    """Scripts around a step."""

    post_response_map: Maybe[ScriptRef] = Field(None, alias="postResponseMap")


class Flow(ResourceBase):
    """A flow. Its steps are `page_processors` or `routers`; old ones have `_exportId` and `_importId`.

    Attributes:
        schedule: Six-field cron text, or a structured schedule.
        export_id: Legacy one-step source reference.
        import_id: Legacy one-step destination reference.
    """

    description: Maybe[str] = None
    disabled: Maybe[bool] = None
    schedule: Maybe[str | FlowSchedule] = None
    timezone: Maybe[str] = None
    integration_id: Maybe[str] = Field(None, alias="_integrationId")
    flow_grouping_id: Maybe[str] = Field(None, alias="_flowGroupingId")
    page_generators: Maybe[list[PageGenerator]] = Field(None, alias="pageGenerators")
    page_processors: Maybe[list[PageProcessor]] = Field(None, alias="pageProcessors")
    routers: Maybe[list[Router]] = None
    skip_retries: Maybe[bool] = Field(None, alias="skipRetries")
    run_page_generators_in_parallel: Maybe[bool] = Field(None, alias="runPageGeneratorsInParallel")
    auto_resolve_matching_trace_keys: Maybe[bool] = Field(None, alias="autoResolveMatchingTraceKeys")
    run_next_flow_ids: Maybe[list[str]] = Field(None, alias="_runNextFlowIds")
    run_next_export_ids: Maybe[list[str]] = Field(None, alias="_runNextExportIds")
    is_abstract: Maybe[bool] = Field(None, alias="isAbstract")
    abstract_flow_id: Maybe[str] = Field(None, alias="_abstractFlowId")
    overrides: Any = None
    overrides_helper: Any = Field(None, alias="overridesHelper")
    num_instances: Maybe[int] = Field(None, alias="numInstances")
    logging: Maybe[FlowLogging] = None
    settings: Any = None
    settings_form: Maybe[dict[str, Any]] = Field(None, alias="settingsForm")
    aliases: Maybe[list[Alias]] = None
    free: Maybe[bool] = None
    wizard_state: Maybe[str] = Field(None, alias="wizardState")
    template_id: Maybe[str] = Field(None, alias="_templateId")
    source_id: Maybe[str] = Field(None, alias="_sourceId")
    connector_id: Maybe[str] = Field(None, alias="_connectorId")
    last_executed_at: Maybe[str] = Field(None, alias="lastExecutedAt")
    last_executed_at_datetime = ParsedTime("last_executed_at")
    resolved_at: Maybe[str] = Field(None, alias="resolvedAt")
    resolved_at_datetime = ParsedTime("resolved_at")
    ai_description: Maybe[AiDescription] = Field(None, alias="aiDescription")
    export_id: Maybe[str] = Field(None, alias="_exportId")
    import_id: Maybe[str] = Field(None, alias="_importId")


class FlowSchedule(Record):
    """A structured schedule."""

    cron: Maybe[str] = None
    frequency: Maybe[str] = None
    days: Any = None
    start_date: Maybe[str] = Field(None, alias="startDate")
    end_date: Maybe[str] = Field(None, alias="endDate")


class PageGenerator(Record):
    """A source of a flow."""

    export_id: Maybe[str] = Field(None, alias="_exportId")
    schedule: Maybe[str] = None
    skip_retries: Maybe[bool] = Field(None, alias="skipRetries")
    setup_in_progress: Maybe[bool] = Field(None, alias="setupInProgress")
    keep_delta_behind_flow_id: Maybe[str] = Field(None, alias="_keepDeltaBehindFlowId")
    keep_delta_behind_export_id: Maybe[str] = Field(None, alias="_keepDeltaBehindExportId")


class PageProcessor(Record):
    """A step of a flow: a lookup or an import."""

    type: Maybe[str] = None
    export_id: Maybe[str] = Field(None, alias="_exportId")
    import_id: Maybe[str] = Field(None, alias="_importId")
    proceed_on_failure: Maybe[bool] = Field(None, alias="proceedOnFailure")
    setup_in_progress: Maybe[bool] = Field(None, alias="setupInProgress")
    response_mapping: Maybe[dict[str, Any]] = Field(None, alias="responseMapping")
    hooks: Maybe[PageProcessorHooks] = None


class Router(Record):
    """Where a flow branches."""

    id: Maybe[str] = None
    name: Maybe[str] = None
    route_records_to: Maybe[str] = Field(None, alias="routeRecordsTo")
    route_records_using: Maybe[str] = Field(None, alias="routeRecordsUsing")
    script: Maybe[ScriptRef] = None
    branches: Maybe[list[Branch]] = None
    next_router_id: Maybe[str] = Field(None, alias="nextRouterId")


class Branch(Record):
    """One way out of a router."""

    name: Maybe[str] = None
    description: Maybe[str] = None
    input_filter: Maybe[dict[str, Any]] = Field(None, alias="inputFilter")
    page_processors: Maybe[list[PageProcessor]] = Field(None, alias="pageProcessors")
    next_router_id: Maybe[str] = Field(None, alias="nextRouterId")
