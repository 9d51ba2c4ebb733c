"""From a source's own record to the field names of docs/records.md, as the source's YAML says.

A rule is a path (`procedure.code`), or a path with what to do on the way: read a date-time, translate
a code, walk a list. The result still is the source's raw content, personal data included, under the
names that the redactor knows; nothing is judged here. A value that is not what its rule expects goes
through as it is, so that the redactor rejects and reports it. What no rule asks for goes through
under its own name, so that the redactor counts it as undeclared; paths listed as personal do not.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union

from pydantic import Field, model_validator

from decision766.sources.base import Strict
from decision766.sources.moments import ZMeans, read_moment

As = Literal["text", "datetime", "iso_datetime", "date", "flag", "json"]


class FieldRule(Strict):
    """Where a field comes from and how it is read.

    from: a path, or several of which the first that holds something counts. A step into a list takes
    its first element. value: a constant instead. as: `datetime` writes yyyyMMddHHmmss, `iso_datetime`
    and `date` ISO, `flag` turns true and false into 1 and 0, `json` opens JSON text. codes: the
    source's codes → ours; `*` stands for any other. each: the path is a list of objects, read by
    these rules.
    """

    from_: str | tuple[str, ...] | None = Field(default=None, alias="from")
    value: str | None = None
    as_: As = Field(default="text", alias="as")
    codes: dict[str, str] = Field(default_factory=dict)
    each: dict[str, Union[str, "FieldRule"]] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldRule":
        if (self.from_ is None) == (self.value is None):
            raise ValueError("give either `from` (a path) or `value` (a constant)")
        if self.each is not None and (self.value is not None or self.codes):
            raise ValueError("`each` reads a list; it goes with `from` only")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths to look at, in order."""
        return (self.from_,) if isinstance(self.from_, str) else self.from_ or ()


FieldMap = dict[str, str | FieldRule]


class Mapper:
    """Applies the rules of one entity to one record after another.

    z_means: what a `Z` at the end of a date-time means. personal: paths of which nothing that no rule
    names goes through.
    """

    def __init__(
        self, fields: Mapping[str, str | FieldRule], *, z_means: ZMeans, personal: tuple[str, ...] = ()
    ):
        self._rules = {name: _as_rule(rule) for name, rule in fields.items()}
        self._z_means = z_means
        self._asked: dict[str, Any] = {}
        for path in (*personal, *(path for rule in self._rules.values() for path in rule.paths)):
            _mark(self._asked, path)

    def record(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record in the names of docs/records.md; absent values are left out."""
        found = self._read(self._rules, source)
        for name, value in _others(source, self._asked, ""):
            found.setdefault(name, value)
        return found

    def _read(self, rules: Mapping[str, FieldRule], source: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, rule in rules.items():
            value = self._value(rule, source)
            if value is not None and value != "":
                found[name] = value
        return found

    def _value(self, rule: FieldRule, source: Mapping[str, Any]) -> Any:
        if rule.value is not None:
            return rule.value
        value = next((item for path in rule.paths if (item := follow(source, path)) not in (None, "")), None)
        if value is None:
            return None
        if rule.as_ == "json" and isinstance(value, str | bytes):
            try:
                value = json.loads(value)
            except ValueError:
                return value
        if rule.each is not None:
            return self._items(rule.each, value)
        if rule.as_ == "json":
            return value
        return self._translate(rule, self._scalar(rule, value))

    def _items(self, each: Mapping[str, str | FieldRule], value: Any) -> Any:
        items = [value] if isinstance(value, Mapping) else value
        if not isinstance(items, list):
            return value
        rules = {name: _as_rule(rule) for name, rule in each.items()}
        return [self._read(rules, item) if isinstance(item, Mapping) else item for item in items]

    def _scalar(self, rule: FieldRule, value: Any) -> Any:
        if rule.as_ in ("datetime", "iso_datetime", "date"):
            moment = read_moment(value, self._z_means)
            if moment is None:
                return _text(value)
            if rule.as_ == "datetime":
                return f"{moment:%Y%m%d%H%M%S}"
            return moment.date().isoformat() if rule.as_ == "date" else moment.isoformat()
        if rule.as_ == "flag" and isinstance(value, bool | int):
            return "1" if value else "0"
        return _text(value)

    @staticmethod
    def _translate(rule: FieldRule, value: Any) -> Any:
        if not rule.codes or not isinstance(value, str):
            return value
        return rule.codes.get(value, rule.codes.get("*", value))


def follow(source: Any, path: str) -> Any:
    """Return what stands at a dotted path, None if nothing does; lists are entered at their first element."""
    for step in path.split("."):
        if isinstance(source, list):
            source = source[0] if source else None
        if not isinstance(source, Mapping):
            return None
        source = source.get(step)
    return source


def _as_rule(rule: str | FieldRule) -> FieldRule:
    return rule if isinstance(rule, FieldRule) else FieldRule.model_validate({"from": rule})


def _text(value: Any) -> Any:
    """Scalars as the exchange writes them, text; whatever else as it is."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | dict | list):
        return value
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value)


def _mark(asked: dict[str, Any], path: str) -> None:
    """Note in a tree of names that a path is asked for; a leaf is an empty tree."""
    for step in path.split("."):
        asked = asked.setdefault(step, {})


def _others(source: Mapping[str, Any], asked: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield name and value of what nobody asked for; below the top level, names are joined by `_`."""
    for name, value in source.items():
        below = asked.get(name)
        if below is None:
            yield f"{prefix}{name}", value
        elif below:
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, Mapping):
                yield from _others(first, below, f"{prefix}{name}_")
