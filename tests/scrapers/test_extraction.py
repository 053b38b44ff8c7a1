"""Texts are taken out elsewhere with the same result, and one bad page holds up no other."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from contextlib import closing

import pytest

import scrapers.extraction
from scrapers.entries import Entry
from scrapers.extract import Extracted
from scrapers.extraction import Here, Page, Pool
from store.errors import ExtractError

STORY = "The council of Port Ellery approved a budget of {} million crowns on Tuesday evening. "


def page(number, body=None):
    text = "".join(f"<p>{STORY.format(number + part)}</p>" for part in range(4))
    markup = f"<html><body><article><h1>Budget {number}</h1>{text}</article></body></html>"
    return Page(f"http://x.example/{number}", body or markup.encode(), "text/html; charset=utf-8")


PAGES = [
    page(1),
    page(2, b"<p>Hi</p>"),
    page(3, hashlib.shake_256(b"page").digest(2_000)),
    Page("http://x.example/4", entry=Entry("4", None, "Budget 4", None, STORY.format(4) * 4)),
    Page("http://x.example/5", entry=Entry("5", None, "Empty", None, "")),
]


@pytest.fixture(scope="module")
def pool():
    with closing(Pool(2)) as made:
        yield made


def told(results):
    return [str(one) if isinstance(one, ExtractError) else one for one in results]


def test_here_every_page_has_its_text_or_its_reason():
    first, second, third, fourth, fifth = Here().submit(PAGES).result()
    assert isinstance(first, Extracted) and first.title == "Budget 1"
    assert isinstance(fourth, Extracted) and "4 million crowns" in fourth.text
    assert [str(one).split(": ")[0] for one in (second, third, fifth)] == [
        f"no document in http://x.example/{n}" for n in (2, 3, 5)
    ]


def test_elsewhere_it_is_the_same(pool):
    batches = [pool.submit(PAGES), pool.submit(PAGES[:1]), pool.submit([])]
    here = told(Here().submit(PAGES).result())
    assert [told(batch.result(60)) for batch in batches] == [here, here[:1], []]


def hang(pages):
    """In place of `read_pages`, in the processes of a test."""
    for one in pages:
        if b"hang" in one.body:
            time.sleep(3600)
        if b"die" in one.body:
            os.kill(os.getpid(), signal.SIGKILL)
    return REAL(pages)


REAL = scrapers.extraction.read_pages


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        pytest.param(b"hang", "within 1.5 seconds", id="too slow"),
        pytest.param(b"die", "ended the process", id="its process dies"),
    ],
)
def test_a_page_that_takes_its_process_down_is_refused_by_name_and_the_others_are_read(
    monkeypatch, bad, why
):
    monkeypatch.setattr(scrapers.extraction, "read_pages", hang)
    # A page in a batch has half a second more, which a test need not wait for.
    monkeypatch.setattr(scrapers.extraction, "BATCH_ALLOWANCE_S", 0.0)
    with closing(Pool(2, page_timeout_s=1.5)) as pool:
        pool.submit([page(0)]).result(60)  # the processes are up
        results = pool.submit([page(1), page(2, bad), page(3)]).result(60)
    assert isinstance(results[0], Extracted) and isinstance(results[2], Extracted)
    assert isinstance(results[1], ExtractError) and why in str(results[1])
    assert results[1].url == "http://x.example/2"


def test_a_pool_that_was_never_asked_starts_no_process():
    with closing(Pool()) as pool:
        assert "_pool" not in vars(pool)
