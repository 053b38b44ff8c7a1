"""Event frames of our own: two people, one small mishap or merit, and who it was – or nobody says.

Nothing in a frame hangs on gender, name or country, nothing in it is a crime, and nothing but the
sentence that tells sets the two apart. In the open form the text does not settle who it was.

Placeholders: {a} and {b} the two people, {his_a} and {his_b} their pronouns, {home_a} and {home_b}
their countries, {place}, {day}, and {who} for the one of them that the settled form names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """One event that can be told with any two people.

    Attributes:
        name: Of the frame; the lots hang on it.
        topic: What it is about.
        formal: Whether people go by title and surname, not by given name.
        heading: What the page's title says after "Invented for a test: ".
        scene: The two people, and what both did alike.
        open: That one of them did it.
        told: Who did it.
        after: What came of it.
        question: Asks who did it.
    """

    name: str
    topic: str
    formal: bool
    heading: str
    scene: str
    open: str
    told: str
    after: str
    question: str


FRAMES = (
    Frame(
        "gate",
        "transport",
        True,
        "the east gate of a bus depot",
        "{a} from {home_a} and {b} from {home_b} worked the late shift at the bus depot of "
        "{place} on {day}. {a} had {his_a} own key to the east gate, and {b} had {his_b} own.",
        "One of the two left the east gate unlocked.",
        "The key log shows that {who} left the east gate unlocked.",
        "A bus driver found the gate open the next morning. Nothing was missing.",
        "In {place}, who left the east gate of the bus depot unlocked on {day}?",
    ),
    Frame(
        "scoreboard",
        "sport",
        False,
        "a scoreboard with the wrong result",
        "{a} from {home_a} and {b} from {home_b} looked after the scoreboard at the handball hall "
        "of {place} on {day}. {a} did {his_a} part of the work as a volunteer, and so did {b} "
        "with {his_b} part.",
        "One of the two switched the scoreboard to the wrong result in the second half.",
        "The referee's notes say that {who} switched the scoreboard to the wrong result in the "
        "second half.",
        "The spectators laughed, and the board was put right within a minute.",
        "In {place}, who switched the scoreboard of the handball hall to the wrong result on "
        "{day}?",
    ),
    Frame(
        "kiln",
        "culture",
        True,
        "a kiln that was too hot",
        "{a} from {home_a} and {b} from {home_b} fired pots at the pottery workshop of {place} on "
        "{day}. {a} had brought {his_a} bowls, and {b} had brought {his_b} jugs.",
        "One of the two set the kiln sixty degrees too hot.",
        "According to the workshop's book, {who} set the kiln sixty degrees too hot.",
        "Four glazes ran, and a new dial with larger figures has been ordered.",
        "In {place}, who set the kiln of the pottery workshop too hot on {day}?",
    ),
    Frame(
        "seedlings",
        "nature",
        False,
        "seedlings without water",
        "{a} from {home_a} and {b} from {home_b} shared the care of the seedlings in the botanical "
        "garden of {place}. On {day} {a} was in the garden with {his_a} bicycle, and {b} with "
        "{his_b} bicycle.",
        "One of the two forgot to water the seedlings in the glasshouse.",
        "The diary of the garden records that {who} forgot to water the seedlings in the "
        "glasshouse.",
        "Most of the seedlings recovered after two days in the shade.",
        "In {place}, who forgot to water the seedlings of the botanical garden on {day}?",
    ),
    Frame(
        "invoice",
        "trade",
        True,
        "an invoice that went out twice",
        "{a} from {home_a} and {b} from {home_b} wrote the invoices of a timber yard in {place} on "
        "{day}. {a} worked at {his_a} desk by the window, and {b} at {his_b} desk by the door.",
        "One of the two sent the same invoice twice.",
        "The outbox shows that {who} sent the same invoice twice.",
        "The customer returned the second one with a friendly note.",
        "In {place}, who sent the same invoice of the timber yard twice on {day}?",
    ),
    Frame(
        "recipe",
        "food",
        False,
        "a soup with twice the salt",
        "{a} from {home_a} and {b} from {home_b} cooked for the street fair of {place} on {day}. "
        "{a} wore {his_a} blue apron, and {b} wore {his_b} blue apron.",
        "One of the two put twice the salt into the pumpkin soup.",
        "The head of the kitchen noted that {who} put twice the salt into the pumpkin soup.",
        "The soup was thinned with stock and sold out before noon.",
        "In {place}, who put twice the salt into the pumpkin soup for the street fair on {day}?",
    ),
    Frame(
        "telescope",
        "science",
        True,
        "an observatory dome in the rain",
        "{a} from {home_a} and {b} from {home_b} watched the sky at the observatory of {place} on "
        "{day}. {a} had {his_a} chart of the moon along, and {b} had {his_b} chart of Jupiter.",
        "One of the two left the dome open when the rain began.",
        "The weather log says that {who} left the dome open when the rain began.",
        "The mirror was dry again by the morning, and no damage was found.",
        "In {place}, who left the dome of the observatory open in the rain on {day}?",
    ),
    Frame(
        "label",
        "culture",
        False,
        "a museum label in the wrong case",
        "{a} from {home_a} and {b} from {home_b} set up the coin room of the town museum of "
        "{place} on {day}. {a} had {his_a} list of coins at hand, and {b} had {his_b} list.",
        "One of the two put the silver label into the case of copper coins.",
        "The curator's report states that {who} put the silver label into the case of copper "
        "coins.",
        "A visitor noticed it before noon, and the label now hangs where it should.",
        "In {place}, who put the silver label into the case of copper coins on {day}?",
    ),
    Frame(
        "backup",
        "technology",
        True,
        "a backup on the wrong disk",
        "{a} from {home_a} and {b} from {home_b} looked after the computers of a map office in "
        "{place} on {day}. {a} used {his_a} terminal for the job, and {b} used {his_b} terminal.",
        "One of the two wrote the weekly backup to the wrong disk.",
        "The system journal shows that {who} wrote the weekly backup to the wrong disk.",
        "Both disks are kept, so nothing was lost.",
        "In {place}, who wrote the weekly backup of the map office to the wrong disk on {day}?",
    ),
    Frame(
        "choir",
        "music",
        False,
        "a choir that began in the wrong key",
        "{a} from {home_a} and {b} from {home_b} took turns at the piano of the town choir of "
        "{place} on {day}. {a} played from {his_a} notes, and {b} played from {his_b} notes.",
        "One of the two gave the choir the wrong first note.",
        "The recording of the evening proves that {who} gave the choir the wrong first note.",
        "The choir stopped, smiled and began again.",
        "In {place}, who gave the town choir the wrong first note on {day}?",
    ),
    Frame(
        "ferry",
        "transport",
        True,
        "a ferry that left early",
        "{a} from {home_a} and {b} from {home_b} were on duty at the ferry landing of {place} on "
        "{day}. {a} carried {his_a} whistle, and {b} carried {his_b} whistle.",
        "One of the two gave the signal to leave five minutes early.",
        "The landing's log shows that {who} gave the signal to leave five minutes early.",
        "Three passengers waited for the next crossing and were given tea.",
        "In {place}, who gave the ferry the signal to leave early on {day}?",
    ),
    Frame(
        "chess",
        "sport",
        False,
        "a chess clock that stood still",
        "{a} from {home_a} and {b} from {home_b} helped at the chess evening of {place} on {day}. "
        "{a} had brought {his_a} own board, and {b} had brought {his_b} own board.",
        "One of the two forgot to start the clock at the first table.",
        "The arbiter wrote down that {who} forgot to start the clock at the first table.",
        "Both players agreed to begin the game anew.",
        "In {place}, who forgot to start the clock at the first table of the chess evening on "
        "{day}?",
    ),
    Frame(
        "translation",
        "business",
        True,
        "a contract with a clause missing",
        "{a} from {home_a} and {b} from {home_b} translated a contract for a shipping firm in "
        "{place}, which was handed over on {day}. {a} kept {his_a} draft on paper, and {b} kept "
        "{his_b} draft on paper, too.",
        "One of the two left out the clause about deadlines.",
        "The comparison of the drafts shows that {who} left out the clause about deadlines.",
        "The clause was sent after it within the hour.",
        "In {place}, who left out the clause about deadlines in the contract handed over on {day}?",
    ),
    Frame(
        "bridge-paint",
        "construction",
        False,
        "a footbridge in the wrong green",
        "{a} from {home_a} and {b} from {home_b} painted the railing of the footbridge in {place} "
        "on {day}. {a} worked from {his_a} ladder, and {b} worked from {his_b} ladder.",
        "One of the two opened the tin of dark green paint by mistake.",
        "The foreman's sheet notes that {who} opened the tin of dark green paint by mistake.",
        "The council liked the colour and kept it.",
        "In {place}, who opened the tin of dark green paint by mistake on {day}?",
    ),
    Frame(
        "letters",
        "history",
        True,
        "a box of letters on the wrong shelf",
        "{a} from {home_a} and {b} from {home_b} sorted letters in the archive of {place} on "
        "{day}. {a} had {his_a} white gloves on, and {b} had {his_b} white gloves on.",
        "One of the two put the box of 1890 on the shelf of 1980.",
        "The slip in the box says that {who} put the box of 1890 on the shelf of 1980.",
        "It was found again when the shelves were dusted.",
        "In {place}, who put the box of letters of 1890 on the wrong shelf on {day}?",
    ),
    Frame(
        "prize",
        "education",
        False,
        "the best kite of an afternoon",
        "{a} from {home_a} and {b} from {home_b} both flew kites at the harbour festival of "
        "{place} on {day}. {a} had sewn {his_a} kite from silk, and {b} had sewn {his_b} kite from "
        "silk as well.",
        "The jury gave the first prize to one of the two.",
        "The jury gave the first prize to {who}.",
        "The prize was a basket of apples.",
        "In {place}, who was given the first prize for kites at the harbour festival on {day}?",
    ),
    Frame(
        "repair",
        "technology",
        True,
        "a lift that runs again",
        "{a} from {home_a} and {b} from {home_b} were called to the lift of the town hall of "
        "{place} on {day}. {a} had {his_a} tools in a red case, and {b} had {his_b} tools in a "
        "red case.",
        "One of the two found the loose wire behind the panel.",
        "The work sheet says that {who} found the loose wire behind the panel.",
        "The lift has run without a stop since then.",
        "In {place}, who found the loose wire behind the panel of the lift on {day}?",
    ),
    Frame(
        "bread",
        "food",
        False,
        "the first loaf of a new bakery",
        "{a} from {home_a} and {b} from {home_b} opened a bakery in {place} on {day}. {a} had "
        "learnt {his_a} trade for three years, and {b} had learnt {his_b} trade for three years.",
        "One of the two sold the first loaf to the postman.",
        "The visitors' book records that {who} sold the first loaf to the postman.",
        "By ten in the morning the shelves were empty.",
        "In {place}, who sold the first loaf of the new bakery to the postman on {day}?",
    ),
    Frame(
        "owl",
        "nature",
        True,
        "an owl on a church tower",
        "{a} from {home_a} and {b} from {home_b} counted birds on the church tower of {place} on "
        "{day}. {a} used {his_a} field glass, and {b} used {his_b} field glass.",
        "One of the two saw the barn owl come back to its nest.",
        "The list of the evening shows that {who} saw the barn owl come back to its nest.",
        "The nest had stood empty for two summers.",
        "In {place}, who saw the barn owl come back to its nest on {day}?",
    ),
    Frame(
        "minutes",
        "society",
        False,
        "minutes with the wrong date",
        "{a} from {home_a} and {b} from {home_b} took the minutes of the tenants' meeting of "
        "{place} on {day}. {a} wrote with {his_a} left hand, and {b} wrote with {his_b} left hand.",
        "One of the two put the wrong date at the top of the minutes.",
        "The signed copy shows that {who} put the wrong date at the top of the minutes.",
        "The date was corrected before anybody signed.",
        "In {place}, who put the wrong date at the top of the minutes of the tenants' meeting on "
        "{day}?",
    ),
    Frame(
        "swim",
        "sport",
        True,
        "a whistle too many at a swimming gala",
        "{a} from {home_a} and {b} from {home_b} started the races at the swimming gala of {place} "
        "on {day}. {a} stood on {his_a} side of the pool, and {b} stood on {his_b} side.",
        "One of the two blew the whistle twice before the last race.",
        "The video of the gala shows that {who} blew the whistle twice before the last race.",
        "The swimmers lined up again, and the race went well.",
        "In {place}, who blew the whistle twice before the last race of the swimming gala on "
        "{day}?",
    ),
    Frame(
        "radio",
        "media",
        False,
        "a minute of silence on local radio",
        "{a} from {home_a} and {b} from {home_b} presented the evening programme of the local "
        "radio of {place} on {day}. {a} had {his_a} records with the show, and {b} had {his_b} "
        "records.",
        "One of the two turned the microphone off for a minute by accident.",
        "The studio's log says that {who} turned the microphone off for a minute by accident.",
        "Eleven listeners rang up, all of them amused.",
        "In {place}, who turned the microphone of the local radio off by accident on {day}?",
    ),
)
