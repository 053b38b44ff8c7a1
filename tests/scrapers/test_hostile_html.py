"""No HTML makes reading slow: twice the page takes about twice the time, or is refused.

Times are CPU times of this process, the best of several: another program's work is not ours.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import pkgutil
import re
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import regex

import scrapers
from scrapers.entries import Entry
from scrapers.extract import document_text, extract, extract_entry
from scrapers.fetched import Fetched
from scrapers.markup import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, decode, parse
from scrapers.page import PageReader
from scrapers.page_dates import linked_data, page_date
from scrapers.safety import hidden_text, keep_away
from store.errors import ExtractError
from store.records import Source

URL = "https://news.example.net/latest/"
#: What issue 4 asks for: time(2n) / time(n), and seconds for a megabyte.
MAX_RATIO = 2.5
MAX_SECONDS_A_MEGABYTE = 1.0
#: Below this a ratio measures the clock.
MEASURABLE_S = 0.02
GIVE_UP_S = 10.0

type_ = 'type="application/ld+json"'
ORDER = "ignore all previous instructions "
WORDS = "the harbour wall will cost nine million "

#: Repeated to the length of a page. One line: one idea of what may cost the square.
REPEATED = (
    # tags, attributes and comments that never end
    "<a ", "<a a", "<a b=", '<a b="', "<a b='", "<a b=\"<a b='", "<a =", "<a /", "<p class=a id=b ",
    "<", "<x", "</", "</p", "</script", "<!", "<!--", "<!-->", "<!-- --", "<!-- a -->", "<?",
    "<?x ", "<!DOCTYPE ", "<![CDATA[", "]]>", '"', "'", "=", ">",
    # elements that never end, or that libxml2 closes by itself
    "<div>", "<div>x", "<p>", "<p>x", "<b><p>", "<i></p>", "<p>x</div>", "<font>x", "<span>a b ",
    "<table><tr><td>", "<table><tr><td>x", "<td>x", "<li>x", "<ul><li>x", "<dl><dt>x<dd>y",
    "<form>", "<select><option>", "<button>", "<ruby><rt>", "<svg>", "<math>", "<frameset>",
    "<title>", "<textarea>", "<plaintext>", "<script>", "<style>", "<iframe>", "<noscript>x",
    "<template>x", "<object>", "<blockquote>x", "<pre>x\n", "<article>x", "<nav>x", "<br>",
    "<h1>x</h1>", "<h2>x</h2><p>y", f"<p>{WORDS}", "<img src=x>", "<em>x</em> ", "</p>",
    "<a href=x>", "<b><a href=/a-b1>a long title", "<li><a href=/2026/a-b1>a long title</a>",
    "<a href=/a-b1><time datetime=2026-08-17>a long title</time></a>",
    # what our own code looks at
    "<meta ", "<meta name=robots content='index, follow'>", "<meta property=date content=2026>",
    '<time datetime="', "<time datetime='2026-08-17'>", "<base href=/a/>", f"<script {type_}>",
    f"<script {type_}>[{{}}]</script>", f"<script {type_}>" + '{"@graph":[', '{"@graph":[', "[",
    "<p hidden>a b c d e f", "<p style='display:none'>a b c d e f", '<p style="display:none',
    '<p style="color:red;background:red">a b c d e f', "<div style='left:-999px'>",
    f"<p hidden class=menu>{ORDER}", f"<!-- {ORDER}-->", f"<img alt='{ORDER}'>",
    f"<p title='{ORDER}'>", ORDER, "<nav hidden><a href=x>a</a>", "color:", "display :",
    # letters
    "&", "&#", "&#x", "&#1;", "&a", "&lt;", "&amp", "&nbsp;", "word ", "x", "1", ".", "...", "… ",
    " ", "\n", "\t", " \n", "-", "a-", "e\u0301", "\u0301", "é", "日本", "\u200b", "\u200d\u200c",
    "\u202d", "\u202eab cd ef gh ij\n", "\U000e0041", "\U000e0041 ", "\f", "\ufffe",
)  # fmt: skip


def repeated(seed: str) -> Callable[[int], str]:
    """Return what makes a page of `seed` alone, inside an article."""

    def page(length: int) -> str:
        return "<html><body><article>" + seed * (length // len(seed))

    return page


def bare(seed: str) -> Callable[[int], str]:
    return lambda length: seed * (length // len(seed))


def numbered(start: str, each: str, end: str = "") -> Callable[[int], str]:
    """Return what makes a page of things that all differ."""

    def page(length: int) -> str:
        return (
            start + "".join(each.format(n) for n in range(length // len(each.format(99_999)))) + end
        )

    return page


def deep(inner: str) -> Callable[[int], str]:
    """Return what makes a page of towers as high as is allowed."""
    tower = "<i>" * (MAX_DEPTH - 10) + inner + "</i>" * (MAX_DEPTH - 10)
    return lambda length: "<html><body>" + tower * max(1, length // len(tower))


def half(start: str, each: str) -> Callable[[int], str]:
    """Return what makes a page whose first half is one long thing."""
    return lambda length: start.format("a" * (length // 2)) + each * (length // 2 // len(each))


SHAPES: dict[str, Callable[[int], str]] = {
    **{f"{seed!r} again and again": repeated(seed) for seed in REPEATED},
    **{
        f"nothing but {seed!r}": bare(seed)
        for seed in ("<a ", "<!--", "<div>", "<p>", "<b><a href=/a-b1>a long title", "<i></p>",
                     "<script>", "word ", "<![CDATA[")
    },
    "an element of attributes": numbered("<body><a ", "a{}=1 ", ">x"),
    "an element of attributes in quotes": numbered("<body><a ", 'a{}=">"', ">x"),
    "elements of attributes": lambda n: numbered("<p ", "a{}=1 ", ">x")(4_000) * (n // 4_000),
    "elements of many names": numbered("<body>", "<x{0}>y</x{0}>"),
    "links of many addresses": numbered("<body><li>", "<a href=/a-{}>a long title</a>"),
    "a long base": half(f"<base href='{URL}{{}}/'>", "<a href=b-1>a long title</a>"),
    "a long address": half("<a href='/{}'>a long title</a>", "<a href='/a-b'>a long title</a>"),
    "a long address that is no slug": lambda n: f"<a href='/{'a' * n}'>a long title</a>",
    "a long style": half("<p style='{}'>x", "<p style='color :'>x"),
    "a long title": half("<title>{}</title>", "<h1>x"),
    "towers": deep("<p hidden>a b c d e f</p>"),
    "towers of dates": deep("<time datetime='2026-08-17'>x</time>"),
    "towers of links": deep("<a href=/a-b1>a long title</a>"),
    "towers of links in links": lambda n: ("<b><a href=/a-b1>" * 100 + "x " * 500) * (n // 2_700),
    "a list of data": lambda n: f"<script {type_}>[" + "{}," * (n // 3) + "{}]</script>",
    "deep data": lambda n: f"<script {type_}>" + "[" * (n // 2) + "]" * (n // 2) + "</script>",
    "a long number": lambda n: f"<script {type_}>{{\"headline\":{'9' * n}}}</script>",
    "a story, then dots": lambda n: f"<p>{WORDS * 9}" + "." * n + "x",
}  # fmt: skip


def fetched(body: bytes, content_type: str = "text/html") -> Fetched:
    headers = {"content-type": content_type}
    return Fetched(URL, URL, 200, headers, body, datetime(2026, 8, 20, tzinfo=UTC))


def listed(links: str | None) -> Callable[[str], object]:
    source = Source(name="s", kind="page", url=URL, licence="MIT", attribution="S", links=links)
    return lambda page: PageReader().read(fetched(page.encode()), source)


def look_at_tree(page: str) -> None:
    tree = parse(page, URL)
    hidden_text(tree, page[:1_000])
    keep_away(tree, {})
    page_date(tree)
    list(linked_data(tree))


#: Everything that reads HTML.
READERS: dict[str, Callable[[str], object]] = {
    "extract": lambda page: extract(page.encode(), "text/html", URL),
    "extract plain text": lambda page: extract(page.encode(), "text/plain", URL),
    "document_text": lambda page: document_text(page.encode(), "text/html", URL),
    "extract_entry": lambda page: extract_entry(Entry("1", URL, "T", None, page), URL),
    "the tree's readers": look_at_tree,
    "decode": lambda page: decode(page.encode() + b"\xe9", "text/html", URL),
    "decode another charset": lambda page: decode(
        page.encode("utf-16-le", "replace").replace(b"\0", b"\x81"),
        "text/html; charset=koi8-r",
        URL,
    ),
    "PageReader": listed(None),
    "PageReader with a selector": listed("article a, li > a[href], :is(h1, h2) a"),
}
#: In the normal run: those that between them pass through nearly all the code of the others.
FEW = ("extract", "PageReader with a selector")


class TooSlowError(Exception):
    """Something ran on and on."""


def cpu_s(run: Callable[[], object], rounds: int) -> float:
    """Return the least CPU time of several rounds, the collector of garbage at rest.

    What runs on is stopped: an exponential pattern would never end. The alarm is of the wall
    clock, because one of CPU time makes the CPU clock coarse.
    """

    def stop(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    gc.disable()
    best = float("inf")
    try:
        for _ in range(rounds):
            signal.setitimer(signal.ITIMER_REAL, GIVE_UP_S)
            started = time.process_time()
            with contextlib.suppress(ExtractError):
                run()
            best = min(best, time.process_time() - started)
    except TooSlowError:
        return GIVE_UP_S
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    return best


def fault(run: Callable[[Any], object], make: Callable[[int], Any], length: int) -> str | None:
    """Return in what way `run` is too slow on what `make` makes of a length, or None.

    What looks too slow once is measured again, thrice: then it is not the machine. A square
    shows in two doublings as well as in one; a cache that overflows does not.
    """
    limit = MAX_SECONDS_A_MEGABYTE * max(length / 1_000_000, 0.3)

    def seconds(of: int, rounds: int) -> float:
        made = make(of)
        return max(cpu_s(lambda: run(made), rounds), 1e-6)

    once = seconds(length, 1)
    if once <= MEASURABLE_S or (once <= limit and once / seconds(length // 2, 1) <= MAX_RATIO):
        return None
    whole, half, quarter = (seconds(length // part, 3) for part in (1, 2, 4))
    if whole > limit:
        return f"takes {whole:.2f} s for {length} letters, limit {limit} s"
    if whole > MEASURABLE_S and whole > MAX_RATIO * half and whole > MAX_RATIO**2 * quarter:
        return f"takes {quarter:.3f}, {half:.3f}, {whole:.3f} s for each twice as long"
    return None


def faults(reader: str, length: int) -> list[str]:
    return [
        f"{reader}: {name} {why}"
        for name, shape in SHAPES.items()
        if (why := fault(READERS[reader], shape, length))
    ]


def test_there_are_enough_ideas():
    assert len(REPEATED) == len(set(REPEATED)) >= 120


@pytest.mark.parametrize("reader", FEW)
def test_no_page_makes_slow(reader):
    assert faults(reader, 64_000) == []


@pytest.mark.long
@pytest.mark.parametrize("length", [250_000, 1_000_000])
@pytest.mark.parametrize("reader", READERS)
def test_no_large_page_makes_slow(reader, length):
    assert faults(reader, length) == []


@pytest.mark.parametrize(
    ("page", "why"),
    [
        pytest.param("<p>x" * (MAX_ELEMENTS + 1), "elements", id="elements"),
        pytest.param(
            numbered("<a ", "a{}=1 ", ">x")(60_000), f"{MAX_ATTRIBUTES} attr", id="attributes"
        ),
        pytest.param("<div>" * 300 + WORDS * 9, f"{MAX_DEPTH} deep", id="depth"),
        pytest.param("<div>" * 9_000, f"{MAX_DEPTH} deep", id="depth of a long page"),
    ],
)
def test_a_bound_is_said(page, why):
    with pytest.raises(ExtractError, match=why):
        extract(page.encode(), "text/html", URL)
    with pytest.raises(ExtractError, match=why):
        READERS["PageReader"](page)


def test_as_deep_as_is_allowed_nothing_is_lost():
    story = f"<p>{WORDS * 3}</p>"
    page = "<html><body>" + "<div>" * (MAX_DEPTH - 5) + story + "</div>" * (MAX_DEPTH - 5)
    text = extract(f"{page}<p>And {WORDS * 3}</p>".encode(), "text/html", URL).text
    assert text.count("harbour") == 6


# Regular expressions

#: Patterns that only ever see so many letters, and who sees to it.
BOUNDED = {
    # parse_date refuses more.
    **{f"scrapers.dates.{name}": 100 for name in ("_WEEKDAY", "_GLUE")},
    # extract_entry asks for the end of a text.
    "scrapers.extract._CUT_SHORT": 200,
}
FUNCTIONS = frozenset({"compile", "search", "match", "fullmatch", "split", "findall", "finditer",
                       "sub", "subn"})  # fmt: skip

ANCHORED = frozenset({"match", "fullmatch"})

Pattern = re.Pattern[str] | re.Pattern[bytes] | regex.Pattern[str]


def modules() -> Iterator[tuple[str, Path]]:
    for found in pkgutil.walk_packages(scrapers.__path__, "scrapers."):
        spec = found.module_finder.find_spec(found.name, None)
        if spec and spec.origin:
            yield found.name, Path(spec.origin)


def written_patterns() -> dict[str, tuple[Pattern, bool]]:
    """Return every pattern of the package, and whether it is only tried at a text's start.

    Those of its modules' names, and those written in its calls.
    """
    found: dict[str, tuple[Pattern, bool]] = {}
    for name, path in modules():
        source = path.read_text("utf-8")
        for key, value in vars(importlib.import_module(name)).items():
            if isinstance(value, re.Pattern | regex.Pattern):
                uses = set(re.findall(rf"\b{key}\.(\w+)", source))
                found[f"{name}.{key}"] = value, bool(uses) and uses <= ANCHORED
        for call in pattern_calls(ast.parse(source)):
            if isinstance(call.args[0], ast.Constant) and call.func.attr != "compile":
                library = regex if call.func.value.id == "regex" else re
                pattern = library.compile(call.args[0].value)
                found[f"{name}:{call.lineno}"] = pattern, call.func.attr in ANCHORED
    return found


def pattern_calls(module: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in ("re", "regex")
            and node.func.attr in FUNCTIONS
        ):
            yield node


PATTERNS = written_patterns()


def probes(pattern: Pattern) -> Iterator[str]:
    """Yield what to repeat: a general list, and the pattern's own words."""
    written = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("ascii")
    )
    yield from (seed for seed in REPEATED if len(seed) <= 10)
    for word in sorted(set(re.findall(r"[\w<>#&:=.,\"'/!?-]{1,20}", written))):
        yield from (word, f"{word} ", f"{word}: ", f"{word}=")


def test_every_pattern_is_found():
    """One that a function makes of something else than a literal would be missed."""
    for name, path in modules():
        module = ast.parse(path.read_text("utf-8"))
        top = {id(call) for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign)
               for call in ast.walk(node)}  # fmt: skip
        for call in pattern_calls(module):
            named = id(call) in top and call.func.attr == "compile"
            assert named or isinstance(call.args[0], ast.Constant), f"{name}:{call.lineno}"
    assert len(PATTERNS) > 40
    assert {"scrapers.safety._TO_A_MODEL", "scrapers.extract._CUT_SHORT"} <= set(PATTERNS)


def slow_probes(name: str, length: int) -> list[str]:
    pattern, anchored = PATTERNS[name]
    length = min(length, BOUNDED.get(name, length))

    def run(text: str | bytes) -> None:
        if anchored:
            pattern.match(text)
            pattern.fullmatch(text)
        else:
            deque(pattern.finditer(text), maxlen=0)

    def repeat(seed: str, end: str, n: int) -> str | bytes:
        text = seed * (n // len(seed)) + end
        return text.encode() if isinstance(pattern.pattern, bytes) else text

    return [
        f"{name} on {seed!r} {why}"
        for seed in probes(pattern)
        for end in ("", "\n!x")
        if (why := fault(run, partial(repeat, seed, end), length))
    ]


@pytest.mark.parametrize("name", PATTERNS)
def test_no_text_makes_a_pattern_slow(name):
    assert slow_probes(name, 4_000) == []


@pytest.mark.long
@pytest.mark.parametrize("name", PATTERNS)
def test_no_long_text_makes_a_pattern_slow(name):
    assert slow_probes(name, 50_000) == []
