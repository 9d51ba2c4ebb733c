"""The cheapest way to gain points where each indicator offers steps: a multiple-choice knapsack, exactly.

Of every indicator at most one step is taken: so many cases, for so many points. Points are counted in the
finest digit that the scores have, as whole numbers, so that nothing is rounded here. Dynamic programming over
the points gained: time and memory grow with (number of steps) × (points wanted), not with the combinations.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A step of one indicator: its cost, the cases it takes, and the points it gains; all whole numbers."""

    cost: int
    cases: int
    gain: int


Choice = tuple[Step | None, ...]
_NEVER = (1 << 62, 0)


def cheapest(indicators: Sequence[Sequence[Step]], wanted: int) -> Choice | None:
    """Return a step or none per indicator that together gain at least `wanted` at the least cost.

    Of sets of equal cost one with the fewest cases. None: every indicator's largest step is not enough.
    """
    if wanted <= 0:
        return (None,) * len(indicators)
    # best[g]: the least (cost, cases) that gains at least g; one list per number of indicators seen.
    layers = [[(0, 0)] + [_NEVER] * wanted]
    for steps in indicators:
        layers.append(_with_one_more(layers[-1], steps, wanted))
    if layers[-1][wanted] >= _NEVER:
        return None
    return _taken(indicators, layers, wanted)


def largest(indicators: Sequence[Sequence[Step]]) -> Choice:
    """Return the step of each indicator that gains most, the cheapest of these: what can be reached."""
    return tuple(
        min(steps, key=lambda step: (-step.gain, step.cost, step.cases), default=None) for steps in indicators
    )


def _with_one_more(
    before: list[tuple[int, int]], steps: Sequence[Step], wanted: int
) -> list[tuple[int, int]]:
    best = before
    for step in steps:
        gain = min(step.gain, wanted)
        alone = (before[0][0] + step.cost, before[0][1] + step.cases)
        behind = [(cost + step.cost, cases + step.cases) for cost, cases in before[: wanted + 1 - gain]]
        best = list(map(min, best, [alone] * gain + behind))
    return best


def _taken(
    indicators: Sequence[Sequence[Step]], layers: Sequence[list[tuple[int, int]]], wanted: int
) -> Choice:
    """Walk back from the answer: at each indicator the step that the least cost came through."""
    chosen: list[Step | None] = []
    left = wanted
    for place in range(len(indicators), 0, -1):
        least, before = layers[place][left], layers[place - 1]
        taken = None
        if before[left] != least:
            taken = next(
                step
                for step in indicators[place - 1]
                if _added(before[max(0, left - step.gain)], step) == least
            )
            left = max(0, left - taken.gain)
        chosen.append(taken)
    return tuple(reversed(chosen))


def _added(sum_before: tuple[int, int], step: Step) -> tuple[int, int]:
    return sum_before[0] + step.cost, sum_before[1] + step.cases
