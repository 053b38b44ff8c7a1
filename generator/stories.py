"""Stories: documents that belong together, because one copies another or one question needs both.

Answers about one story stand and fall together, so intervals are counted over stories.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from store.records import Document
from store.text import shingles, tokens

#: From this share of the smaller text's runs of five words on, one is a copy of the other
#: (questions.md §2, check 18).
COPIED = 0.5
_RUN = 5
#: A run of words in more texts than this is a phrase of the trade, and would compare all with all.
_MOST_TEXTS = 20


def near_copies(documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """Yield pairs of documents of which one is mostly in the other.

    Only texts that share a rare run of words are compared, so time grows with their length.
    """
    runs = {one.id: frozenset(shingles(tokens(one.text), _RUN)) for one in documents}
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, found in sorted(runs.items()):
        for run in found:
            holders[run].append(name)
    shared: Counter[tuple[str, str]] = Counter()
    for names in holders.values():
        if 1 < len(names) <= _MOST_TEXTS:
            shared.update(
                (one, other) for place, one in enumerate(names) for other in names[place + 1 :]
            )
    for (one, other), n_shared in sorted(shared.items()):
        if n_shared >= COPIED * min(len(runs[one]), len(runs[other])):
            yield one, other


def stories_of(document_ids: Iterable[str], together: Iterable[Sequence[str]]) -> Mapping[str, str]:
    """Return each document's story, named by its smallest document.

    Args:
        document_ids: All documents.
        together: Groups that belong to one story; a document may be in several.
    """
    names = sorted(document_ids)
    place = {name: n for n, name in enumerate(names)}
    links = [(place[group[0]], place[other]) for group in together for other in group[1:]]
    rows, columns = np.array(links, dtype=int).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(links)), (rows, columns)), shape=(len(names), len(names)))
    _, of = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for name, component in zip(names, of, strict=True):
        first.setdefault(int(component), name)
    return {
        name: f"s_{first[int(component)].removeprefix('d_')}"
        for name, component in zip(names, of, strict=True)
    }
