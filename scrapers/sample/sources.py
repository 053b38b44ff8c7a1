"""The sample site as sources: one a topic, on the terms of our own texts."""

from __future__ import annotations

from scrapers.sample.topics import TOPICS, Topic
from store.records import Source

#: Matches the article links of a topic's list page, and no other link on it.
STORY_LINKS = "a.story"


def sample_sources(base_url: str) -> tuple[Source, ...]:
    """Return a source for every topic of the sample site served at `base_url`."""
    return tuple(_source(topic, base_url.rstrip("/")) for topic in TOPICS)


def _source(topic: Topic, base_url: str) -> Source:
    is_page = topic.listing == "page"
    return Source(
        name=f"sample-{topic.name}",
        kind="page" if is_page else "feed",
        url=base_url + topic.listing_path,
        licence="CC0-1.0",
        attribution="Unseen sample site",
        topic=topic.name,
        links=STORY_LINKS if is_page else None,
    )
