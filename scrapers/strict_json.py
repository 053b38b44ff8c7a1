"""JSON read strictly: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
from collections import Counter

from store.errors import ExtractError

#: A whole number of more digits is a key or an attack; Python's own limit is 4,300.
MAX_DIGITS = 40
#: A fraction written longer takes long to read.
MAX_FRACTION = 400


def parse_json(body: bytes, url: str) -> object:
    """Return the value of a JSON body.

    Raises:
        ExtractError: It is no JSON, names a key twice, is nested past what can be read, or holds
            NaN, an infinity or a number of no sensible length.
    """
    if not body.strip():
        raise ExtractError(url, "the body is empty")
    try:
        value: object = json.loads(
            body.decode(json.detect_encoding(body)),
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_no_number,
            object_pairs_hook=_each_key_once,
        )
    except RecursionError as error:
        raise ExtractError(url, "the JSON is nested too deep") from error
    except UnicodeDecodeError as error:
        raise ExtractError(url, "it is no JSON: the bytes are no Unicode text") from error
    except json.JSONDecodeError as error:
        why = f"{error.msg} in line {error.lineno}"
        raise ExtractError(url, f"it is no JSON: {why}") from error
    except ValueError as error:
        raise ExtractError(url, f"the JSON is refused: {error}") from error
    return value


def _integer(written: str) -> int:
    if len(written) > MAX_DIGITS:
        raise ValueError(f"it holds a number of {len(written)} digits")
    return int(written)


def _fraction(written: str) -> float:
    value = float(written) if len(written) <= MAX_FRACTION else math.inf
    if not math.isfinite(value):
        raise ValueError(f"it holds {written[:20]}, a number out of all bounds")
    return value


def _no_number(written: str) -> float:
    raise ValueError(f"it holds {written}, which is no number")


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {key[:40]!r} stands twice in one object")
    return found
