"""What differs inside a record, field by field.

Two records are brought into a form that deepdiff cannot misread: what is equal is left out, lists whose items have a
name of their own become objects by that name, and every other value becomes a text that says its type. So 1, 1.0, "1"
and true are four values, and no key or text of the account is ever taken for more than that.

Lists: items that all have an `_id`, `id`, `_integrationId`, `_mcpServerId` or alias, run a step of a flow, or have a
name, each its own, are matched by that; so are ids in a list such as `_registeredConnectionIds`. Their order counts
where it may mean something, such as that of a flow's steps. In any other list the order counts: of the same length,
item is compared with item, otherwise whole items come and go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import Any, Literal, NamedTuple

from ..._domain.flow_steps import STEP_KEYS, identity
from ..._exact_json import AsWritten
from ...errors import ConfigurationError
from .json_pointer import Step, Steps

DEPTH = 50
"""Below so many levels values are compared as wholes."""
LONG = 1000
"""So many items a list without names of its own may have; longer ones are compared as wholes."""
UNORDERED = frozenset({"integrationAccessLevel", "mcpServerAccessLevel", "aliases", "queues"})
_IDS = re.compile(r"_\w+Ids")
_MARK = token_hex(8)

FieldAction = Literal["added", "removed", "changed", "reordered"]


class Located(NamedTuple):
    """A difference, where it stands in each of the two records, and what items of lists are called.

    `within` are those in which it stands, `olds` and `news` those of a list that is reordered.
    """

    action: FieldAction
    old: Steps | None
    new: Steps | None
    within: tuple[str, ...] = ()
    olds: tuple[str, ...] = ()
    news: tuple[str, ...] = ()


def need_deepdiff() -> None:
    """Raise ConfigurationError where the library that compares fields is missing."""
    from importlib.util import find_spec

    if find_spec("deepdiff") is None:
        raise ConfigurationError("comparing inventories needs an extra: pip install 'aiointegrator[report]'")


def differ(old: dict[str, Any], new: dict[str, Any], *, strict: bool) -> bool:
    """Whether `differences` would find any; costs less."""
    shaper = _Shaper(strict)
    one, other = shaper.shaped(old, new, "", (), ())
    return bool(one != other or shaper.reordered)


def differences(old: dict[str, Any], new: dict[str, Any], *, strict: bool) -> list[Located]:
    """What differs between two records that `read_kept` gave; the order of every list counts where it is `strict`.

    Raises:
        RecursionError: they are nested too deeply.
    """
    shaper = _Shaper(strict)
    one, other = shaper.shaped(old, new, "", (), ())
    if one == other:
        return shaper.reordered
    from deepdiff import DeepDiff

    found = DeepDiff(one, other, view="tree", ignore_private_variables=False, threshold_to_diff_deeper=0)
    located = [_located(kind, level, one, other) for kind, levels in found.items() for level in levels]
    return [*located, *shaper.reordered] if located else [Located("changed", (), ())]


def _located(kind: str, level: Any, one: Any, other: Any) -> Located:
    if kind.endswith("_removed"):
        steps, within = _steps(level.path(output_format="list"), one)
        return Located("removed", steps, None, within)
    there, within = _steps(level.path(output_format="list", use_t2=True), other)
    if kind.endswith("_added"):
        return Located("added", None, there, within)
    return Located("changed", _steps(level.path(output_format="list"), one)[0], there, within)


def _steps(path: list[Any], shape: Any) -> tuple[Steps, tuple[str, ...]]:
    """A path into a shape as a path into the record that it was made of, and the names of the items on its way."""
    steps: list[Step] = []
    within: list[str] = []
    for key in path:
        if type(shape) is _Items:
            within.append(key)
        steps.append(shape.places[key] if type(shape) is _Items else key)
        shape = shape[key]
    return tuple(steps), tuple(within)


class _Items(dict[str, Any]):
    """A list as an object by the names of its items, and where each of them stands."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self.places = {name: place for place, name in enumerate(names)}


class _Shaper:
    """Makes the shapes of two values that are not equal."""

    def __init__(self, strict: bool) -> None:
        self.reordered: list[Located] = []
        self._strict = strict

    def shaped(self, old: Any, new: Any, name: str, old_at: Steps, new_at: Steps) -> tuple[Any, Any]:
        """Two shapes that differ where the values do; `name` is the key that they stand under."""
        if type(old) is type(new) and len(new_at) < DEPTH:
            if type(old) is dict:
                return self._objects(old, new, old_at, new_at)
            if type(old) is list:
                return self._lists(old, new, name, old_at, new_at)
        return _leaf(old), _leaf(new)

    def _objects(self, old: Any, new: Any, old_at: Steps, new_at: Steps) -> tuple[Any, Any]:
        one: dict[str, Any] = {key: _leaf(value) for key, value in old.items() if key not in new}
        other: dict[str, Any] = {key: _leaf(value) for key, value in new.items() if key not in old}
        for key, value in old.items():
            if key in new and value != new[key]:
                one[key], other[key] = self.shaped(value, new[key], key, (*old_at, key), (*new_at, key))
        return one, other

    def _lists(self, old: Any, new: Any, name: str, old_at: Steps, new_at: Steps) -> tuple[Any, Any]:
        names = _names_of_both(old, new, name)
        if names is not None:
            return self._items(old, new, *names, name, old_at, new_at)
        if max(len(old), len(new)) > LONG:
            return _leaf(old), _leaf(new)
        if len(old) != len(new):
            return [_leaf(value) for value in old], [_leaf(value) for value in new]
        pairs = [
            (_leaf(one),) * 2 if one == other else self.shaped(one, other, "", (*old_at, place), (*new_at, place))
            for place, (one, other) in enumerate(zip(old, new, strict=True))
        ]
        return [one for one, _ in pairs], [other for _, other in pairs]

    def _items(
        self, old: Any, new: Any, olds: list[str], news: list[str], name: str, old_at: Steps, new_at: Steps
    ) -> tuple[Any, Any]:
        one, other = _Items(olds), _Items(news)
        for key, place in one.places.items():
            there = other.places.get(key)
            if there is None:
                one[key] = _leaf(old[place])
            elif old[place] != new[there]:
                one[key], other[key] = self.shaped(old[place], new[there], "", (*old_at, place), (*new_at, there))
        other |= {key: _leaf(new[place]) for key, place in other.places.items() if key not in one.places}
        moved = [key for key in olds if key in other.places] != [key for key in news if key in one.places]
        if moved and (self._strict or not (name in UNORDERED or _IDS.fullmatch(name))):
            self.reordered.append(Located("reordered", old_at, new_at, (), tuple(olds), tuple(news)))
        return one, other


# What items are called


def _names_of_both(old: list[Any], new: list[Any], name: str) -> tuple[list[str], list[str]] | None:
    """What the items of two lists are called, where all of them have a name of the same kind, each its own."""
    for called in (_itself, *_CALLED) if _IDS.fullmatch(name) else _CALLED:
        olds, news = _names(old, called), _names(new, called)
        if olds is not None and news is not None:
            return olds, news
    return None


def names_of(item: Any) -> Iterator[tuple[str, str]]:
    """What an item may be called, each with the key that says so; the key is empty where the item is its own name."""
    for key in ("", *_KEYS, *_STEPS):
        name = name_of(item, key)
        if name is not None:
            yield key, name


def name_of(item: Any, key: str) -> str | None:
    """What an item is called by a key; None where it has no such name."""
    found = item.get(key) if type(item) is dict else None if key else item
    if type(found) is not str or (key and identity(found) is None):
        return None
    return f"{key} {found}" if key in _STEPS else found


def _names(items: list[Any], called: Callable[[Any], Any]) -> list[str] | None:
    names = [called(item) for item in items]
    return names if all(type(name) is str for name in names) and len(set(names)) == len(names) else None


def _itself(item: Any) -> Any:
    return item


def _by(key: str) -> Callable[[Any], Any]:
    return lambda item: name_of(item, key)


def _step(item: Any) -> Any:
    return next((name for key in _STEPS if (name := name_of(item, key)) is not None), None)


_KEYS = ("_id", "id", "_integrationId", "_mcpServerId", "alias", "name")
_STEPS = tuple(STEP_KEYS.values())
_CALLED = (*map(_by, _KEYS[:-1]), _step, _by("name"))


# Values as texts


def _leaf(value: Any) -> str:
    """A text that two values have in common only where they are the same."""
    if value is None:
        return "null"
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_kept)


def _kept(value: AsWritten) -> str:
    return f"{_MARK} {value.text}"
