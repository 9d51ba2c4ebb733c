"""Measures the pages: sixteen readers in a closed loop over many units, indicators and periods.

The pages are served by a process of their own, as `decision766 serve` does. A reader sends a request, reads
the answer to its last byte and sends the next at once. What is asked for follows a stated distribution, so
that some pages are asked for often and most seldom; a seed makes it repeatable.
"""

import bisect
import contextlib
import http.client
import itertools
import math
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, text

from decision766.bench.report import write_report
from decision766.platform.postgres import free_port
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import warehouse_engine

MOST = 0.2  # seconds at the 95th percentile
SHARES = {
    "country": 20,
    "unit": 30,
    "indicator": 15,
    "explanation": 20,
    "work list": 7,
    "dossier": 5,
    "pipeline": 2,
    "audit": 1,
}
IN_ENGLISH = 0.2
START_SECONDS = 60.0
ANSWER_SECONDS = 60.0


class BenchmarkError(Exception):
    """Nothing can be measured; the message says why."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    kind: str
    path: str


@dataclass(frozen=True)
class Answered:
    """How one request went. seconds: from sending the request line to the last byte of the answer."""

    kind: str
    path: str
    seconds: float
    status: int
    size: int


@dataclass(frozen=True)
class Round:
    """One thousand answers under one condition of the store."""

    name: str
    answers: Sequence[Answered]
    seconds: float

    @property
    def errors(self) -> int:
        """Answers other than 200."""
        return sum(answer.status != 200 for answer in self.answers)

    def percentile(self, share: float, kind: str = "") -> float:
        """The least time that so many answers (of a kind) kept to."""
        taken = sorted(answer.seconds for answer in self.answers if kind in ("", answer.kind))
        return taken[math.ceil(share * len(taken)) - 1] if taken else 0.0


def bench_pages(
    requests: int,
    clients: int,
    *,
    database: str = "",
    folder: Path | None = None,
    settings: Settings | None = None,
) -> list[Round]:
    """Measure, write docs/benchmarks/pages.md and .svg, and return what was measured.

    settings: of the warehouse to be shown, where it is not the one of this project.

    Raises:
        BenchmarkError: the marts hold no scorecard, or the pages did not start.
    """
    settings = settings or get_settings()
    engine = warehouse_engine(database or None, settings)
    first, second = choose(engine, requests, seed=1), choose(engine, requests, seed=2)
    size = _size(engine)
    engine.dispose()
    with _served(settings, database) as port:
        cold = ask(port, first, clients, "nothing kept")
        mixed = ask(port, second, clients, "other requests of the same distribution")
        warm = ask(port, first, clients, "the first requests again")
    rounds = [cold, mixed, warm]
    _report(rounds, size, clients, len({asked.path for asked in first}), folder)
    return rounds


def choose(engine: Engine, count: int, *, seed: int) -> list[Asked]:
    """Requests: kinds by SHARES; the n-th unit, period or dossier is asked for 1/n as often as the first.

    Raises:
        BenchmarkError: there is no scorecard.
    """
    chance = random.Random(seed)
    with engine.connect() as connection:
        cards = connection.execute(_CARDS).all()
        indicators = list(
            connection.execute(text("select indicator_code from marts.dim_indicator order by 1")).scalars()
        )
        dossiers = list(connection.execute(_DOSSIERS).scalars())
    if not cards:
        raise BenchmarkError("There is no scorecard to show. Build the marts first: decision766 run")
    periods = sorted(
        {row.period_code for row in cards}, key=lambda code: (len(code) != 7, code), reverse=True
    )
    by_unit: dict[str, list[str]] = {}
    for row in cards:
        by_unit.setdefault(row.unit_code, []).append(row.period_code)
    units, unit, period, dossier = list(by_unit), _Zipf(chance), _Zipf(chance), _Zipf(chance)
    chance.shuffle(units)
    chance.shuffle(dossiers)
    types = ("province", "department", "commune")

    def one(kind: str) -> str:
        code = unit.of(units)
        when = period.of(by_unit[code])
        shapes = {
            "country": f"country/{period.of(periods)}"
            + chance.choice(("", "", "?show=group-2", "?show=2.1")),
            "unit": f"unit/{code}/{when}",
            "indicator": f"indicator/{chance.choice(indicators)}/{period.of(periods)}/{chance.choice(types)}",
            "explanation": f"explain/{code}/{chance.choice(indicators)}/{when}",
            "work list": f"work/{code}" + chance.choice(("", "", "?list=idle", "?list=held", "?page=2")),
            "dossier": f"dossier/{quote(dossier.of(dossiers), safe='')}" if dossiers else "pipeline",
            "pipeline": "pipeline",
            "audit": "audit",
        }
        return shapes[kind]

    kinds = chance.choices(list(SHARES), list(SHARES.values()), k=count)
    return [Asked(kind, f"/{'en' if chance.random() < IN_ENGLISH else 'vi'}/{one(kind)}") for kind in kinds]


class _Zipf:
    """Draws the n-th of a list with a weight of 1/n."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._sums: dict[int, list[float]] = {}

    def of(self, things: Sequence[str]) -> str:
        sums = self._sums.setdefault(
            len(things), list(itertools.accumulate(1 / place for place in range(1, len(things) + 1)))
        )
        return things[bisect.bisect_left(sums, self._chance.random() * sums[-1])]


_CARDS = text("""
    select distinct card.unit_code, period.period_code, period.period_start, card.unit_type
    from marts.mart_scorecard as card
    inner join marts.dim_period as period using (period_grain, period_start)
    where card.boundary = 'as_was' and card.total_score is not null
    order by period.period_start desc, period.period_code, card.unit_code
""")
_DOSSIERS = text("select dossier_code from marts.fct_dossier order by received_at desc nulls last limit 2000")


def ask(port: int, requests: Sequence[Asked], clients: int, name: str) -> Round:
    """Send them all, so many at a time, and return how each went."""
    numbers, answers = itertools.count(), []
    began = time.perf_counter()

    def reader() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        while (number := next(numbers)) < len(requests):
            asked, sent = requests[number], time.perf_counter()
            try:
                connection.request("GET", asked.path, headers={"Accept-Encoding": "gzip"})
                answer = connection.getresponse()
                size, status = len(answer.read()), answer.status
            except (OSError, http.client.HTTPException):
                size, status = 0, 0
                connection.close()
            answers.append(Answered(asked.kind, asked.path, time.perf_counter() - sent, status, size))
        connection.close()

    threads = [threading.Thread(target=reader) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Round(name, answers, time.perf_counter() - began)


@contextlib.contextmanager
def _served(settings: Settings, database: str) -> Iterator[int]:
    port = free_port()
    arguments = [sys.executable, "-m", "decision766.cli.main", "serve", "--port", str(port)]
    environment = os.environ | {"DECISION766_HOME": str(settings.home)}
    if settings.database_url:
        environment["DECISION766_DATABASE_URL"] = settings.database_url
    process = subprocess.Popen([*arguments, *(["--database", database] if database else [])], env=environment)
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise BenchmarkError("The pages did not start: decision766 serve says why.")
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/static/site.css")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _size(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: int(connection.execute(text(f"select count(*) from marts.{name}")).scalar_one())
            for name in ("fct_dossier", "mart_scorecard")
        }


def _report(
    rounds: Sequence[Round], size: dict[str, int], clients: int, different: int, folder: Path | None
) -> None:
    rows: list[dict[str, str | float]] = []
    for measured in rounds:
        for kind in ("", *SHARES):
            answers = [answer for answer in measured.answers if kind in ("", answer.kind)]
            if answers:
                rows.append(
                    {
                        "condition": f"{measured.name}: {kind or 'all'}",
                        "p95 (ms)": measured.percentile(0.95, kind) * 1000,
                        "p50 (ms)": measured.percentile(0.5, kind) * 1000,
                        "slowest (ms)": measured.percentile(1, kind) * 1000,
                        "requests": str(len(answers)),
                    }
                )
    shares = ", ".join(f"{kind} {share} %" for kind, share in SHARES.items())
    count = len(rounds[0].answers)
    rates = "; ".join(
        f"{each.name}: {len(each.answers) / each.seconds:,.0f} per second, {each.errors} errors"
        for each in rounds
    )
    write_report(
        "pages",
        f"The pages over {size['fct_dossier']:,} dossiers: {clients} readers in a closed loop",
        rows,
        [
            f"`make bench-pages`: {count:,} requests a round, {different:,} addresses in the first; "
            f"{shares}; the n-th unit, period or dossier is asked for 1/n as often as the first; "
            f"{IN_ENGLISH:.0%} in English. Time from the request line to the last byte, as the reader sees "
            "it, readers and pages and database on the same processors. The first round finds nothing kept, "
            "the second asks for other addresses of the same distribution, the third repeats the first.",
            f"Wanted: {MOST * 1000:.0f} ms at the 95th percentile. {rates}.",
        ],
        folder=folder,
    )
