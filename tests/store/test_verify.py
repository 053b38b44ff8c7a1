"""What verifying a week proves; nobody, its own operator included, can sign what is untrue.

The campaign of tampered bytes, rows, files and chains is in `test_tampering`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import rfc8785

from store.errors import ReleaseInvalid
from store.records import content_hash, sha256_hex
from store.releases.keys import Keys
from store.releases.verify import verify
from tests.building import EARLIER, LATER
from tests.store.chains import reader


@dataclass
class Weeks:
    """Copies of both weeks that a test may ruin."""

    earlier: dict[str, bytes]
    later: dict[str, bytes]
    keys: Keys
    stranger: Keys = field(default_factory=lambda: Keys(b"s" * 32, b"s" * 32))

    def verify(self, **options):
        options = {"public_key": self.keys.public_hex, "previous": reader(self.earlier)} | options
        return verify(reader(self.later), **options)

    def refused(self, why: str, **options) -> None:
        with pytest.raises(ReleaseInvalid, match=why):
            self.verify(**options)

    def sign(self, change: Callable[[dict], object], keys: Keys | None = None) -> None:
        """Change the manifest and sign it again, as only an operator can; hashes made to fit."""
        manifest = json.loads(self.later["manifest.json"])
        for name in manifest["files"]:
            body = self.later[name]
            manifest["files"][name] = {"sha256": sha256_hex(body), "bytes": len(body)}
        change(manifest)
        self.later["manifest.json"] = rfc8785.dumps(manifest)
        signature = (keys or self.keys).sign(self.later["manifest.json"])
        self.later["manifest.sig"] = f"{signature}\n".encode()

    def edit_retired(self, **fields) -> None:
        row = json.loads(self.later["retired.jsonl"])
        self.later["retired.jsonl"] = json.dumps(row | fields).encode() + b"\n"


@pytest.fixture
def weeks(sqlite_published) -> Weeks:
    # Postgres publishes the same bytes: test_database holds that.
    made = sqlite_published
    return Weeks(made.files(EARLIER), made.files(LATER), made.world.keys)


def test_an_untouched_week_holds_and_says_what_was_checked(weeks):
    proved = weeks.verify(expected_week=LATER)
    assert (proved.week, proved.n_questions, proved.previous_week) == (LATER, 2, EARLIER)
    assert proved.manifest_sha256 == sha256_hex(weeks.later["manifest.json"])
    assert proved.public_key == weeks.keys.public_hex
    assert proved.chain_checked and proved.key_pinned


def test_what_was_not_checked_is_not_claimed(weeks):
    proved = verify(reader(weeks.later))
    assert not proved.chain_checked and not proved.key_pinned
    first = verify(reader(weeks.earlier))
    assert first.chain_checked and first.previous_week is None


def test_hashes_made_to_fit_do_not_help_without_the_key(weeks):
    weeks.later["questions.jsonl"] += b"{}\n"
    weeks.sign(lambda manifest: None, keys=weeks.stranger)
    weeks.refused(r"manifest\.sig is not a signature of manifest\.json under key")


def test_a_key_put_into_the_manifest_does_not_help_a_stranger(weeks):
    weeks.sign(lambda m: m.update(public_key=weeks.stranger.public_hex), keys=weeks.stranger)
    weeks.refused(r"manifest\.sig is not a signature")
    # Whole in itself, it holds alone; what it says it follows gives it away.
    assert not weeks.verify(public_key=None, previous=None).key_pinned
    weeks.refused("not of the line of keys", public_key=None)


def test_a_manifest_that_names_another_key_is_refused(weeks):
    weeks.sign(lambda m: m.update(public_key=weeks.stranger.public_hex))
    weeks.refused("names another key than the one you trust")


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(lambda sig: sig.upper(), id="in capitals"),
        pytest.param(lambda sig: sig.strip(), id="without its line end"),
        pytest.param(lambda sig: sig.replace(b"\n", b"\r\n"), id="with another line end"),
        pytest.param(lambda sig: b" ".join([sig[:64], sig[64:]]), id="with a space within"),
        pytest.param(lambda sig: b"0" * 128 + b"\n", id="of zeros"),
        pytest.param(lambda sig: b"\xff" * 128 + b"\n", id="that is no text"),
    ],
)
def test_a_signature_has_one_spelling(weeks, spelt):
    weeks.later["manifest.sig"] = spelt(weeks.later["manifest.sig"])
    weeks.refused(r"manifest\.sig")


@pytest.mark.parametrize(
    "dumps",
    [
        pytest.param(lambda m: json.dumps(m), id="spaces"),
        pytest.param(lambda m: json.dumps(m, indent=1), id="lines"),
        pytest.param(lambda m: json.dumps(m, separators=(",", ":"))[::1] + " ", id="a tail"),
        pytest.param(
            lambda m: json.dumps(dict(reversed(m.items())), separators=(",", ":")), id="key order"
        ),
        pytest.param(
            lambda m: '{"week":"2026-W01",' + rfc8785.dumps(m).decode()[1:], id="a key twice"
        ),
    ],
)
def test_a_manifest_that_is_not_canonical_is_refused_even_when_signed(weeks, dumps):
    body = dumps(json.loads(weeks.later["manifest.json"])).encode()
    weeks.later["manifest.json"] = body
    weeks.later["manifest.sig"] = f"{weeks.keys.sign(body)}\n".encode()
    weeks.refused("manifest.json is not in its canonical form")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"\xff\xfe{", "is not JSON", id="not text"),
        pytest.param(b"{", "is not JSON", id="half JSON"),
        pytest.param(b"[" * 100_000, "is not JSON", id="nested deeper than any parser"),
        pytest.param(b'{"a":NaN}', "is not JSON", id="not a number"),
        pytest.param(b'{"a":1' + b"0" * 5000 + b"}", "is not JSON", id="an endless number"),
        pytest.param(b'{"a":"\\ud800"}', "is not JSON", id="half a character"),
        pytest.param(b"[]", "is not of the form unseen-release/1", id="a list"),
        pytest.param(b'{"format":"unseen-release/2"}', "is not of the form", id="another format"),
    ],
)
def test_what_is_no_manifest_is_refused_in_one_sentence(weeks, body, why):
    weeks.later["manifest.json"] = body
    weeks.refused(rf"manifest\.json {why}")


def test_an_old_week_shown_as_a_new_one_is_refused(weeks):
    weeks.later = dict(weeks.earlier)
    weeks.refused(f"is of {EARLIER}, not of {LATER}", expected_week=LATER, previous=None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(
            lambda m: m["previous"].update(manifest_sha256="0" * 64),
            f"the chain is broken: {EARLIER} is not the one",
            id="another week before",
        ),
        pytest.param(
            lambda m: m["previous"].update(week="2026-W01"),
            "the chain is broken: 2026-W01",
            id="another name of the week before",
        ),
        pytest.param(
            lambda m: m.update(previous=None), "names no release before it", id="no week before"
        ),
        pytest.param(lambda m: m.pop("previous"), "malformed", id="nothing said of it"),
        pytest.param(lambda m: m.update(previous="x"), "malformed", id="nonsense said of it"),
        pytest.param(lambda m: m["merkle"].update(root="0" * 64), "Merkle root", id="another root"),
        pytest.param(lambda m: m["merkle"].update(size=3), "Merkle root", id="another size"),
        pytest.param(lambda m: m.pop("merkle"), "malformed", id="no tree"),
        pytest.param(lambda m: m.pop("files"), "malformed", id="no files"),
        pytest.param(lambda m: m.update(files={}), "does not sign README.md", id="nothing signed"),
        pytest.param(
            lambda m: m["files"].pop("questions.parquet"),
            "does not sign questions.parquet",
            id="one file not signed",
        ),
        pytest.param(
            lambda m: m["counts"].update(open=9999), "counts other open", id="a false count"
        ),
        pytest.param(
            lambda m: m["counts"].update(sealed=0), "counts other sealed", id="sealed ones denied"
        ),
        pytest.param(
            lambda m: m["files"].update({"../x": {"sha256": "", "bytes": 0}}),
            "names a file outside the release",
            id="a file outside",
        ),
        pytest.param(
            lambda m: m["files"].update({".x": {"sha256": "", "bytes": 0}}),
            "names a file outside the release",
            id="a hidden file",
        ),
    ],
)
def test_an_operator_who_signs_what_does_not_hold_is_refused_too(weeks, change, why):
    weeks.sign(change)
    weeks.refused(why)


def test_a_chain_forked_by_changing_the_week_before_is_refused(weeks):
    manifest = json.loads(weeks.earlier["manifest.json"]) | {"cutoff": "2020-01-01"}
    weeks.earlier["manifest.json"] = rfc8785.dumps(manifest)
    weeks.refused("the chain is broken")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"answer": "999"}, id="another answer is shown"),
        pytest.param({"commitment": "0" * 64}, id="another commitment"),
        pytest.param({"salt": "00" * 32}, id="another salt"),
        pytest.param({"canonical_answer": '{"answer":"999"}'}, id="another answer is opened"),
        pytest.param({"canonical_answer": "{}"}, id="nothing is opened"),
        pytest.param({"salt": "zz"}, id="a salt that is none"),
        pytest.param({"canonical_answer": None}, id="no answer"),
    ],
)
def test_a_revealed_answer_that_is_not_the_sealed_one_is_refused_even_when_signed(weeks, fields):
    weeks.edit_retired(**fields)
    weeks.sign(lambda manifest: None)
    weeks.refused(r"retired\.jsonl: the answer of q_|malformed")


@pytest.mark.parametrize(
    ("salt", "before"), [(b"s" * 31, " "), (b"s" * 33, ""), (b"", " " * 32), (b"s" * 31 + b"{", "")]
)
def test_a_salt_has_one_length_so_that_it_can_lend_the_answer_no_bytes(weeks, salt, before):
    answer = before + json.loads(weeks.later["retired.jsonl"])["canonical_answer"]
    answer = answer[1:] if salt.endswith(b"{") else answer
    weeks.edit_retired(
        salt=salt.hex(), canonical_answer=answer, commitment=sha256_hex(salt + answer.encode())
    )
    weeks.sign(lambda manifest: None)
    weeks.refused(r"retired\.jsonl: the answer of q_|malformed")


def test_a_revealed_answer_opens_what_the_week_before_sealed(weeks):
    (row,) = map(json.loads, weeks.later["retired.jsonl"].splitlines())
    sealed = {r["id"]: r for r in map(json.loads, weeks.earlier["sealed.jsonl"].splitlines())}
    assert sealed[row["id"]]["commitment"] == row["commitment"]
    hidden = json.loads(row["canonical_answer"])
    assert content_hash(hidden) == sha256_hex(row["canonical_answer"].encode())
    assert hidden["answer"] == row["answer"] == "1077"
