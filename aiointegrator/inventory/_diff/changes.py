"""What became of one record, and how it is shown without its secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from math import isfinite
from typing import Any, Literal

from ... import _exact_json
from .._redact.redaction import Redaction
from .fields import FieldAction, Located, name_of, names_of
from .json_pointer import Step, Steps, pointer

Action = Literal["added", "removed", "changed", "moved"]
FIELDS_WITHOUT_RIGHTS = ("/sharedWithUser/name", "/sharedWithUser/email", "/lastModified", "/createdAt", "/createdVia")
"""Of a share, what is no right. A field that nobody has heard of counts as one."""
HIDDEN = "[redacted]"
DEEP = "[nested too deeply to show]"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is not the same in the two records.

    Attributes:
        action: `added`, `removed`, `changed`, or `reordered`: a list, whose values are then what its items are called.
        old_at, new_at: the keys and indexes that lead to it in the old and in the new record; None where it is not
            there. Both are empty where the records could not be compared field by field, and are their whole texts.
        old, new: its values; None where there is none. A number that Python would change (1.10, 1e400) is its text;
            `old_json` and `new_json` tell it from a text.
        within: what the items of lists are called in which it stands, such as an integration's id.
    """

    action: FieldAction
    old_at: Steps | None
    new_at: Steps | None
    old: Any = None
    new: Any = None
    within: tuple[str, ...] = ()
    _exact: tuple[Any, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def old_json(self) -> str:
        """The old value as JSON, in which every number has the digits with which it was written."""
        return _json(self._exact[0] if self._exact else self.old)

    @property
    def new_json(self) -> str:
        """The new value as JSON, in which every number has the digits with which it was written."""
        return _json(self._exact[1] if self._exact else self.new)

    @property
    def old_path(self) -> str | None:
        """Where it stands in the old record, as a JSON Pointer."""
        return None if self.old_at is None else pointer(self.old_at)

    @property
    def new_path(self) -> str | None:
        """Where it stands in the new record, as a JSON Pointer."""
        return None if self.new_at is None else pointer(self.new_at)

    @property
    def path(self) -> str:
        """Where it stands: in the new record, or in the old one where it was removed."""
        return pointer((self.old_at if self.new_at is None else self.new_at) or ())


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record that is not the same in the two inventories.

    Attributes:
        action: `added`, `removed`, `changed`, or `moved` from one integration to another, perhaps with changes.
        kind: `integrations`, `flows`, ….
        integration: whose it is (for an integration, its own id); None where it belongs to none.
        before: of a record that moved, whose it was.
        id: its `_id`; None where it has none that is a text.
        name: its name; of a share, the person's name and e-mail address. None where it has none.
        fields: what differs, where it changed or moved.
        right: whether it changes what somebody may do.
        last_modified: when the server last saw it changed, as it says.
    """

    action: Action
    kind: str
    integration: str | None
    before: str | None
    id: str | None
    name: str | None
    fields: tuple[FieldChange, ...]
    right: bool
    last_modified: str | None
    _old: bytes | None = field(default=None, repr=False)
    _new: bytes | None = field(default=None, repr=False)

    @property
    def old(self) -> dict[str, Any] | None:
        """The old record, as `Inventory.records` gives it; None where there is none."""
        return None if self._old is None else dict(_exact_json.read_plain(self._old))

    @property
    def new(self) -> dict[str, Any] | None:
        """The new record, as `Inventory.records` gives it; None where there is none."""
        return None if self._new is None else dict(_exact_json.read_plain(self._new))

    def redacted(self, redaction: Redaction) -> RecordChange:
        """A copy whose values are shown as this hides them. What changed is still seen.

        Raises:
            ConfigurationError: on first use, the redaction has no usable key.
        """
        old, new = (None if data is None else redaction.line(data) for data in (self._old, self._new))
        last = _record(old if new is None else new)
        places = _Hidden(self._old, old), _Hidden(self._new, new)
        fields = tuple(_hidden(one, *places, redaction) for one in self.fields)
        return replace(
            self, name=_name(self.kind, last), fields=fields, last_modified=_modified(last), _old=old, _new=new
        )


def record_change(
    action: Action,
    kind: str,
    owners: tuple[str | None, str | None],
    id_: str | None,
    data: tuple[bytes | None, bytes | None],
    located: Iterable[Located] = (),
) -> RecordChange:
    """Put it together: `owners` are the old and the new integration, `data` the old and the new record."""
    old, new = map(_record, data)
    last = old if data[1] is None else new
    fields = sorted((_field(one, old, new, data) for one in located), key=_order)
    right = kind == "ashares" and (action != "changed" or not all(map(is_harmless, fields)))
    before = owners[0] if action == "moved" else None
    owner = owners[0] if data[1] is None else owners[1]
    return RecordChange(
        action, kind, owner, before, id_, _name(kind, last), tuple(fields), right, _modified(last), *data
    )


def is_harmless(one: FieldChange) -> bool:
    """Whether a field of a share changes no right."""
    return one.path in FIELDS_WITHOUT_RIGHTS


def _record(data: bytes | None) -> Any:
    return None if data is None else _exact_json.read(data)


def _name(kind: str, record: Any) -> str | None:
    if type(record) is not dict:
        return None
    if kind != "ashares":
        return _text(record.get("name"))
    person = record.get("sharedWithUser")
    if type(person) is not dict:
        return None
    name, email = _text(person.get("name")), _text(person.get("email"))
    return f"{name} <{email}>" if name and email else name or email


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    return _exact_json.write(value)[:100]


def _modified(record: Any) -> str | None:
    found = record.get("lastModified") if type(record) is dict else None
    return found if type(found) is str else None


# Fields


def _field(one: Located, old: Any, new: Any, data: tuple[bytes | None, bytes | None]) -> FieldChange:
    if one.old == () and one.new == ():
        before, after = ((whole or b"").decode() for whole in data)
        return FieldChange(one.action, (), (), before, after)
    if one.action == "reordered":
        return FieldChange(one.action, one.old, one.new, list(one.olds), list(one.news))
    return _changed(one.action, (one.old, _value(old, one.old)), (one.new, _value(new, one.new)), one.within)


def _changed(
    action: FieldAction, old: tuple[Steps | None, Any], new: tuple[Steps | None, Any], within: tuple[str, ...]
) -> FieldChange:
    """Put it together: `old` and `new` are where the value stands and the value itself."""
    plain = _plain(old[1]), _plain(new[1])
    exact = DEEP if plain[0] == DEEP else old[1], DEEP if plain[1] == DEEP else new[1]
    return FieldChange(action, old[0], new[0], *plain, within, exact)


def _json(value: Any) -> str:
    return _exact_json.write(value, separators=None)


def _plain(value: Any) -> Any:
    """The value as Python has it, with numbers that Python would change as texts."""
    try:
        return _without_kept(value)
    except _TooDeepError:
        return DEEP


class _TooDeepError(Exception):
    """Something in it is nested too deeply."""


def _without_kept(value: Any) -> Any:
    if type(value) is dict:
        return {key: _without_kept(inside) for key, inside in value.items()}
    if type(value) is list:
        return [_without_kept(inside) for inside in value]
    if type(value) is _exact_json.AsWritten:
        raise _TooDeepError
    if type(value) is float and not isfinite(value):
        return repr(value)
    return value.text if type(value) in (_exact_json.Number, _exact_json.WholeNumber) else value


def _value(record: Any, steps: Steps | None) -> Any:
    if steps is None:
        return None
    for step in steps:
        record = record[step]
    return record


def _order(one: FieldChange) -> tuple[Any, ...]:
    """Rights first, indexes by their size."""
    steps = (one.old_at if one.new_at is None else one.new_at) or ()
    return is_harmless(one), [(type(step) is str, step) for step in steps], one.action == "added"


# Without secrets


class _Hidden:
    """A record as it is and as it is shown, in which a place can be found."""

    def __init__(self, raw: bytes | None, shown: bytes | None) -> None:
        self.raw, self.shown, self.text = _record(raw), _record(shown), (shown or b"").decode()

    def find(self, steps: Steps | None) -> tuple[Steps | None, Any]:
        """The place with its keys as they are shown, and what is shown there."""
        if steps is None:
            return None, None
        raw, shown = self.raw, self.shown
        keys: list[Step] = []
        for step in steps:
            if type(shown) is not type(raw):  # what it stands in is hidden as a whole
                return (*keys, HIDDEN), shown
            key: Any = step
            if type(raw) is dict and step not in shown:
                key = next((name for name, old in zip(shown, raw, strict=False) if old == step), HIDDEN)
            keys.append(key)
            raw, shown = raw[step], shown[key] if type(shown) is list or key in shown else HIDDEN
        return tuple(keys), shown

    def items(self, steps: Steps | None) -> Iterator[tuple[Any, Any]]:
        """The items of lists on the way to a place, and of the list that is there, each with what is shown of it."""
        raw, shown = self.raw, self.shown
        for step in steps or ():
            inside = type(shown) is type(raw) and (type(raw) is list or step in shown)
            raw, shown, listed = raw[step], shown[step] if inside else None, type(raw) is list
            if listed:
                yield raw, shown
        if type(raw) is list:
            yield from zip_longest(raw, shown if type(shown) is list else ())


def _hidden(one: FieldChange, old: _Hidden, new: _Hidden, redaction: Redaction) -> FieldChange:
    if one.old_at == () and one.new_at == ():
        return replace(one, old=old.text, new=new.text)
    (old_at, before), (new_at, after) = old.find(one.old_at), new.find(one.new_at)
    if one.action == "reordered":
        before = list(_names(one.old, old.items(one.old_at), redaction))
        after = list(_names(one.new, new.items(one.new_at), redaction))
    items = old.items(one.old_at) if one.new_at is None else new.items(one.new_at)
    return FieldChange(one.action, old_at, new_at, before, after, tuple(_names(one.within, items, redaction)))


def _names(names: Iterable[str], items: Iterable[tuple[Any, Any]], redaction: Redaction) -> Iterator[str]:
    """The names of items as they are shown: a name is hidden where the field that it comes from is hidden."""
    shown = {name: name_of(hidden, key) for raw, hidden in items for key, name in names_of(raw)} if names else {}
    for name in names:
        yield redaction.text(name) if name not in shown else shown[name] or HIDDEN
