"""The sample site's articles, dated for the ISO week somebody asks for."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict, Field

from store.weeks import week_bounds

Trouble = Literal["injection", "benchmark"]

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_FENCE = "+++\n"
_PLACEHOLDER = re.compile(r"\{(date|iso|month|year):(-?\d+)\}")

#: Articles come out in the evening, so that a text about "this afternoon" is not too early.
_FIRST_HOUR = time(17)
_QUARTERS = 20


@dataclass(frozen=True)
class Article:
    """One article as the site shows it in one week."""

    #: Where it is served: '/rail/2026-08-21/lull-viaduct-reopens.html'.
    path: str
    title: str
    topic: str
    #: Articles of one story share its name: values change, events follow each other.
    story: str
    published_at: datetime
    #: Markdown with every date filled in.
    body: str
    html: str
    #: The first paragraph, without markup.
    summary: str
    #: What was planted on purpose; None for an honest article.
    trouble: Trouble | None


class FrontMatter(BaseModel):
    """The head of an article file; a day after the week's Sunday is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    #: Days from the Monday of the week asked for; 6 is its Sunday.
    day: int = Field(ge=-90, le=6)
    topic: str
    story: str
    trouble: Trouble | None = None


def long_date(day: date) -> str:
    """Return a date as the articles write it: '4 March 2026', in English on every machine."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_FORMATS: dict[str, Callable[[date], str]] = {
    "date": long_date,
    "iso": date.isoformat,
    "month": lambda day: f"{_MONTHS[day.month - 1]} {day.year}",
    "year": lambda day: str(day.year),
}


def fill_dates(text: str, monday: date) -> str:
    """Replace `{date:N}`, `{iso:N}`, `{month:N}` and `{year:N}`, N days from `monday`.

    Raises:
        ValueError: A brace is left over: the placeholder is misspelt.
    """

    def written(match: re.Match[str]) -> str:
        return _FORMATS[match[1]](monday + timedelta(days=int(match[2])))

    filled = _PLACEHOLDER.sub(written, text)
    if left := re.search(r"[{}][^\n]{0,20}", filled):
        raise ValueError(f"unknown placeholder near {left.group()!r}")
    return filled


def load_articles(week: str) -> tuple[Article, ...]:
    """Return every article as it reads in `week`, oldest first; none is younger than the week.

    Raises:
        ValueError: `week` is no ISO week, or an article file is malformed.
    """
    start, _ = week_bounds(week)
    articles = [_article(file, start) for file in _article_files()]
    return tuple(sorted(articles, key=lambda article: (article.published_at, article.path)))


def _article_files() -> Iterator[Traversable]:
    for folder in files("scrapers.sample").joinpath("articles").iterdir():
        if folder.is_dir():
            yield from (file for file in folder.iterdir() if file.name.endswith(".md"))


def _article(file: Traversable, start: datetime) -> Article:
    before, head, text = file.read_text(encoding="utf-8").split(_FENCE, 2)
    if before:
        raise ValueError(f"{file.name} does not begin with {_FENCE.strip()}")
    front = FrontMatter.model_validate(tomllib.loads(head))
    slug = file.name.removesuffix(".md")
    published_at = _published_at(slug, start + timedelta(days=front.day))
    body = fill_dates(text.strip(), start.date())
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    return Article(
        path=f"/{front.topic}/{published_at.date().isoformat()}/{slug}.html",
        title=front.title,
        topic=front.topic,
        story=front.story,
        published_at=published_at,
        body=body,
        html=markdown.render(body),
        summary=_first_paragraph(markdown, body),
        trouble=front.trouble,
    )


def _published_at(slug: str, midnight: datetime) -> datetime:
    """Give the article a quarter of an hour of its evening, the same on every machine."""
    quarter = hashlib.sha256(slug.encode()).digest()[0] % _QUARTERS
    return midnight.replace(hour=_FIRST_HOUR.hour) + timedelta(minutes=15 * quarter)


def _first_paragraph(markdown: MarkdownIt, body: str) -> str:
    inline = next(token for token in markdown.parse(body) if token.type == "inline")
    words = (child.content or " " for child in inline.children or ())
    return "".join(words).strip()
