"""Text from the web is shown and never run: payloads in every displayed field, in a real DOM."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
import pytest
from lxml import etree, html
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from store.database import session
from store.records import SourceReport
from store.sources import enter_sources, remember_outcomes
from tests.api.conftest import serving
from tests.api.months import HOUR, source
from tests.building import EARLIER, LATER, NOW, Story, Told, World
from tests.corpora import corpus

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
#: Headless, and with everything off by which Chromium itself would speak to the world.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
N_PAYLOADS = 64

#: Written out here so that the escaping is tested without the shared material, too.
OWN = [
    '"><script>window.ran=1;alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title></textarea></style><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}<b>{{ self }}",
    "<a href=http://evil.example/>x</a>&lt;script&gt;",
    "]]><script>alert(1)</script><!--",
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>",
]


def payloads() -> list[str]:
    """Return an even sample of the shared payloads that JSON and SQLite can hold, and ours."""
    lines = corpus("data/xss_payloads.jsonl").read_text(encoding="utf-8").split("\n")
    known = [json.loads(line)["payload"] for line in lines if line]
    usable = [p for p in dict.fromkeys(known) if p.strip() and "\0" not in p and len(p) < 2_000]
    return usable[:: len(usable) // N_PAYLOADS][:N_PAYLOADS] + OWN


def hostile(payload: str, number: int) -> Story:
    """Return a story whose every text is the payload."""
    return Story(
        sentence=f"{payload} {number}.",
        question=f"{payload} {number}?",
        answer=payload,
        kind="choice",
        family=payload,
        choices=(payload, f"{payload} too"),
        aliases=(payload, f"{payload} as well"),
        spec={"unit": payload, payload: "key"},
        source=payload,
        title=payload,
        url=payload if number % 2 else f"https://gazette.example/{payload}",
        licence="CC-BY-4.0" if number % 3 else payload,
        attribution=payload,
        topic=payload,
        language=payload,
        locator=payload,
        extractor=payload,
        content_type=payload,
        pair=payload,
        pair_role=payload,
        writer=payload,
        why=payload,
        evidence={payload: [payload]},
        before=payload,
        after=payload,
    )


def attack_the_list(world: World) -> None:
    """List a source a payload, every field of it hostile; half of them fail with it as reason."""
    listed = [
        source(
            payload[:80],
            url=payload if number % 2 else f"https://gazette.example/{number}",
            licence=payload,
            attribution=payload,
            topic=payload,
        )
        for number, payload in enumerate(payloads())
    ]
    with session(world.engine) as work:
        for one, payload in zip(listed, payloads(), strict=True):
            error = f"cannot read {one.url}: {payload}"
            at = {"started_at": NOW - 2 * HOUR, "finished_at": NOW - HOUR}
            remember_outcomes(work, [(one, SourceReport(source=one.name, error=error, **at))])
        # The interval is kept out until here: no visit can be made by one that is no time.
        said = [each.model_copy(update={"interval": each.licence}) for each in listed]
        enter_sources(work, said)


@dataclass
class Attacked:
    """A server whose store is full of payloads."""

    url: str
    told: list[tuple[str, Told]]
    sealed: list[Told]
    paths: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """One week with a question a payload, some sealed, one retired; failed visits and runs."""
    world = World.at(tmp_path_factory.mktemp("attacked"))
    told = []
    for number, payload in enumerate(payloads()):
        told.append((payload, world.tell(hostile(payload, number), EARLIER)))
        world.ran(payload, str(number), payload)
        world.ran(f"collect {payload}", str(number), payload)
    attack_the_list(world)
    sealed = [each for _, each in told[::8]]
    opened = [each for _, each in told if each not in sealed]
    world.release(EARLIER, opened, [*sealed[1:], sealed[0]])
    world.release(LATER, [], sealed[1:], [(sealed[0], payloads()[0])])
    for number, payload in enumerate(payloads()[:20]):
        world.reject(hostile(f"{payload} no", 900 + number), EARLIER, payload, payload)
    with serving(world) as url:
        paths = ["/", f"/sets/{LATER}", "/funnel", f"/funnel?week={EARLIER}", "/sources", "/runs"]
        paths += [f"/sets/{EARLIER}?limit=100", "/runs?job=collect&limit=200", "/runs?after=200"]
        paths += [f"/questions/{each.question.id}" for _, each in told]
        yield Attacked(url, told, sealed[1:], paths)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; a user may have none, CI must."""
    if CHROMIUM is None:
        why = "no Chromium is installed"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


ELEMENTS = set(
    "html head meta title link body a header div nav ul li main section h1 h2 h3 p span svg path "
    "rect dl dt dd figure figcaption pre code table thead tbody tr th td ol article blockquote "
    "mark details summary time strong em br footer".split()
)
ATTRIBUTES = set(
    "lang charset name content rel href type title class id viewBox aria-hidden focusable d x y "
    "width height rx preserveAspectRatio role aria-label aria-labelledby aria-current datetime dir "
    "tabindex scope".split()
)

#: Runs in the page: every element and attribute there is, and every address it names.
INVENTORY = """() => {
  const nodes = [...document.querySelectorAll('*')];
  return {
    elements: [...new Set(nodes.map(n => n.localName))],
    attributes: [...new Set(nodes.flatMap(n => [...n.attributes].map(a => a.name)))],
    links: [...document.querySelectorAll('a')].map(a => [a.getAttribute('href'), a.protocol]),
    ran: typeof window.ran,
    text: document.body.textContent,
  };
}"""


def squeezed(text: str) -> str:
    """Return a text without white space, which HTML does not keep."""
    return "".join(text.split())


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """Open an empty page, and note every dialog, script error and request from now on."""
    context.route(re.compile(r"^(?!http://127\.0\.0\.1:)"), lambda route: route.abort())
    page, seen = context.new_page(), []

    def dismissed(dialog: Dialog) -> None:
        seen.append("dialog")
        dialog.dismiss()

    page.on("dialog", dismissed)
    page.on("pageerror", lambda error: seen.append(f"script: {error}"))
    page.on("request", lambda asked: seen.append(asked.url))
    return page, seen


@pytest.mark.parametrize("guarded", [True, False], ids=["as served", "with the policy taken away"])
def test_in_a_browser_nothing_runs_and_nothing_leaves(attacked, browser, guarded):
    context = browser.new_context(bypass_csp=not guarded)
    page, seen = watched(context)
    # Without the policy a mistake would run, so that is the pass over every page.
    paths = attacked.paths[:9] + attacked.paths[9::5] if guarded else attacked.paths
    for path in paths:
        page.goto(attacked.url + path, wait_until="load")
        found = page.evaluate(INVENTORY)
        assert found["ran"] == "undefined"
        assert set(found["elements"]) <= ELEMENTS, path
        assert set(found["attributes"]) <= ATTRIBUTES, path
        assert {protocol for _, protocol in found["links"]} <= {"http:", "https:"}, path
    assert len(seen) >= len(paths)
    assert [each for each in seen if not each.startswith(f"{attacked.url}/")] == []
    context.close()


def test_in_a_browser_a_payload_reads_as_it_was_written(attacked, browser):
    context = browser.new_context()
    page, _ = watched(context)
    for payload, told in attacked.told[::6]:
        page.goto(f"{attacked.url}/questions/{told.question.id}")
        words = squeezed(page.evaluate(INVENTORY)["text"])
        assert words.count(squeezed(payload)) >= 5, payload
    context.close()


def test_every_displayed_field_holds_the_payload_as_text(attacked):
    with httpx2.Client(base_url=attacked.url) as client:
        for payload, told in attacked.told:
            page = html.fromstring(client.get(f"/questions/{told.question.id}").text)
            assert not page.xpath("//script|//iframe|//object|//img|//form|//base|//@style")
            assert not [name for name in page.xpath("//@*") if name.attrname.startswith("on")]
            shown = squeezed(page.text_content())
            # lxml cannot hold some control characters; the browser's test above reads those.
            if payload.isprintable() and told not in attacked.sealed:
                assert shown.count(squeezed(payload)) >= 15, payload


def test_every_field_of_a_source_holds_the_payload_as_text(attacked):
    with httpx2.Client(base_url=attacked.url) as client:
        page = html.fromstring(client.get("/sources").text)
    assert not page.xpath("//script|//iframe|//object|//img|//form|//base|//@style")
    assert not [name for name in page.xpath("//@*") if name.attrname.startswith("on")]
    cards = {
        squeezed(card.xpath(".//h3")[0].text_content()): squeezed(card.text_content())
        for card in page.find_class("source")
    }
    held = [payload for payload in payloads() if payload.isprintable() and len(payload) <= 80]
    assert len(held) > 30
    for payload in held:
        # Name, attribution, licence, topic and interval.
        assert cards[squeezed(payload)].count(squeezed(payload)) >= 5, payload


def test_the_reason_that_a_site_gave_is_shown_as_text(attacked):
    with httpx2.Client(base_url=attacked.url) as client:
        page = html.fromstring(client.get("/sources").text)
    reasons = [squeezed(reason.text_content()) for reason in page.find_class("error")]
    assert any("<" in reason and ">" in reason for reason in reasons)


def test_the_feed_stays_well_formed_whatever_is_stored(attacked):
    with httpx2.Client(base_url=attacked.url) as client:
        assert len(etree.fromstring(client.get("/feed.atom").content)) > 5


def test_json_answers_are_never_taken_for_pages(attacked):
    told = attacked.told[1][1]
    with httpx2.Client(base_url=attacked.url) as client:
        for path in ("", "/provenance"):
            answer = client.get(f"/v1/questions/{told.question.id}{path}")
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["x-content-type-options"] == "nosniff"
