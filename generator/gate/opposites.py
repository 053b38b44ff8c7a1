"""Words that exclude each other: a question that has one for the other is another question."""

from __future__ import annotations

from collections.abc import Collection

#: Pairs, each a word and what excludes it. Collected by hand (our judgement): common antonyms,
#: then roles, kin, directions and verbs of news and school questions. A pair that is missing
#: here is found by its cosine or not at all.
_PAIRS = """
    first last; first final; earliest latest; earlier later; before after; oldest youngest;
    oldest newest; older younger; older newer; old young; old new; largest smallest;
    larger smaller; large small; biggest smallest; bigger smaller; big small; big little;
    greatest least; greatest smallest; greater less; greater lesser; greater smaller;
    highest lowest; higher lower; high low; longest shortest; longer shorter; long short;
    tallest shortest; taller shorter; tall short; most least; more less; more fewer; many few;
    maximum minimum; maximize minimize; max min; major minor; majority minority; best worst;
    better worse; good bad; fastest slowest; faster slower; fast slow; hottest coldest;
    hotter colder; hotter cooler; hot cold; warm cold; warm cool; warmer cooler; warmer colder;
    heaviest lightest; heavier lighter; heavy light; strongest weakest; stronger weaker;
    strong weak; richest poorest; richer poorer; rich poor; nearest farthest; nearest furthest;
    near far; closest farthest; wide narrow; deep shallow; deeper shallower; thick thin;
    hard soft; hard easy; increase decrease; increases decreases; increased decreased;
    increasing decreasing; rise fall; rises falls; rose fell; rising falling; gain loss;
    gain lose; gained lost; gains losses; win lose; wins loses; won lost; winner loser;
    winning losing; born died; born buried; birth death; birthplace deathplace; born killed;
    live die; lived died; alive dead; start end; starts ends; started ended; starting ending;
    start finish; started finished; begin end; begins ends; began ended; beginning end;
    open close; opens closes; opened closed; open closed; opening closing; arrive depart;
    arrived departed; arrive leave; enter leave; enter exit; entered left; join leave;
    joined left; buy sell; buys sells; bought sold; buyer seller; buying selling; import export;
    imports exports; imported exported; north south; east west; northern southern;
    eastern western; northeast southwest; northwest southeast; left right; upper lower;
    top bottom; up down; upward downward; above below; over under; inside outside; inner outer;
    internal external; interior exterior; in out; on off; front back; front rear;
    forward backward; male female; man woman; men women; boy girl; boys girls; husband wife;
    husbands wives; father mother; fathers mothers; son daughter; sons daughters; brother sister;
    brothers sisters; uncle aunt; king queen; prince princess; actor actress; host hostess;
    grandfather grandmother; he she; his her; him her; domestic foreign; public private;
    positive negative; true false; correct incorrect; right wrong; legal illegal; guilty innocent;
    present absent; presence absence; accept reject; accepted rejected; allow forbid;
    allowed forbidden; include exclude; includes excludes; included excluded; including excluding;
    add remove; added removed; add subtract; sum difference; multiply divide; always never;
    all none; everyone nobody; same different; similar different; odd even; prime composite;
    day night; morning evening; summer winter; spring autumn; ancient modern; past future;
    parent child; teacher student; employer employee; plaintiff defendant; debtor creditor;
    lender borrower; landlord tenant; mortgagor mortgagee; vendor purchaser; doctor patient;
    cause effect; causes effects; attack defend; attacker defender; offense defense;
    success failure; succeed fail; succeeded failed; successor predecessor; followed preceded;
    follow precede; above beneath; numerator denominator; debit credit; urban rural;
    simple complex; rural city; active passive; absolute relative; abstract concrete; acid base;
    acidic basic; anterior posterior; ventral dorsal; artery vein; ascending descending;
    attract repel; benign malignant; chronic acute; acute obtuse; conductor insulator;
    convex concave; expand contract; expansion contraction; explicit implicit; fertile barren;
    finite infinite; freeze melt; freezing melting; freezing boiling; gas solid; solid liquid;
    liquid gas; horizontal vertical; inhale exhale; input output; introvert extrovert;
    mandatory optional; mobile stationary; natural artificial; optimist pessimist; push pull;
    raise lower; raised lowered; raising lowering; sender receiver; send receive; sent received;
    singular plural; supply demand; theism atheism; victory defeat; volunteer conscript;
    war peace; wet dry; wealth poverty; stay leave; teach learn; host guest; friend enemy;
    hero villain; protagonist antagonist; guilty acquitted; liberal conservative;
    democrat republican; democrats republicans; democratic republican; lend borrow; lent borrowed;
    give take; gave took; given taken; give receive; gave received; build destroy;
    built destroyed; built demolished; create destroy; created destroyed; created abolished;
    found dissolve; founded dissolved; establish abolish; established abolished; appoint dismiss;
    appointed dismissed; hired fired; hire fire; married divorced; marry divorce; attack defence;
    full empty; fill empty; clean dirty; light dark; lightest darkest; lighter darker;
    bright dark; loud quiet; safe dangerous; common rare; commonest rarest; expensive cheap;
    cheaper dearer; cheapest dearest; expensive cheapest; minimum maximal; minimal maximal;
    lowest maximum; most fewest; best least"""
_OPPOSITES: frozenset[frozenset[str]] = frozenset(
    frozenset(pair.split()) for pair in _PAIRS.replace("\n", " ").split(";")
)
_NEGATING_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis", "anti", "a")


def opposite_words(left: Collection[str], right: Collection[str]) -> list[tuple[str, str]]:
    """Return the words only the first has that exclude a word only the second has, with it."""
    return sorted(
        (one, other)
        for one in left
        for other in right
        if frozenset((one, other)) in _OPPOSITES or _negates(one, other) or _negates(other, one)
    )


def _negates(one: str, other: str) -> bool:
    return len(other) > 3 and any(one == prefix + other for prefix in _NEGATING_PREFIXES)
