"""The quick way through the redactor, for records in which everything is as declared.

Nearly all records are: every value text of its kind, or absent. They are recognised by what repeats
from record to record: sets of names, combinations of codes, items of lists. Whatever is not ordinary
goes to the redactor's general reader, which alone decides; both must say the same of every record
(tests/unit/privacy/test_ordinary.py).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from decision766.privacy.scalars import DONE
from decision766.records.kinds import EXCHANGE_DATETIME, PRESENCE, Kind, Treatment
from decision766.records.memo import Memo, SharedItem
from decision766.records.spec import AnyField, Field, ListField, Record

_Handler = Callable[[Any], Any]
_HandlerOf = Callable[[AnyField, str], _Handler]
_Note = Callable[[str, str, Any], None]
_Reader = Callable[[Record], Record | None]
_Getter = Callable[[Record], tuple[Any, ...]]

_SHAPES = 2_000  # sets of names that a reader remembers
_COMBINATIONS = 20_000  # combinations of codes, and items of lists, that one set of names remembers
# A leap day is a date, but not an ordinary one. An absent date is an empty text.
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31"
_DATE = rf"(?:20\d\d(?:{_DAY})(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)?"
_ORDINARY_DATES = re.compile(rf"{_DATE}(?:,{_DATE})*", re.ASCII).fullmatch


def ordinary_reader(fields: tuple[AnyField, ...], handler_of: _HandlerOf, note: _Note) -> _Reader:
    """Compile the quick reader of a record: the landed record, or None if the general reader must look.

    handler_of: the redactor's handler of a field and its path. note: told of each undeclared field of
    a record that was read; of one that was not, nothing is told. Landed items of lists are shared
    between records and must not be changed.
    """
    fields_of = {item.source: item for item in fields}
    handlers = {name: handler_of(item, name) for name, item in fields_of.items()}
    plans: dict[tuple[str, ...], _Plan | None] = {}

    def plan_for(names: tuple[str, ...]) -> _Plan | None:
        if len(plans) >= _SHAPES:
            plans.clear()
        plans[names] = _Plan.of(names, fields_of, handlers, handler_of)
        return plans[names]

    def read(record: Record) -> Record | None:
        names = tuple(record)
        plan = plans[names] if names in plans else plan_for(names)
        if plan is None:
            return None
        try:
            landed = plan.read(record)
        except (TypeError, AttributeError):  # a value that is no text
            return None
        if landed is not None:
            for name in plan.undeclared:
                note("", name, record[name])
        return landed

    return read


@dataclass(slots=True)
class _Plan:
    """How records with one set of names are read: codes together, then dates, other text, lists."""

    codes: list[str]
    dates: list[str]
    texts: list[tuple[str, _Handler]]
    lists: list[tuple[str, _Reader]]
    undeclared: list[str]
    handlers: Mapping[str, _Handler]
    get_codes: _Getter
    get_dates: _Getter
    seen: dict[tuple[Any, ...], Record] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        fields_of: Mapping[str, AnyField],
        handlers: Mapping[str, _Handler],
        handler_of: _HandlerOf,
    ) -> "_Plan | None":
        """Return the plan, or None if a field is of a sort that only the general reader knows."""
        codes, dates, texts, lists, undeclared = [], [], [], [], []
        for name in names:
            item = fields_of.get(name)
            if item is None:
                undeclared.append(name)
            elif isinstance(item, ListField):
                lists.append((name, _item_reader(item.fields, f"{name}[].", handler_of)))
            elif not isinstance(item, Field):
                return None
            elif item.kind.treatment is Treatment.DROP:
                continue
            elif item.kind.is_small:
                codes.append(name)
            elif item.kind is EXCHANGE_DATETIME:
                dates.append(name)
            else:
                texts.append((name, _with_memory(handlers[name], item.kind)))
        return cls(codes, dates, texts, lists, undeclared, handlers, _getter(codes), _getter(dates))

    def read(self, record: Record) -> Record | None:
        """Return the landed record.

        Raises:
            TypeError: a value is neither text nor, where a list belongs, a list.
        """
        values = self.get_codes(record)
        known = self.seen.get(values) or self._learn(values)
        if known is None:
            return None
        landed = known.copy()
        moments = self.get_dates(record)
        if not _ORDINARY_DATES(",".join(moments)):
            return None
        for name, moment in zip(self.dates, moments, strict=True):
            if moment:
                landed[name] = moment
        for name, handler in self.texts:
            value = record[name]
            if value:
                found = handler(value)
                if found is None or found is DONE or type(value) is not str:
                    return None
                landed[name] = found
            elif value is not None and value != "":
                return None
        for name, read_item in self.lists:
            items = _read_list(record[name], read_item)
            if items is None:
                return None
            landed[name] = items
        return landed

    def _learn(self, values: tuple[Any, ...]) -> Record | None:
        landed = _read_each(self.codes, values, self.handlers)
        if landed is not None:
            if len(self.seen) >= _COMBINATIONS:
                self.seen.clear()
            self.seen[values] = landed
        return landed


def _read_list(value: Any, read_item: _Reader) -> list[Record] | None:
    if type(value) is not list:
        return None
    items = []
    for element in value:
        item = read_item(element)
        if item is None:
            return None
        items.append(item)
    return items


def _item_reader(fields: tuple[AnyField, ...], prefix: str, handler_of: _HandlerOf) -> _Reader:
    """Compile the reader of a list's items: by memory if they repeat, else as small records."""
    kinds = {item.source: item.kind for item in fields if isinstance(item, Field)}
    if len(kinds) < len(fields):
        return lambda element: None
    handlers = {item.source: handler_of(item, prefix + item.source) for item in fields}
    if not all(kind.repeats or kind is PRESENCE for kind in kinds.values()):
        fields_of = {item.source: item for item in fields}
        return _small_record_reader(fields_of, handlers, handler_of)
    plans: dict[tuple[str, ...], _ItemPlan | None] = {}

    def plan_for(names: tuple[str, ...]) -> _ItemPlan | None:
        if len(plans) >= _SHAPES:
            plans.clear()
        plans[names] = _ItemPlan.of(names, kinds, handlers)
        return plans[names]

    def read(element: Record) -> Record | None:
        names = tuple(element)
        plan = plans.get(names) or plan_for(names)
        if plan is None:
            return None
        key = plan.key(element)
        return plan.seen.get(key) or plan.learn(key)

    return read


def _small_record_reader(
    fields_of: Mapping[str, AnyField], handlers: Mapping[str, _Handler], handler_of: _HandlerOf
) -> _Reader:
    plans: dict[tuple[str, ...], _Plan | None] = {}

    def read(element: Record) -> Record | None:
        names = tuple(element)
        if names not in plans:
            if len(plans) >= _SHAPES:
                plans.clear()
            plan = _Plan.of(names, fields_of, handlers, handler_of)
            plans[names] = plan if plan and not plan.undeclared else None
        plan = plans[names]
        return plan.read(element) if plan else None

    return read


@dataclass(slots=True)
class _ItemPlan:
    """How items with one set of names are recognised: by their text, and by what else is there."""

    texts: list[str]
    flags: list[str]
    handlers: Mapping[str, _Handler]
    key: _Getter
    seen: dict[tuple[Any, ...], Record] = field(default_factory=dict)

    @classmethod
    def of(
        cls, names: tuple[str, ...], kinds: Mapping[str, Kind], handlers: Mapping[str, _Handler]
    ) -> "_ItemPlan | None":
        """Return the plan, or None if there is an undeclared name."""
        if any(name not in kinds for name in names):
            return None
        kept = [name for name in names if kinds[name].treatment is not Treatment.DROP]
        flags = [name for name in kept if kinds[name] is PRESENCE]
        texts = [name for name in kept if kinds[name] is not PRESENCE]
        return cls(texts, flags, handlers, _key(_getter(texts), flags))

    def learn(self, key: tuple[Any, ...]) -> Record | None:
        """Read an item that was not seen before; None if it is not ordinary."""
        landed = _read_each(self.texts, key[: len(self.texts)], self.handlers)
        flags = key[len(self.texts) :]
        if any(flag is not True and flag is not None and type(flag) is not str for flag in flags):
            return None
        if landed is None:
            return None
        landed |= {name: True for name, flag in zip(self.flags, flags, strict=True) if flag is True}
        if len(self.seen) >= _COMBINATIONS:
            self.seen.clear()
        self.seen[key] = item = SharedItem(landed)
        return item


def _read_each(names: list[str], values: tuple[Any, ...], handlers: Mapping[str, _Handler]) -> Record | None:
    landed: Record = {}
    for name, value in zip(names, values, strict=True):
        if value is None or value == "":
            continue
        found = handlers[name](value) if type(value) is str else None
        if found is None or found is DONE:  # what was erased on request is for the general reader
            return None
        landed[name] = found
    return landed


def _with_memory(handler: _Handler, kind: Kind) -> _Handler:
    if isinstance(handler, Memo):
        return handler.__getitem__
    return Memo(handler).__getitem__ if kind.repeats else handler


def _getter(names: list[str]) -> _Getter:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda record: tuple([record[name] for name in names])


def _key(get: _Getter, flags: list[str]) -> _Getter:
    """Return what tells items apart: their texts, and True for each flag that holds text.

    Raises, when it is used:
        AttributeError, TypeError: an item holds what is no text.
    """
    if not flags:
        return get
    if len(flags) == 1:
        flag = flags[0]
        return lambda element: (
            *get(element),
            True if (text := element[flag]) and not text.isspace() else text,
        )
    return lambda element: (
        *get(element),
        *[True if (text := element[flag]) and not text.isspace() else text for flag in flags],
    )
