# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: InstallStep, StepSubmission, SourceConnection."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._base import Id, Maybe, Record


class InstallStep(Record):
    """A step of an installation or its removal.

    Attributes:
        type: Letter case varies between sources.
    """

    name: Maybe[str] = None
    description: Maybe[str] = None
    type: Maybe[str] = None
    completed: Maybe[bool] = None
    is_current_step: Maybe[bool] = Field(None, alias="isCurrentStep")
    connection_id: Maybe[str] = Field(None, alias="_connectionId")
    stack_id: Maybe[str] = Field(None, alias="_stackId")
    script_id: Maybe[str] = Field(None, alias="_scriptId")
    source_connection: Maybe[SourceConnection] = Field(None, alias="sourceConnection")
    url: Maybe[str] = None
    install_url: Maybe[str] = Field(None, alias="installURL")
    image_url: Maybe[str] = Field(None, alias="imageURL")
    template_zip: Maybe[bool] = Field(None, alias="templateZip")
    is_clone: Maybe[bool] = Field(None, alias="isClone")
    installer_function: Maybe[str] = Field(None, alias="installerFunction")
    uninstaller_function: Maybe[str] = Field(None, alias="uninstallerFunction")
    init_form_function: Maybe[str] = Field(None, alias="initFormFunction")
    function: Maybe[str] = None
    form: Maybe[dict[str, Any]] = None
    options: Maybe[dict[str, Any]] = None


class StepSubmission(Record):
    """Shape depends on the step: form values for a form step, `_connectionId` or `connection` for a
    connection step, `_stackId` for a stack step, empty otherwise.
    """

    connection_id: Maybe[str] = Field(None, alias="_connectionId")
    connection: Maybe[dict[str, Any]] = None
    stack_id: Maybe[str] = Field(None, alias="_stackId")


class SourceConnection(Record):
    """The connection that a step was made from."""

    id: Id = Field("", alias="_id")
    type: Maybe[str] = None
    name: Maybe[str] = None
