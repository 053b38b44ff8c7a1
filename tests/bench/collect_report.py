"""Pages a second and CPU a page: our collector against a scrapy spider with trafilatura.

    python -m tests.bench.collect_report [ROUNDS]

Both read every article of the same loopback newsroom, in turn, each in a process of its own.
scrapy extracts and keeps nothing; we keep bytes, text and dates on disk for good. Wants the
extra `bench`.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

from tests.bench.contest import Measured, newsroom_process, run_contender

#: More than any feed of the newsroom has.
ITEMS = 5_000
LISTINGS = (
    "/rust/feed.atom",
    "/advisories/feed.xml",
    "/wire/feed.xml",
    "/node/feed.xml",
    "/go/feed.atom",
    "/gov/feed.json",
)


def ours(base: str) -> dict[str, float]:
    """Collect all feeds of the newsroom."""
    from scrapers.lanes import run_lanes
    from scripts.wiring import open_house
    from tests.newsroom import feeds

    house = open_house()
    with house.collector(datetime(2020, 1, 1, tzinfo=UTC)) as collector:
        all_of_it = replace(collector, max_documents=10**6)
        began = time.perf_counter()
        reports = list(run_lanes(feeds(base), all_of_it.collect))
        seconds = time.perf_counter() - began
    failed = [report for report in reports if report.error or report.refusals]
    assert not failed, failed
    return {"n": sum(report.n_documents for report in reports), "seconds": seconds}


def scrapy(base: str) -> dict[str, float]:
    """Crawl the same pages with scrapy, extracting with trafilatura as its users do."""
    import feedparser
    import trafilatura
    from scrapy import Spider, signals
    from scrapy.crawler import CrawlerProcess

    began: list[float] = []
    ended: list[float] = []

    class Newsroom(Spider):
        name = "newsroom"
        start_urls = [base + path for path in LISTINGS]  # noqa: RUF012 - scrapy's way
        custom_settings = {  # noqa: RUF012
            "LOG_ENABLED": False,
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "DOWNLOAD_DELAY": 0,
            "TELNETCONSOLE_ENABLED": False,
        }

        def parse(self, response):
            if response.url.endswith(".json"):
                links = [item["url"] for item in json.loads(response.body)["items"]]
            else:
                links = [entry.link for entry in feedparser.parse(response.body).entries]
            for link in links:
                yield response.follow(link, self.article)

        def article(self, response):
            text = trafilatura.extract(response.text, favor_precision=True, include_comments=False)
            yield {"url": response.url, "text": text}

    def note_start(spider):
        began.append(time.perf_counter())

    def note_item(item, response, spider):
        ended.append(time.perf_counter())

    process = CrawlerProcess()
    crawler = process.create_crawler(Newsroom)
    crawler.signals.connect(note_start, signals.spider_opened)
    crawler.signals.connect(note_item, signals.item_scraped)
    process.crawl(crawler)
    process.start()
    return {"n": len(ended), "seconds": ended[-1] - began[0]}


CONTENDERS = {"scrapy": scrapy, "ours": ours}


def main(rounds: int) -> None:
    runs: dict[str, list[Measured]] = {name: [] for name in CONTENDERS}
    with newsroom_process("--items", str(ITEMS)) as base:
        host = base.removeprefix("http://")
        for _ in range(rounds):
            for name in CONTENDERS:
                measured = run_contender(
                    "tests.bench.collect_report", name, base, UNSEEN_ALLOW_PRIVATE_HOSTS=host
                )
                runs[name].append(measured)
    print(f"{'':8} {'pages':>6} {'pages/s':>9} {'CPU ms/page':>12} {'peak MiB':>9}")
    for name, found in runs.items():
        print(
            f"{name:8} {found[0].n:6} {_median(found, 'rate'):9.0f} "
            f"{_median(found, 'cpu_ms'):12.2f} {_median(found, 'peak_mib'):9.0f}"
        )
    rate = _median(runs["ours"], "rate") / _median(runs["scrapy"], "rate")
    cpu = _median(runs["scrapy"], "cpu_ms") / _median(runs["ours"], "cpu_ms")
    print(f"ours: {rate:.2f} x scrapy's pages a second, CPU a page {cpu:.2f} x less")


def _median(found: list[Measured], name: str) -> float:
    return statistics.median(getattr(one, name) for one in found)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(CONTENDERS[sys.argv[1]](sys.argv[2])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
