"""What a page hides from its readers, and whether it asks machines to keep away.

This only collects; check `injection` judges. A hidden element that holds prose counts. What
pages hide by habit – menus, cookie dialogs, scripts' fallbacks, descriptions of pictures –
counts only where it speaks to a language model, or the check would stop every newspaper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import regex
from bs4 import BeautifulSoup, Comment
from bs4.element import NavigableString, PageElement, Tag

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
    r"|shar(?:e|ing)|social|login|sign-?(?:in|up)|search|tooltip|toast|alert|notice|paywall|ad(?:s|vert|-?block)|thank"
    r"|skip|sr-only|screen-?reader|visually-?hidden|a11y|comment|related|promo|footer|header"
    r"|sidebar|widget|player|video|gallery|caption|form|error|print|mobile|dropdown|tab-|accordion",
    re.IGNORECASE,
)
_CHROME_TAGS = frozenset({"nav", "footer", "header", "aside", "form", "button", "noscript"})
#: Where what lies around an element stops to matter.
_CHROME_ENDS = frozenset({"body", "html", "article"})
_CONTROLS = ["input", "button", "select", "textarea", "form"]

#: Words of somebody who speaks to a machine, in the languages of our sources.
_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instruct|prompt|previous|prior"
    r"|above|rule|system|guideline|everything|training)"
    r"|\b(?:system|developer|assistant|user)\s*(?:prompt|message|:|>)"
    r"|\b(?:language model|chat\s?bot|chatgpt|gpt-?\d|llm|large language|claude|gemini|copilot)\b"
    r"|\bA\.?I\.?\s+(?:assistant|model|agent|system|summar)"
    r"|\byou (?:are|must|will|should) (?:now )?"
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
_INVISIBLE_RUN = regex.compile(f"(?:{INVISIBLE.pattern}){{{MIN_INVISIBLE_RUN},}}")
_BIDI_OVERRIDE = re.compile("[\u202d\u202e]([^\u202c\u2069\n]+)")
_WORD = re.compile(r"\w[\w'’-]*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Hangul}]")

_ATTRIBUTES = ("alt", "title", "aria-label", "aria-description", "placeholder", "data-content")


def hidden_text(page: BeautifulSoup, visible: str = "") -> str:
    """Return the prose of a page that its readers do not see, one piece a line.

    Args:
        page: The parsed page.
        visible: Text that is shown anyway; hidden copies of it hide nothing.
    """
    shown = squeeze(visible)
    found: dict[str, None] = {}
    for piece in chain(
        _hidden_elements(page), _spoken_to_machines(page), invisible("".join(page.strings))
    ):
        text = squeeze(INVISIBLE.sub("", piece))
        if text and text not in shown:
            found.setdefault(text)
    return "\n".join(found)[:MAX_HIDDEN_LENGTH]


def _hidden_elements(page: BeautifulSoup) -> Iterator[str]:
    """Yield the prose of elements hidden by style, attribute or nature, outermost only.

    Walks down once, because asking each element for its parents is quadratic in deep pages.
    """
    ahead: list[tuple[Tag, bool]] = [(page, False)]
    while ahead:
        element, in_chrome = ahead.pop()
        if element.name in _NOT_TEXT:
            continue
        chrome = element.name not in _CHROME_ENDS and (in_chrome or _is_chrome(element))
        if element is page or not _is_hidden(element):
            ahead += [(c, chrome) for c in reversed(element.contents) if isinstance(c, Tag)]
            continue
        text, linked = _text_of(element)
        habitual = chrome or linked > MAX_LINKED_SHARE or element.find(_CONTROLS) is not None
        if is_prose(text) and (not habitual or speaks_to_a_model(text)):
            yield text


def _is_hidden(element: Tag) -> bool:
    if element.name in _NOT_TEXT:
        return False
    if element.name in _NEVER_SHOWN or element.has_attr("hidden"):
        return True
    if _attribute(element, "aria-hidden").lower() == "true":
        return True
    style = _attribute(element, "style")
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


def _is_chrome(element: Tag) -> bool:
    """Whether an element is what pages hide by habit."""
    if element.name in _CHROME_TAGS:
        return True
    names = " ".join(_attribute(element, name) for name in ("class", "id", "role"))
    return _HABITUALLY_HIDDEN.search(names) is not None


def _attribute(element: Tag, name: str) -> str:
    value = element.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else " ".join(value)


def _text_of(element: Tag) -> tuple[str, float]:
    """Return an element's text, and the share of it that lies in links."""
    pieces: list[str] = []
    linked = 0
    ahead: list[tuple[PageElement, bool]] = [(element, False)]
    while ahead:
        node, in_link = ahead.pop()
        if isinstance(node, Tag):
            if node.name not in _NOT_TEXT:
                inside = in_link or node.name == "a"
                ahead += [(child, inside) for child in reversed(node.contents)]
        elif _is_text(node) and (piece := squeeze(str(node))):
            pieces.append(piece)
            linked += len(piece) if in_link else 0
    return " ".join(pieces), linked / (sum(map(len, pieces)) or 1)


def _is_text(node: PageElement) -> bool:
    return isinstance(node, NavigableString) and not isinstance(node, Comment)


def _spoken_to_machines(page: BeautifulSoup) -> Iterator[str]:
    """Yield comments and attributes that speak to a model; others describe the page."""
    comments: Iterable[str] = page.find_all(string=lambda text: isinstance(text, Comment))
    attributes = (
        _attribute(element, name)
        for element in page.find_all(True)
        for name in (("content",) if element.name == "meta" else _ATTRIBUTES)
    )
    for text in chain(comments, attributes):
        if len(text) > 20 and is_prose(text) and speaks_to_a_model(text):
            yield text


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


def keep_away(page: BeautifulSoup, headers: Mapping[str, str]) -> str | None:
    """Return why a page may not be used, or None: robots meta, X-Robots-Tag, TDM reservation."""
    for element in page.find_all("meta"):
        name, content = _attribute(element, "name").lower(), _attribute(element, "content").lower()
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
