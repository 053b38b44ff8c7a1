"""What a page hides from its readers, and whether it asks machines to keep away.

This only collects; check `injection` judges. A hidden element that holds prose counts. What
pages hide by habit – menus, cookie dialogs, scripts' fallbacks, descriptions of pictures –
counts only where it speaks to a language model, or the check would stop every newspaper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import regex
from lxml import etree
from lxml.html import HtmlElement

from scrapers.markup import texts_of
from store.text import INVISIBLE, squeeze

#: Fewer words are a label, not a sentence (our choice; the shortest order in the injection
#: collection that does anything has five).
MIN_WORDS = 5
#: Languages without spaces: fewer letters are a label.
MIN_LETTERS_UNSPACED = 10
#: Zero-width characters in a row that no script or emoji needs.
MIN_INVISIBLE_RUN = 8
#: With more of its text in links an element is a list of links (our choice).
MAX_LINKED_SHARE = 0.5
#: The most hidden text that is kept; a page with more is refused by what is kept.
MAX_HIDDEN_LENGTH = 20_000

_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?<![\w-])opacity\s*:\s*0*(?:\.0+)?%?\s*(?:;|!|$)"
    r"|font-size\s*:\s*(?:0*(?:\.0*)?(?:px|pt|r?em|%)?|0*(?:1|\.\d+)(?:px|pt)"
    r"|0*\.[01]\d*r?em)\s*(?:;|!|$)"
    r"|(?:left|top|right|bottom|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}"
    r"|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01]"
    r"|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0)"
    r"|(?<![\w-])(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|!|$)"
    r"|transform\s*:\s*scale\(\s*0*(?:\.0+)?\s*\)"
    r"|(?<![\w-])color\s*:\s*transparent",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![\w-])color\s*:\s*([^;!]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_WHITE = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)"})

#: Elements a reader never sees, whatever their style.
_NEVER_SHOWN = frozenset({"template", "noscript", "noframes", "dialog", "datalist"})
_NOT_TEXT = frozenset({"script", "style", "svg", "math", "head", "iframe", "object", "option"})
_HABITUALLY_HIDDEN = re.compile(
    r"nav|menu|cookie|consent|gdpr|banner|modal|popup|pop-up|dialog|overlay|newsletter|subscri"
    r"|shar(?:e|ing)|social|login|sign-?(?:in|up)|search|tooltip|toast|alert|notice|notif|e-?mail|paywall|ad(?:s|vert|-?block)|thank"
    r"|skip|sr-only|screen-?reader|visually-?hidden|a11y|comment|related|promo|footer|header"
    r"|sidebar|widget|player|video|gallery|caption|form|error|print|mobile|dropdown|tab-|accordion",
    re.IGNORECASE,
)
_CHROME_TAGS = frozenset({"nav", "footer", "header", "aside", "form", "button", "noscript"})
#: Where what lies around an element stops to matter.
_CHROME_ENDS = frozenset({"body", "html", "article"})
_CONTROLS = frozenset({"input", "button", "select", "textarea", "form"})
_UNPRINTED = (etree.Comment, etree.ProcessingInstruction)

#: Words of somebody who speaks to a machine, in the languages of our sources.
_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instruct|prompt|previous|prior"
    r"|above|rule|system|guideline|everything|training)"
    r"|\b(?:system|developer|assistant|user)\s*(?:prompt|message|:|>)"
    r"|\b(?:language model|chat\s?bot|chatgpt|gpt-?\d|llm|large language|claude|gemini|copilot)\b"
    r"|\bA\.?I\.?\s+(?:assistant|model|agent|system|summar)"
    r"|\b(?:pretend|imagine|suppose) (?:that )?you\b"
    r"|(?<!\bthat )\byou (?:are|must|will|should) (?:now )?"
    r"(?:an? |act|answer|respond|output|reply|pretend|obey)"
    r"|\b(?:new|your|these|following|hidden|original|initial) "
    r"(?:task|instructions?|orders?|prompts?)"
    r"|\b(?:reveal|print|repeat|show|leak)\b.{0,40}\b(?:prompts?|instructions?|password)\b"
    r"|<\|?(?:im_start|im_end|system|endoftext)|\[/?INST\]"
    r"|\b(?:answer|respond|reply|output|write) (?:only|with|every|nothing|in)\b"
    r"|\b(?:ignor(?:iere|a|e|ez|er)|vergiss|oublie[zr]?|olvida|esqueça|negeer|vergeet)\b.{0,60}"
    r"\b(?:anweisung|instruc|vorherige|précédent|anterior|vorige)"
    r"|(?:以前|これまで|上記).{0,12}(?:指示|命令)|忽略.{0,12}(?:指令|提示)|이전.{0,8}(?:지시|명령)",
    re.IGNORECASE | re.DOTALL,
)

_TAG_CHARACTERS = re.compile("[\U000e0020-\U000e007e]+")
#: The same letters for `re`, which takes a sixth of `regex`'s time where there are none.
UNSEEN_LETTER = re.compile(INVISIBLE.pattern)
_INVISIBLE_RUN = regex.compile(f"(?:{INVISIBLE.pattern}){{{MIN_INVISIBLE_RUN},}}")
_BIDI_OVERRIDE = re.compile("[\u202d\u202e]([^\u202c\u2069\n]+)")
_WORD = re.compile(r"\w[\w'’-]*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Hangul}]")

_ATTRIBUTES = frozenset(
    {"alt", "title", "aria-label", "aria-description", "placeholder", "data-content"}
)
#: The shortest order to a model that does anything is longer (our choice).
_LABEL_LENGTH = 20

#: lxml looks for what is worth a look; most of a page is not.
_LONG_ATTRIBUTES = etree.XPath(f"descendant-or-self::*/@*[string-length() > {_LABEL_LENGTH}]")
_STRING = etree.XPath("string()", smart_strings=False)


def hidden_text(page: HtmlElement, visible: str = "") -> str:
    """Return the prose of a page that its readers do not see, one piece a line.

    Args:
        page: The parsed page, its comments included.
        visible: Text that is shown anyway; hidden copies of it hide nothing.
    """
    shown = squeeze(visible)
    found: dict[str, None] = {}
    for piece in chain(_hidden_elements(page), _spoken_to_machines(page), invisible(_all_of(page))):
        text = squeeze(INVISIBLE.sub("", piece))
        if text and text not in shown:
            found.setdefault(text)
    return "\n".join(found)[:MAX_HIDDEN_LENGTH]


@dataclass(frozen=True)
class _Place:
    """Where an element stands: inside what is hidden or no text, inside what is chrome."""

    unseen: bool = False
    chrome: bool = False

    def inside(self, element: HtmlElement) -> _Place:
        """Return the place of what `element`, which stands here, holds."""
        return _Place(
            self.unseen or element.tag in _NOT_TEXT or _is_hidden(element),
            element.tag not in _CHROME_ENDS and (self.chrome or _is_chrome(element)),
        )


def _hidden_elements(page: HtmlElement) -> Iterator[str]:
    """Yield the prose of elements hidden by style, attribute or nature, outermost only."""
    places: dict[HtmlElement, _Place] = {}
    for element in page.iter("*"):
        if element.tag in _NOT_TEXT or not _is_hidden(element):
            continue
        place = _place_of(element, places)
        if place.unseen:
            continue
        text, linked = _text_of(element)
        habitual = (
            place.inside(element).chrome
            or linked > MAX_LINKED_SHARE
            or next(element.iterdescendants(_CONTROLS), None) is not None
        )
        if is_prose(text) and (not habitual or speaks_to_a_model(text)):
            yield text


def _place_of(element: HtmlElement, places: dict[HtmlElement, _Place]) -> _Place:
    """Return where an element stands.

    What is known of its parents is kept in `places`: to ask each element for all of them is
    quadratic in deep pages.
    """
    unknown = []
    parent = element.getparent()
    while parent is not None and parent not in places:
        unknown.append(parent)
        parent = parent.getparent()
    place = _Place() if parent is None else places[parent]
    for parent in reversed(unknown):
        place = places[parent] = place.inside(parent)
    return place


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag in _NEVER_SHOWN:
        return True
    marks: dict[str, str] = dict(element.items())
    if "hidden" in marks or marks.get("aria-hidden", "").lower() == "true":
        return True
    style = marks.get("style", "")
    return bool(style) and (bool(_HIDING_STYLE.search(style)) or _colour_on_colour(style))


def _colour_on_colour(style: str) -> bool:
    """Whether text has its background's colour; white alone is hidden on most pages."""
    colour = _COLOUR.search(style)
    if not colour:
        return False
    text = re.sub(r"\s+", "", colour[1].lower())
    ground = _BACKGROUND.search(style)
    if ground:
        return text == re.sub(r"\s+", "", ground[1].lower())
    return text in _WHITE


def _is_chrome(element: HtmlElement) -> bool:
    """Whether an element is what pages hide by habit."""
    # Microdata is written for search engines: it repeats the article out of sight.
    if element.tag in _CHROME_TAGS or "itemscope" in element.attrib:
        return True
    names = " ".join(element.get(name, "") for name in ("class", "id", "role"))
    return _HABITUALLY_HIDDEN.search(names) is not None


def _text_of(element: HtmlElement) -> tuple[str, float]:
    """Return an element's text, and the share of it that lies in links."""
    pieces: list[str] = []
    linked = 0
    ahead: list[tuple[HtmlElement | str | None, bool]] = [(element, False)]
    while ahead:
        node, in_link = ahead.pop()
        if isinstance(node, str):
            if piece := squeeze(node):
                pieces.append(piece)
                linked += len(piece) if in_link else 0
        # The tag of a comment is no string.
        elif node is not None and isinstance(node.tag, str) and node.tag not in _NOT_TEXT:
            inside = in_link or node.tag == "a"
            for child in reversed(node):
                ahead += ((child.tail, inside), (child, inside))
            ahead.append((node.text, inside))
    return " ".join(pieces), linked / (sum(map(len, pieces)) or 1)


def _all_of(page: HtmlElement) -> str:
    """Return all text but that of scripts and styles; empty when no letter is invisible."""
    return "".join(texts_of(page)) if UNSEEN_LETTER.search(_STRING(page)) else ""


def _spoken_to_machines(page: HtmlElement) -> Iterator[str]:
    """Yield comments and attributes that speak to a model; others describe the page."""
    around = chain(page.itersiblings(preceding=True), page.itersiblings())
    comments = (node.text or "" for node in chain(around, page.iter(*_UNPRINTED)))
    attributes = (str(value) for value in _LONG_ATTRIBUTES(page) if _describes(value))
    for text in chain(comments, attributes):
        if len(text) > _LABEL_LENGTH and is_prose(text) and speaks_to_a_model(text):
            yield text


def _describes(value: etree._ElementUnicodeResult) -> bool:
    if value.attrname == "content":
        return bool(value.getparent().tag == "meta")
    return value.attrname in _ATTRIBUTES


def invisible(text: str) -> Iterator[str]:
    """Yield what invisible characters spell: tag letters, long zero-width runs, reversed text."""
    for match in _TAG_CHARACTERS.finditer(text):
        spelt = "".join(chr(ord(character) - 0xE0000) for character in match.group())
        if is_prose(spelt):
            yield spelt
    for run in _INVISIBLE_RUN.finditer(text):
        if not _TAG_CHARACTERS.search(run.group()):
            yield f"A run of {len(run.group())} zero-width characters is hidden in the text."
    for turned in _BIDI_OVERRIDE.finditer(text):
        if is_prose(turned[1]):
            yield turned[1][::-1]


def is_prose(text: str) -> bool:
    """Whether a text can be a sentence rather than a label."""
    return (
        len(_WORD.findall(text)) >= MIN_WORDS
        or len(_UNSPACED.findall(text)) >= MIN_LETTERS_UNSPACED
    )


def speaks_to_a_model(text: str) -> bool:
    """Whether a text addresses a language model; tuned to miss little, not to convict."""
    return bool(_TO_A_MODEL.search(text))


#: Words of a robots meta tag or X-Robots-Tag that ask machines like us to keep away.
_KEEP_AWAY = ("noindex", "noarchive", "noai", "none")
#: Names that a robots rule for us goes by; rules for a named other crawler are not ours.
_OUR_NAMES = frozenset({"robots", "unseen"})


def keep_away(page: HtmlElement, headers: Mapping[str, str]) -> str | None:
    """Return why a page may not be used, or None: robots meta, X-Robots-Tag, TDM reservation."""
    for element in page.iter("meta"):
        name, content = element.get("name", "").lower(), element.get("content", "").lower()
        if name in _OUR_NAMES and (word := _kept_away_by(content)):
            return f"its robots meta tag says {word}"
        if name == "tdm-reservation" and content.strip() == "1":
            return "it reserves text and data mining"
    return keep_away_header(headers)


def keep_away_header(headers: Mapping[str, str]) -> str | None:
    """Return why the response headers forbid use, or None."""
    if headers.get("tdm-reservation", "").strip() == "1":
        return "it reserves text and data mining"
    agent = "robots"
    for rule in headers.get("x-robots-tag", "").lower().split(","):
        name, colon, words = rule.partition(":")
        if colon and "unavailable_after" not in name and not name.strip().startswith("max-"):
            agent, rule = name.strip(), words
        if agent in _OUR_NAMES and (word := _kept_away_by(rule)):
            return f"its X-Robots-Tag says {word}"
    return None


def _kept_away_by(rules: str) -> str | None:
    words = set(re.split(r"[\s,;]+", rules.strip().lower()))
    return next((word for word in _KEEP_AWAY if word in words), None)
