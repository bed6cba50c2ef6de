# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""The keywords of `update`: fields as Python spells them and as the API does, and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import models
from ..config import CallOptions


class IntegrationChanges(CallOptions, total=False):
    """New values of the fields of an integration, under either spelling, and the options of a call.

    Attributes:
        syncs: Marks a data-sync integration; set on creation.
    """

    name: str | None
    description: str | None
    readme: str | None
    mode: str | None
    install: Sequence[models.InstallStep | Mapping[str, Any]] | None
    install_steps: Sequence[models.InstallStep | Mapping[str, Any]] | None
    installSteps: Sequence[models.InstallStep | Mapping[str, Any]] | None
    uninstall_steps: Sequence[models.InstallStep | Mapping[str, Any]] | None
    uninstallSteps: Sequence[models.InstallStep | Mapping[str, Any]] | None
    change_edition_steps: Sequence[models.InstallStep | Mapping[str, Any]] | None
    changeEditionSteps: Sequence[models.InstallStep | Mapping[str, Any]] | None
    init_child: Mapping[str, Any] | None
    initChild: Mapping[str, Any] | None
    update: Mapping[str, Any] | None
    flow_groupings: Sequence[models.Grouping | Mapping[str, Any]] | None
    flowGroupings: Sequence[models.Grouping | Mapping[str, Any]] | None
    api_groupings: Sequence[models.Grouping | Mapping[str, Any]] | None
    apiGroupings: Sequence[models.Grouping | Mapping[str, Any]] | None
    aliases: Sequence[models.Alias | Mapping[str, Any]] | None
    settings: Any
    settings_form: Mapping[str, Any] | None
    settingsForm: Mapping[str, Any] | None
    version: str | None
    tag: str | None
    update_in_progress: bool | None
    updateInProgress: bool | None
    sandbox: bool | None
    syncs: bool | None
