"""The sample site's topics and how each of them announces its articles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Listing = Literal["rss", "atom", "json", "page"]

_LISTING_PATHS: dict[Listing, str] = {
    "rss": "feed.xml",
    "atom": "feed.atom",
    "json": "feed.json",
    "page": "",
}


@dataclass(frozen=True)
class Topic:
    """One section of the site."""

    name: str
    title: str
    #: A page has no feed: its articles are found by following links.
    listing: Listing

    @property
    def listing_path(self) -> str:
        """Where a reader finds the topic's articles: '/rail/feed.json'."""
        return f"/{self.name}/{_LISTING_PATHS[self.listing]}"


TOPICS: tuple[Topic, ...] = (
    Topic("harbour", "Harbours and coast", "rss"),
    Topic("rail", "Railways", "json"),
    Topic("software", "Software", "atom"),
    Topic("health", "Health", "rss"),
    Topic("league", "Coastal League", "atom"),
    Topic("science", "Science", "json"),
    Topic("economy", "Economy", "rss"),
    Topic("weather", "Weather and hazards", "atom"),
    Topic("culture", "Culture", "page"),
    Topic("towns", "Towns", "json"),
)
