"""What `./scripts/start` runs: one whole week of the built-in sample site, then the server.

Nothing is bypassed but the distance: the site is served on loopback and read through the real
fetch path, and every stage is the one that a week of real sources runs.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from scripts import reading
from scripts.progress import show_progress
from scripts.source_list import write_sources
from scripts.weekly import published, run_week
from scripts.wiring import House, open_house, plan_week, utc_now
from store.errors import UnseenError
from store.settings import load_settings


def make_sample_week(now: datetime) -> House:
    """Make and publish the last finished week from the sample site; once is enough."""
    from scrapers.sample.benchmark import BENCHMARK_FILE, BENCHMARK_LICENCE, BENCHMARK_NAME
    from scrapers.sample.site import SampleSite
    from scrapers.sample.sources import sample_sources

    settings = load_settings()
    plan = plan_week(settings, None, now, utc_now)
    house = open_house(settings)
    if published(house, plan.week):
        print(f"week {plan.week} is already released", flush=True)
        return house
    with SampleSite(plan.week) as site, show_progress() as progress:
        print(f"sample site at {site.base_url}", flush=True)
        path = settings.home / "sample-sources.toml"
        write_sources(path, sample_sources(site.base_url))
        house = House(
            settings.model_copy(
                update={
                    "sources": path,
                    "allow_private_hosts": site.base_url.removeprefix("http://"),
                }
            ),
            house.engine,
        )
        from generator.gate.benchmarks import add_benchmark

        print("reference index from the sample's known benchmark", flush=True)
        add_benchmark(
            house.engine,
            settings.index_dir,
            house.embedder,
            str(BENCHMARK_FILE),
            now=now,
            name=BENCHMARK_NAME,
            licence=BENCHMARK_LICENCE,
        )
        print(f"week {plan.week}: collect, generate, check, release", flush=True)
        report = run_week(house, plan, progress)
    reading.print_week(report, house)
    return house


def main() -> None:
    """Make the week; with `--serve` go on as the server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--port", type=int, default=8000)
    wanted = parser.parse_args()
    try:
        house = make_sample_week(utc_now())
    except UnseenError as error:
        print(f"unseen: {error}", file=sys.stderr)
        sys.exit(1)
    print(reading.urls(house, wanted.port), flush=True)
    if wanted.serve:
        # A fresh process: what the week imported (torch, faiss) cannot be unloaded (trap 33).
        import os

        arguments = [sys.executable, "-m", "scripts.cli", "serve", "--port", str(wanted.port)]
        os.execv(sys.executable, arguments)


if __name__ == "__main__":
    main()
