# Generated from openapi.yaml by `make codegen`; change the description, not this file.
"""Models: TemplateDownload."""

from __future__ import annotations

from pydantic import Field

from ._base import Maybe, Record


class TemplateDownload(Record):
    """Where a template can be downloaded.

    Attributes:
        signed_url: Pre-signed storage address; expires; fetch it without the API token.
        signed_url_variant: The same under another spelling that clients have met.
        url: The same under a third name that clients have met.
    """

    signed_url: Maybe[str] = Field(None, alias="signedURL", repr=False)
    signed_url_variant: Maybe[str] = Field(None, alias="signedUrl", repr=False)
    url: Maybe[str] = Field(None, repr=False)
    key: Maybe[str] = None
