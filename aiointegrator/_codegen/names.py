"""How a wire name is called in Python; the only place that decides."""

from __future__ import annotations

import keyword
import re

RESERVED = frozenset({"construct", "copy", "dict", "json", "schema", "schema_json", "to_wire", "validate"}) | {
    *("from_orm", "parse_file", "parse_obj", "parse_raw", "update_forward_refs"),
    *("model_config", "model_extra", "model_fields", "model_fields_set"),
}
"""Names that a model has already: pydantic's, and our base's."""


def attribute(wire: str) -> str:
    """`_id` is `id`, `_integrationId` is `integration_id`, `signedURL` is `signed_url`; keywords gain an underscore."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", wire.lstrip("_"))
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", words).lower()
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


def constant(name: str, *, plural: bool = False) -> str:
    """`InstallStep` is `_INSTALL_STEP`, and many of them `_INSTALL_STEPS`."""
    word = attribute(name).rstrip("_").replace("a_share", "ashare")
    if plural:
        word = word.removesuffix("y") + "ies" if word.endswith("y") else word + "s"
    return f"_{word.upper()}"
