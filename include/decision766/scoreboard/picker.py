"""The periods a page can be asked for, as options of its picker: alike on every page, so written once."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markupsafe import Markup

from decision766.scoreboard.queries import Row
from decision766.scoreboard.words import GRAINS, Lang, Speech

_ORDER = ("year", "quarter", "month")  # the latest of each first
_Period = tuple[str, str, bool]  # grain, code, whether it is provisional


def period_options(periods: Sequence[Row], chosen: str, say: Speech) -> Markup:
    """Options by grain, the chosen one selected. periods: in their order of time."""
    known = tuple((row["period_grain"], row["period_code"], row["is_provisional"]) for row in periods)
    value = f'value="{escape(chosen)}"'
    return Markup(_options(known, say.lang).replace(value, f"{value} selected", 1))  # noqa: S704 - escaped


@lru_cache(maxsize=64)
def _options(periods: tuple[_Period, ...], lang: Lang) -> str:
    say = Speech(lang)
    provisional = f" ({say('tạm thời', 'provisional')})"
    parts = []
    for wanted in _ORDER:
        options = [
            f'<option value="{escape(code)}">{escape(say.period(code))}{is_open * provisional}</option>'
            for grain, code, is_open in reversed(periods)
            if grain == wanted
        ]
        if options:
            label = escape(say.of(GRAINS, wanted))
            parts.append(f'<optgroup label="{label}">{"".join(options)}</optgroup>\n')
    return "".join(parts)
