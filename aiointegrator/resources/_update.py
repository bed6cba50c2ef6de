"""What `update` writes over a record: changes under the names of the API, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import _exact_json, _wire, models
from .._text import printable
from ..config import CallOptions
from ..errors import ArgumentError

_MASK = "***"
_OPTIONS = frozenset({*CallOptions.__optional_keys__, "dry_run", "extra"})


def overlay_of(changes: Mapping[str, Any], extra: Mapping[str, object] | None) -> dict[str, Any]:
    """The changes of an integration, and what is `extra`, under the names of the API as plain JSON.

    Raises:
        ArgumentError: nothing to change, a field that there is not or that only the server sets, a field that is named
            twice, a value that JSON cannot say or that is only a mask.
    """
    if not isinstance(extra, Mapping | None):
        raise ArgumentError(f"extra must be a mapping of field names to values, not {type(extra).__name__}")
    if not changes and not extra:
        raise ArgumentError("nothing to update; name at least one field, such as name='New name'")
    known = _names_of(models.IntegrationWrite)
    _refuse_owned((*changes, *(extra or ())), known)
    _refuse_unknown(changes, known)
    _refuse_extra(extra or {}, known)
    overlay = {known[name]: value for name, value in changes.items()}
    if len(overlay) < len(changes):
        raise ArgumentError("a field is named twice, as Python spells it and as the API does; name it once")
    plain: dict[str, Any] = _exact_json.read(_wire.body({**overlay, **(extra or {})}) or b"", strict=True)
    refuse_masked(plain)
    return plain


def _names_of(model: type[models.Record]) -> dict[str, str]:
    """Both spellings of each field of a model, and the name that the API knows it by."""
    aliases = {name: field.alias or name for name, field in model.model_fields.items()}
    return {wire: wire for wire in aliases.values()} | aliases


def _refuse_owned(names: tuple[object, ...], known: Mapping[str, str]) -> None:
    owned = {name: wire for name, wire in _names_of(models.Integration).items() if name not in known}
    wrong = sorted({owned[name] for name in names if isinstance(name, str) and name in owned})
    if wrong:
        hint = "; see register_connections" if "_registeredConnectionIds" in wrong else ""
        raise ArgumentError(f"only the server sets {', '.join(wrong)}; leave it out{hint}")


def _refuse_unknown(changes: Mapping[str, Any], known: Mapping[str, str]) -> None:
    unknown = [name for name in changes if name not in known]
    if unknown:
        named = ", ".join(f"{_quoted(name)}{_nearest(name, known)}" for name in unknown)
        raise ArgumentError(
            f"an integration has no field {named}; a field that this library does not know yet goes into "
            f"extra={{{_quoted(unknown[0])}: ...}}"
        )


def _refuse_extra(extra: Mapping[str, object], known: Mapping[str, str]) -> None:
    for name in extra:
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"{printable(repr(name), 60)} in extra cannot be the name of a field")
        if name in known:
            raise ArgumentError(f"extra is for fields that this library does not know; give {name}= beside it instead")
        if name in _OPTIONS:
            raise ArgumentError(f"{name} in extra is not a field but an option of the call; give {name}= beside it")


def _nearest(name: str, known: Mapping[str, str]) -> str:
    """The known name that comes nearest, as a question."""
    from difflib import get_close_matches  # for the rare mistake

    spelled = {candidate.casefold(): candidate for candidate in (*_OPTIONS, *known)}
    found = get_close_matches(name.casefold(), spelled, n=1)
    return f" (did you mean {_quoted(spelled[found[0]])}?)" if found else ""


def _quoted(name: str) -> str:
    return f'"{printable(name, 60)}"'


def refuse_masked(document: Mapping[str, Any]) -> None:
    """Refuse a document with a masked secret in it.

    Raises:
        ArgumentError: a text in it is only asterisks; the error says where.
    """
    for place, value in _texts(document, ""):
        if len(value) >= len(_MASK) and not value.strip("*"):
            raise ArgumentError(
                f"the field {printable(place, 120)} holds a masked secret (only asterisks); writing it would "
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
