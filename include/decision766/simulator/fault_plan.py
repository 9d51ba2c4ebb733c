"""What goes wrong, where and when: a fault plan as records, read from YAML or built by a test.

    seed: 766
    faults:
      - {fault: status_503, path: "/exchange/*", service: DongBoHoSoMC, calls: [2, 3], seconds: 1}
      - {fault: reset, probability: 0.05}
      - {fault: firewall, service: transparency, from_call: 4, times: 1}

A rule strikes by the number of the call among those that match it (`calls`, `from_call`), or by
chance (`probability`, from the plan's seed: the same calls meet the same faults). The first rule that
strikes wins.
"""

import fnmatch
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

TransportFault = Literal[
    "status_500",
    "status_503",
    "status_429",
    "status_401",
    "status_403",
    "expired_session",
    "firewall",
    "reset",
    "slow_drip",
    "truncated_body",
    "cut_json",
    "html_200",
    "doubly_encoded",
    "wrong_gzip",
    "empty_body",
]
PageFault = Literal[
    "page_twice", "page_missing", "moving_total", "stuck_page", "last_page_of_one", "stuck_cursor"
]
Fault = TransportFault | PageFault


class FaultPlanError(ValueError):
    """A fault plan cannot be used; the message names file, rule and key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FaultRule(_Strict):
    """One fault, the calls that it is for, and when it strikes.

    path: of the URL; service: of the exchange, or endpoint of the evaluation API; both may hold `*`.
    calls: numbers, from 1, among the calls that match; from_call: this one and all after it. times: at
    most so often. seconds: what Retry-After asks for, or the pause between the drops of a slow drip.
    """

    fault: Fault
    path: str = "*"
    service: str = "*"
    calls: tuple[int, ...] = ()
    from_call: int | None = Field(default=None, ge=1)
    probability: float | None = Field(default=None, ge=0, le=1)
    times: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _says_when(self) -> "FaultRule":
        said = [bool(self.calls), self.from_call is not None, self.probability is not None]
        if sum(said) != 1:
            raise ValueError("say when by exactly one of calls, from_call, probability")
        if any(number < 1 for number in self.calls):
            raise ValueError("calls are numbered from 1")
        return self


class FaultPlan(_Strict):
    """The rules, in the order in which they are tried, and the seed of chance."""

    seed: int = 766
    faults: tuple[FaultRule, ...] = ()


@dataclass(frozen=True)
class Strike:
    """A fault that struck: on which call, numbered among those that match its rule."""

    fault: Fault
    path: str
    service: str
    call: int


class FaultSchedule:
    """Decides call by call which rule of a plan strikes, and remembers what did."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._seen: Counter[int] = Counter()
        self._struck: Counter[int] = Counter()
        self._chance = [random.Random(f"{plan.seed}:{place}") for place in range(len(plan.faults))]  # noqa: S311
        self.strikes: list[Strike] = []

    def next(self, path: str, service: str) -> FaultRule | None:
        """Return the rule that strikes the call at hand; null when it is to be answered well."""
        found: FaultRule | None = None
        for place, rule in enumerate(self._plan.faults):
            if not (fnmatch.fnmatchcase(path, rule.path) and fnmatch.fnmatchcase(service, rule.service)):
                continue
            self._seen[place] += 1
            if found is None and self._is_due(place, rule):
                found = rule
                self._struck[place] += 1
                self.strikes.append(Strike(rule.fault, path, service, self._seen[place]))
        return found

    def _is_due(self, place: int, rule: FaultRule) -> bool:
        number = self._seen[place]
        by_chance = rule.probability is not None and self._chance[place].random() < rule.probability
        if rule.times is not None and self._struck[place] >= rule.times:
            return False
        return by_chance or number in rule.calls or (rule.from_call is not None and number >= rule.from_call)


def load_fault_plan(path: Path) -> FaultPlan:
    """Read a fault plan.

    Raises:
        FaultPlanError: the file cannot be read, is no YAML, or a key is missing, unknown or wrong.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FaultPlanError(f"{path}: {error.strerror}") from None
    except yaml.YAMLError:
        raise FaultPlanError(f"{path}: cannot be read as YAML") from None
    try:
        return FaultPlan.model_validate(raw)
    except ValidationError as error:
        told = [f"{'.'.join(map(str, item['loc'])) or '(file)'}: {item['msg']}" for item in error.errors()]
        raise FaultPlanError(f"{path}: {'; '.join(told)}") from None
