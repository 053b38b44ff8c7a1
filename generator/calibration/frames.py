"""Sentences with gaps, and the questions they answer: the truth is in the gaps, not in a rule.

Each frame tells one thing of an invented town or body, beside a rival value of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.records import AnswerKind


@dataclass(frozen=True)
class Frame:
    """One kind of sentence, its question in two wordings, and a rival sentence.

    Gaps: {town}, {n} and {m} (numbers; m is the rival's), {day} (the day it happened) and
    {other_day}, {name} and {rival} (what is asked for, and what is not).

    Attributes:
        topic: What it is about.
        kind: Kind of the answer.
        family: Whose rules the question follows.
        says: The sentence that proves the answer.
        asks: The question.
        rewords: The question in other words, as a stranger would put it.
        beside: The sentence with the rival value.
        subject: What a pronoun could stand for.
        unit: What a number counts.
        names: Words that {name} and {rival} are drawn from; "" for the usual ones.
        german: The question in German; "" where nobody wrote one.
    """

    topic: str
    kind: AnswerKind
    family: str
    says: str
    asks: str
    rewords: str
    beside: str
    subject: str
    unit: str = ""
    names: str = ""
    german: str = ""


FRAMES: tuple[Frame, ...] = (
    Frame("harbour", "number", "number",
          "The {town} Harbour Trust bought {n} barges on {day}.",
          "How many barges did the {town} Harbour Trust buy on {day}?",
          "On {day}, what number of barges was bought by the {town} Harbour Trust?",
          "It had sold {m} cranes a year before.", "the {town} Harbour Trust", "barges",
          german="Wie viele Kähne kaufte der {town} Harbour Trust am {day}?"),
    Frame("harbour", "number", "number",
          "The ferry {name} carried {n} passengers to {town} on {day}.",
          "How many passengers did the ferry {name} carry to {town} on {day}?",
          "On {day}, the ferry {name} took what number of passengers to {town}?",
          "Its crew of {m} sailors slept on board.", "the ferry {name}", "passengers"),
    Frame("rail", "number", "number",
          "The {town} Railway hired {n} drivers on {day}.",
          "How many drivers did the {town} Railway hire on {day}?",
          "What number of drivers was hired by the {town} Railway on {day}?",
          "Its workshop has {m} engines.", "the {town} Railway", "drivers",
          german="Wie viele Fahrer stellte die {town} Railway am {day} ein?"),
    Frame("rail", "number", "number",
          "The {town} Railway cancelled {n} trains and {m} buses on {day}.",
          "How many trains did the {town} Railway cancel on {day}?",
          "On {day}, what number of trains was cancelled by the {town} Railway?",
          "Snow lay on the tracks.", "the {town} Railway", "trains"),
    Frame("economy", "number", "number",
          "The {town} Mill sold {n} ropes on {day}.",
          "How many ropes did the {town} Mill sell on {day}?",
          "What number of ropes was sold by the {town} Mill on {day}?",
          "Its store holds {m} bales.", "the {town} Mill", "ropes",
          german="Wie viele Seile verkaufte die {town} Mill am {day}?"),
    Frame("economy", "number", "number",
          "The {town} Savings Bank opened {n} branches and closed {m} counters on {day}.",
          "How many branches did the {town} Savings Bank open on {day}?",
          "On {day}, what number of branches was opened by the {town} Savings Bank?",
          "The staff were told by letter.", "the {town} Savings Bank", "branches"),
    Frame("towns", "number", "number",
          "The {town} Council planted {n} trees on {day}.",
          "How many trees did the {town} Council plant on {day}?",
          "What number of trees was planted by the {town} Council on {day}?",
          "The park has {m} benches.", "the {town} Council", "trees",
          german="Wie viele Bäume pflanzte der {town} Council am {day}?"),
    Frame("towns", "number", "number",
          "The {town} Library lent {n} books on {day}.",
          "How many books did the {town} Library lend on {day}?",
          "On {day}, the {town} Library lent out what number of books?",
          "It has {m} shelves.", "the {town} Library", "books",
          german="Wie viele Bücher verlieh die {town} Library am {day}?"),
    Frame("science", "number", "number",
          "The {town} Observatory counted {n} meteors on {day}.",
          "How many meteors did the {town} Observatory count on {day}?",
          "What number of meteors was counted by the {town} Observatory on {day}?",
          "Its mirror is {m} centimetres wide.", "the {town} Observatory", "meteors",
          german="Wie viele Meteore zählte das {town} Observatory am {day}?"),
    Frame("science", "number", "number",
          "The {town} Institute tagged {n} rays and {m} crabs on {day}.",
          "How many rays did the {town} Institute tag on {day}?",
          "On {day}, what number of rays was tagged by the {town} Institute?",
          "The sea was calm.", "the {town} Institute", "rays"),
    Frame("sport", "number", "number",
          "The {town} Arena sold {n} tickets on {day}.",
          "How many tickets did the {town} Arena sell on {day}?",
          "What number of tickets was sold by the {town} Arena on {day}?",
          "The hall has {m} doors.", "the {town} Arena", "tickets"),
    Frame("culture", "number", "number",
          "The {town} Museum showed {n} clocks on {day}.",
          "How many clocks did the {town} Museum show on {day}?",
          "On {day}, what number of clocks was on show at the {town} Museum?",
          "It keeps {m} more in the cellar.", "the {town} Museum", "clocks"),
    Frame("harbour", "date", "date",
          "The north basin of {town} reopened on {day}.",
          "On which day did the north basin of {town} reopen?",
          "When was the north basin of {town} open again, by day?",
          "The south basin had reopened on {other_day}.", "the north basin of {town}"),
    Frame("rail", "date", "date",
          "The {town} Viaduct closed on {day}.",
          "On which day did the {town} Viaduct close?",
          "When was the {town} Viaduct shut, by day?",
          "The tunnel had closed on {other_day}.", "the {town} Viaduct"),
    Frame("towns", "date", "date",
          "The {town} Council elected {name} mayor on {day}.",
          "On which day did the {town} Council elect {name} mayor?",
          "When was {name} made mayor by the {town} Council, by day?",
          "The budget had been passed on {other_day}.", "the {town} Council"),
    Frame("science", "date", "date",
          "The probe {name} left {town} on {day}.",
          "On which day did the probe {name} leave {town}?",
          "When was the departure of the probe {name} from {town}, by day?",
          "Its twin had left on {other_day}.", "the probe {name}"),
    Frame("culture", "date", "date",
          "The {town} Theatre opened on {day}.",
          "On which day did the {town} Theatre open?",
          "When was the opening of the {town} Theatre, by day?",
          "The cinema had opened on {other_day}.", "the {town} Theatre"),
    Frame("towns", "text", "entity",
          "The {town} Council gave the contract for the {town} Bridge to {name} on {day}.",
          "Which firm got the contract for the {town} Bridge on {day}?",
          "On {day}, to which firm was the contract for the {town} Bridge given?",
          "{rival} had asked for more money.", "the {town} Bridge", "", "firm"),
    Frame("harbour", "text", "entity",
          "{name} built the new pier of {town}, which opened on {day}.",
          "Which firm built the pier of {town} that opened on {day}?",
          "The pier of {town} that opened on {day}: which firm was its builder?",
          "{rival} painted the railings.", "the pier of {town}", "", "firm"),
    Frame("economy", "text", "entity",
          "{name} took over the {town} Brewery on {day}.",
          "Which firm took over the {town} Brewery on {day}?",
          "On {day}, who became the owner of the {town} Brewery?",
          "{rival} withdrew its offer.", "the {town} Brewery", "", "firm"),
    Frame("rail", "text", "entity",
          "{name} delivered the trams of {town} on {day}.",
          "Which firm delivered the trams of {town} on {day}?",
          "On {day}, the trams of {town} came from which firm?",
          "{rival} will look after them.", "the trams of {town}", "", "firm"),
    Frame("sport", "text", "entity",
          "{name} won the {town} Regatta on {day}.",
          "Which crew won the {town} Regatta on {day}?",
          "On {day}, the winner of the {town} Regatta was which crew?",
          "{rival} came in second.", "the {town} Regatta", "", "crew"),
    Frame("culture", "text", "entity",
          "The {town} Prize went to the studio {name} on {day}.",
          "Which studio received the {town} Prize on {day}?",
          "On {day}, to which studio was the {town} Prize given?",
          "The studio {rival} had been named, too.", "the {town} Prize", "", "crew"),
    Frame("software", "version", "fact",
          "The release {name} 2.4 updates the library {town} to {n}.{m}.1.",
          "To which version does the release {name} 2.4 update the library {town}?",
          "Which version of the library {town} comes with the release {name} 2.4?",
          "The library Larch stays at 3.0.7.", "the release {name} 2.4"),
    Frame("software", "version", "fact",
          "The release {name} 5.1 needs the compiler {town} {n}.{m}.0.",
          "Which version of the compiler {town} does the release {name} 5.1 need?",
          "To build the release {name} 5.1, which version of the compiler {town} is needed?",
          "The linker Larch stays at 4.2.9.", "the release {name} 5.1"),
    Frame("weather", "number", "number",
          "The gauge at {town} showed {n} millimetres on {day}.",
          "How many millimetres did the gauge at {town} show on {day}?",
          "On {day}, the gauge at {town} stood at what number of millimetres?",
          "The wind blew with {m} knots.", "the gauge at {town}", "millimetres"),
)  # fmt: skip

#: Sentences that tell nothing anybody asks for.
FILLERS = (
    "The weather was calm, and the works went on without a break all week long.",
    "People came to look, though there was little to be seen from the road.",
    "A band played, and the baker had made more rolls than usual for the day.",
    "Nobody could say what it would look like in the end, but most were pleased.",
)
