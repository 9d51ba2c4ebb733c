"""What the freshness benchmark measured, as a page with plots."""

import datetime as dt
import math
from dataclasses import dataclass, field
from pathlib import Path

from decision766.bench.freshness_hub import Change
from decision766.bench.report import write_report

MOST_SECONDS, SHARE = 300.0, 0.95


@dataclass(frozen=True)
class Shown:
    """A change, and when the scorecards that count it were there. by_stage: seconds of its way, in order."""

    change: Change
    shown_at: dt.datetime
    by_stage: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """From commit to scorecard."""
        return (self.shown_at - self.change.committed_at).total_seconds()


STAGES = ("committed → loaded", "→ validated", "→ build begun", "→ mart_scorecard")


@dataclass
class Freshness:
    """What was measured. lost: changes that never showed; builds: seconds from opening to publication."""

    history: int
    provinces: int
    per_minute: int
    minutes: float
    every_minutes: int
    shown: list[Shown]
    lost: int
    builds: list[float]
    followed: int
    differing: int
    swaps: list[dt.datetime] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Seconds that so many changes kept to."""
        taken = sorted(item.seconds for item in self.shown)
        return taken[math.ceil(share * len(taken)) - 1] if taken else math.inf

    def stage(self, place: int, share: float) -> float:
        """Seconds that so many changes kept to in one stage."""
        taken = sorted(item.by_stage[place] for item in self.shown)
        return taken[math.ceil(share * len(taken)) - 1] if taken else math.inf


def report_freshness(measured: Freshness, folder: Path | None) -> Path:
    """Write freshness.md, .svg and freshness-in-time.svg."""
    rows: list[dict[str, str | float]] = [
        {
            "from the source's commit to mart_scorecard": name,
            "seconds": measured.percentile(share),
            "wanted": f"{MOST_SECONDS:.0f}" if share == SHARE else "",
        }
        for name, share in (("median", 0.5), ("95th percentile", SHARE), ("99th", 0.99), ("the slowest", 1.0))
    ]
    for place, name in enumerate(STAGES):
        for word, share in (("median", 0.5), ("95th percentile", SHARE)):
            rows.append(
                {
                    "from the source's commit to mart_scorecard": f"{name}, {word}",
                    "seconds": measured.stage(place, share),
                    "wanted": "",
                }
            )
    builds = measured.builds or [math.inf]
    notes = [
        "![Age of each change when its scorecard was there](freshness-in-time.svg)",
        f"`make bench-freshness`. Airflow with its scheduler, as `make up` starts it, on a history of "
        f"{measured.history:,} dossiers in {measured.provinces} provinces. Each province commits "
        f"{measured.per_minute} changes a minute for {measured.minutes:g} minutes, two of three new "
        "dossiers, the others completions of open ones, into a table of its own; one poll every "
        f"{'minute' if measured.every_minutes == 1 else f'{measured.every_minutes} minutes'} "
        "reads them all through a hub's view (`DECISION766_INGEST_MINUTES`). Every build is whole: "
        "models, dbt tests, rules of the marts, ledger.",
        f"{len(measured.shown):,} changes shown, {measured.lost:,} not; of their dossiers "
        f"{measured.differing:,} stand otherwise in fct_dossier than at the source.",
        f"{len(builds)} builds, {measured.followed} of them followed the last one; from opening to "
        f"publication {min(builds):.0f} to {max(builds):.0f} s.",
    ]
    page = write_report(
        "freshness", "Freshness: from a source's commit to the scorecard", rows, notes, folder=folder
    )
    _plot_in_time(measured, page.with_name("freshness-in-time.svg"))
    return page


def _plot_in_time(measured: Freshness, path: Path) -> None:
    """Draw each change's age at its scorecard against the minute of its commit."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "decision766"
    from matplotlib import pyplot

    if not measured.shown:
        return
    began = measured.shown[0].change.committed_at
    minutes = [(item.change.committed_at - began).total_seconds() / 60 for item in measured.shown]
    drawing, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
    axes.scatter(minutes, [item.seconds for item in measured.shown], s=1, color="#33638d", rasterized=True)
    axes.axhline(MOST_SECONDS, color="#b3261e", linestyle="--", linewidth=1)
    axes.axhline(measured.percentile(SHARE), color="#33638d", linestyle=":", linewidth=1)
    axes.set(xlabel="minute of the commit", ylabel="seconds until mart_scorecard", ylim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(path, metadata={"Date": None}, dpi=120)
    pyplot.close(drawing)
