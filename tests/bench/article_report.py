"""Print how well and how fast article text is found, beside what others find.

    python -m tests.bench.article_report

Quality is counted as scrapinghub/article-extraction-benchmark does: precision and recall of word
4-grams, the mean over its pages, and F1 of the two means. Times are CPU times of this process,
the least of three rounds, a page of the benchmark and a page of the newsroom.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import trafilatura
from bs4 import BeautifulSoup

from scrapers.extract import document_text, extract
from store.errors import ExtractError
from tests.corpora import corpus
from tests.newsroom import newsroom_module

ROUNDS = 3
#: Every so many pages of the newsroom are timed.
NEWSROOM_STEP = 8

Finder = Callable[[bytes, str], str]


@dataclass(frozen=True)
class Page:
    """One page of the benchmark, and the text people marked in it."""

    name: str
    body: bytes
    url: str
    truth: str


@dataclass(frozen=True)
class Quality:
    """Means over pages, each from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)


def benchmark_pages() -> list[Page]:
    folder = corpus("data/article_extraction")
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    return [
        Page(
            name,
            gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()),
            expected["url"],
            expected["articleBody"],
        )
        for name, expected in truth.items()
    ]


def newsroom_pages() -> list[bytes]:
    articles = newsroom_module().load()[::NEWSROOM_STEP]
    return [article.page("http://127.0.0.1:1").encode() for article in articles]


def words_in_fours(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))


def _share(right: int, wrong: int) -> float:
    return 1.0 if not right + wrong else right / (right + wrong)


def quality(pages: Sequence[Page], find: Finder) -> Quality:
    """Return how well `find` does; a page it refuses has no text."""
    precision, recall = [], []
    for page in pages:
        try:
            found = words_in_fours(find(page.body, page.url))
        except ExtractError:
            found = words_in_fours("")
        wanted = words_in_fours(page.truth)
        both = sum((found & wanted).values())
        precision.append(_share(both, sum(found.values()) - both))
        recall.append(_share(both, sum(wanted.values()) - both))
    return Quality(sum(precision) / len(pages), sum(recall) / len(pages))


def cpu_ms(bodies: Sequence[bytes], find: Finder) -> float:
    """Return the CPU time of a page, in ms; a first round warms what is loaded once."""
    best = float("inf")
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        for body in bodies:
            try:
                find(body, "")
            except ExtractError:
                continue
        best = min(best, time.process_time() - started)
    return best * 1_000 / len(bodies)


def _precise(body: bytes, *, fast: bool) -> str:
    text = trafilatura.extract(body, fast=fast, favor_precision=True, include_comments=False)
    return text or ""


def whole_text(body: bytes, url: str) -> str:
    return BeautifulSoup(body, "lxml").get_text(" ")


FINDERS: Mapping[str, Finder] = {
    "ours": lambda body, url: document_text(body, "text/html", url),
    "trafilatura, precise": lambda body, url: _precise(body, fast=False),
    "trafilatura, precise and fast": lambda body, url: _precise(body, fast=True),
    "BeautifulSoup get_text": whole_text,
}


def everything(body: bytes, url: str) -> str:
    """Find the title, the date, the language and what is hidden, too."""
    return extract(body, "text/html", url).text


def main() -> None:
    pages, newsroom = benchmark_pages(), newsroom_pages()
    print(f"{len(pages)} pages of the benchmark, {len(newsroom)} of the newsroom\n")
    bodies = [page.body for page in pages]
    print(f"{'':32} {'F1':>6} {'prec.':>6} {'recall':>6} {'ms/page':>8} {'newsroom':>8}")
    for name, find in FINDERS.items():
        found = quality(pages, find)
        figures = f"{found.f1:6.4f} {found.precision:6.4f} {found.recall:6.4f}"
        print(f"{name:32} {figures} {cpu_ms(bodies, find):8.2f} {cpu_ms(newsroom, find):8.2f}")
    # Pages whose robots tag says no are refused here, so its quality would be another question's.
    times = f"{cpu_ms(bodies, everything):8.2f} {cpu_ms(newsroom, everything):8.2f}"
    print(f"{'ours, all that a document needs':32} {'':20} {times}")


if __name__ == "__main__":
    main()
