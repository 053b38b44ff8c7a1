"""Question families: one file each, one line in a table; `traits.py` says what is true of each."""

from __future__ import annotations

from generator.families.ambiguous import Ambiguous
from generator.families.arithmetic import Arithmetic
from generator.families.arithmetic_across import ArithmeticAcross
from generator.families.base import Family, JoiningFamily
from generator.families.changed import Changed
from generator.families.closed_book import ClosedBook
from generator.families.comparison import Comparison
from generator.families.count import Count
from generator.families.counterfactual import Counterfactual
from generator.families.date import DateOf
from generator.families.document import DocumentTable
from generator.families.entity import Entity
from generator.families.false_premise import FalsePremise
from generator.families.injected import Injected
from generator.families.multi_hop import MultiHop
from generator.families.noisy import Noisy
from generator.families.number import Number
from generator.families.order import Order, OrderAcross
from generator.families.privacy import Privacy
from generator.families.unanswerable import Unanswerable
from generator.families.version import Version

#: The rule families of one document, in the order they write: what makes twins of others'
#: questions comes after them.
FAMILIES: tuple[Family, ...] = (
    Number(),
    DateOf(),
    Entity(),
    Version(),
    Comparison(),
    Arithmetic(),
    Order(),
    Count(),
    DocumentTable(),
    Unanswerable(),
    FalsePremise(),
    Noisy(),
    Injected(),
    ClosedBook(),
    Counterfactual(),
    Privacy(),
)

#: The rule families that rest on several documents.
JOINS: tuple[JoiningFamily, ...] = (
    ArithmeticAcross(),
    OrderAcross(),
    Ambiguous(),
    Changed(),
    MultiHop(),
    Noisy(),
    Injected(),
    ClosedBook(),
)

#: Rules know English only; other languages wait for a writer that is a model.
RULE_LANGUAGES = frozenset({"en"})
