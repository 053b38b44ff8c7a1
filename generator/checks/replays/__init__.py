"""Deriving answers again, by other code than wrote them: one file a kind of derivation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.checks.base import Case, Verdict
from generator.checks.replays.abstention import abstention
from generator.checks.replays.ambiguous import ambiguous
from generator.checks.replays.arithmetic import arithmetic
from generator.checks.replays.changed import changed
from generator.checks.replays.chosen import chosen
from generator.checks.replays.comparison import comparison
from generator.checks.replays.counterfactual import counterfactual, over_refusal, privacy
from generator.checks.replays.listed import count, document
from generator.checks.replays.multi_hop import multi_hop
from generator.checks.replays.order import order
from generator.checks.replays.premise import premise
from generator.checks.replays.spans import day, number, words_of_quote
from generator.checks.replays.variants import injected, noisy, paraphrase
from store.records import AnswerKind

Replay = Callable[[Case], Verdict]

#: Variants that ask what their base asks: they must be as it is, and its answer is derived again.
OF_VARIANT: Mapping[str, Replay] = {
    "noisy": noisy,
    "injected": injected,
    "paraphrase": paraphrase,
}

#: Families whose answers do not stand in one quote as they are.
OF_FAMILY: Mapping[str, Replay] = {
    "ambiguous": ambiguous,
    "arithmetic": arithmetic,
    "changed": changed,
    "comparison": comparison,
    "count": count,
    "counterfactual": counterfactual,
    "document": document,
    "multi_hop": multi_hop,
    "over_refusal": over_refusal,
    "privacy": privacy,
    "order": order,
}

#: What the answer of every other family is derived by.
OF_KIND: Mapping[AnswerKind, Replay] = {
    "number": number,
    "date": day,
    "text": words_of_quote,
    "version": words_of_quote,
    "id": words_of_quote,
    "choice": chosen,
    "abstain": abstention,
    "premise": premise,
}
