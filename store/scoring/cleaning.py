"""One spelling of the same characters: compatibility forms, dashes, quotes, markdown, LaTeX."""

from __future__ import annotations

import unicodedata

import regex

from store.text import plain, squeeze

#: The input is cut to its last 20,000 characters (questions.md §4): the answer comes last.
LONGEST_REPLY = 20_000

#: Unicode's stream-safe text format (UAX 15) allows 30 marks in a row; normalising longer
#: runs takes quadratic time.
_MARK_RUN = regex.compile(r"(\p{M}{30})\p{M}+")
_TRADE_MARKS = regex.compile(r"[™℠]")
_BEFORE_FRACTION = regex.compile(r"(?<=\d)(?=[¼½¾⅐-⅞])")
_BEFORE_EXPONENT = regex.compile(r"(?<=[0-9])(?=[⁰¹²³⁴-⁹⁻])")
_FOREIGN_DIGIT = regex.compile(r"(?V1)[\p{Nd}--[0-9]]")

_BLOCK_MARK = regex.compile(r"^(?:(?:#{1,6}|>|[*•])\s+)+")
_LINK = regex.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{1,500}\)")
_STRONG = regex.compile(r"\*\*|~~|`")
_ASTERISK = regex.compile(r"(?<![\p{L}\p{N}*])\*(?=\S)|(?<=\S)\*(?![\p{L}\p{N}*])")
_UNDERSCORE = regex.compile(
    r"(?<![\p{L}\p{N}_])_+(?=[\p{L}\p{N}])|(?<=[\p{L}\p{N}.!?])_+(?![\p{L}\p{N}_])"
)

_MATHS = regex.compile(r"\$([^$\n]{1,200})\$(?!\d)")
_LATEX_TOKEN = regex.compile(r"\\(?P<name>[A-Za-z]+) ?|\\(?P<escaped>[^A-Za-z])|(?P<brace>[{}])")
_WRAPPERS = frozenset(
    "boxed fbox mbox text textbf textit textrm texttt mathrm mathbf mathit mathsf".split()
)
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac"})
#: Braces that vanish: those of a wrapper, a numerator, or ("/") a denominator.
_VANISHING = _WRAPPERS | _FRACTIONS | {"/"}
_SPACING = {",": " ", ";": " ", ":": " ", "!": "", "(": "", ")": "", "[": "", "]": ""}
_COMMANDS = {
    "times": "×",
    "cdot": "*",
    "approx": "≈",
    "circ": "°",
    "to": "->",
    "rightarrow": "->",
    "geq": "≥",
    "ge": "≥",
    "leq": "≤",
    "le": "≤",
    "pm": "±",
    "left": "",
    "right": "",
    "quad": " ",
}


def clean_characters(text: str) -> str:
    """Return `text` in NFKC with ASCII dashes, quotes and digits, at most 20,000 characters.

    What NFKC would change in meaning is kept apart first: 2³² becomes 2^32 and 3½ becomes
    3 1/2, not 232 and 31/2. Lines end in a line feed.
    """
    text = text[-LONGEST_REPLY:].replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text
    text = _MARK_RUN.sub(r"\1", _TRADE_MARKS.sub("", text))
    text = _BEFORE_EXPONENT.sub("^", _BEFORE_FRACTION.sub(" ", text))
    # One character can become eighteen: cut again before the rest of the work.
    text = plain(unicodedata.normalize("NFKC", text)[-LONGEST_REPLY:]).replace("\u2044", "/")
    text = _FOREIGN_DIGIT.sub(lambda found: str(unicodedata.decimal(found.group())), text)
    return text[-LONGEST_REPLY:]


def clean_answer(text: str) -> str:
    """Return one answer as bare text: clean characters, no markdown or LaTeX, single spaces.

    A text that is nothing but markup is kept as it is.
    """
    text = squeeze(clean_characters(text))
    bare = _without_latex(text) if "\\" in text or "$" in text else text
    bare = _BLOCK_MARK.sub("", bare)
    bare = _STRONG.sub("", _LINK.sub(r"\1", bare))
    bare = squeeze(_UNDERSCORE.sub("", _ASTERISK.sub("", bare)))
    return bare or text


def last_boxed(text: str) -> str | None:
    r"""Return what the last complete `\boxed{…}` holds, braces matched, or None."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for place in range(start + len("\\boxed"), len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return text[start + len("\\boxed{") : place]
    return None


def _without_latex(text: str) -> str:
    """Unwrap commands and maths marks in one pass; unknown commands lose their backslash only."""
    text = _MATHS.sub(r"\1", text).replace("{,}", ",")
    parts: list[str] = []
    opened: list[str] = []
    command = ""
    place = 0
    for token in _LATEX_TOKEN.finditer(text):
        parts.append(text[place : token.start()])
        place = token.end()
        brace_follows = text.startswith("{", place)
        name, escaped = token["name"], token["escaped"]
        if name:
            command = name if brace_follows else ""
            parts.append("" if name in _VANISHING else _COMMANDS.get(name, name))
        elif escaped:
            parts.append(_SPACING.get(escaped, escaped))
        elif token["brace"] == "{":
            opened.append(command)
            parts.append("" if command in _VANISHING else "{")
            command = ""
        else:
            closed = opened.pop() if opened else ""
            command = "/" if closed in _FRACTIONS and brace_follows else ""
            parts.append(command if closed in _VANISHING else "}")
    return "".join(parts) + text[place:]
