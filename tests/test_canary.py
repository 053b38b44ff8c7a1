"""Canaries in sealed answers: nothing that leaves our processes holds one, in any spelling."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import pytest
import stamina

from api.app import create_app
from store.database import session
from store.errata import append
from tests.api.stories import OPEN, RETIRING, SEALED, numbered
from tests.building import EARLIER, LATER, NOW, Story, World
from tests.canary import leaks

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def planted(number: int, token: str) -> Story:
    """Return a story whose answer, and all that leads to it, holds a token."""
    return replace(
        SEALED,
        sentence=f"The lock at Pellmouth {number} took the code name {token} on 14 August 2026.",
        question=f"Which code name did the lock at Pellmouth {number} take in August 2026?",
        answer=token,
        aliases=(f"the {token} lock",),
        url=f"https://gazette.example/2026/lock-{number}",
        why=f"the answer {token} stands in the quote",
        evidence={"nearest": token},
        # Its licence forbids the passage, which would hold the answer by right.
        licence="LicenseRef-quote-only",
    )


@dataclass
class House:
    """A served home with canaries in it, and everything that left it."""

    world: World
    environment: dict[str, str]
    tokens: list[str]
    ids: list[str]
    sent: list[tuple[str, bytes]] = field(default_factory=list)


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    world = World.at(tmp_path_factory.mktemp("canary"))
    tokens = [secrets.token_hex(10) for _ in range(4)]
    told = [world.tell(planted(n, token), EARLIER) for n, token in enumerate(tokens)]
    opened, retiring = world.tell(OPEN, EARLIER), world.tell(RETIRING, EARLIER)
    world.release(EARLIER, [opened], [*told[:3], retiring])
    # One is an anchor, one is new, one waits for a week that takes it.
    piers = [world.tell(numbered(n), LATER) for n in range(3)]
    world.release(LATER, piers, [told[0], told[1]], [(retiring, "end of life")])
    world.ran("week", LATER, "failed")
    world.reject(replace(planted(0, tokens[0]), question="Which one?"), LATER, "leak", tokens[0])
    with session(world.engine) as work:
        why = "two names are right"
        append(work, told[2].question.id, "dispute", "disputed", why, world.keys, NOW)
    world.engine.dispose()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("UNSEEN_")}
    environment = outside | {"UNSEEN_HOME": str(world.home), "UNSEEN_CONTACT": "a@b.example"}
    yield House(world, environment, tokens, [one.question.id for one in told])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def paths_of(house: House) -> list[str]:
    """Return every route of the table, filled with every id and week, and what is no route."""
    table = create_app(house.world.settings, house.world.engine)
    fills = [
        {"week": week, "other": other, "name": "sealed.jsonl", "question_id": question_id,
         "version": "x", "path": "x"}
        for week in (EARLIER, LATER, "2020-W01") for other in (EARLIER, LATER)
        for question_id in (*house.ids, "q_0000000000000000", "'--")
    ]  # fmt: skip
    shapes = {
        route.path.replace(":path", "")
        for one in table.routes
        for route in getattr(one, "original_router", table).routes
        if hasattr(route, "path")
    }
    paths = {shape.format(**fill) for shape in shapes if shape for fill in fills}
    for week in (EARLIER, LATER):
        for file in (house.world.home / "releases" / week).iterdir():
            paths |= {f"/v1/sets/{week}/{file.name}", f"/sets/{week}/{file.name}"}
        paths.add(f"/v1/sets/{week}/questions?limit=1000&ids={','.join(house.ids)}")
    paths |= {f"/v1/errata?after={n}" for n in range(3)} | {
        "/v1/errata?after=x",
        "/%00",
        "/../keys",
    }
    paths |= {f"/funnel?check=leak&week={LATER}", f"/v1/funnel?check=leak&week={LATER}"}
    return sorted(paths)


@pytest.fixture(scope="module")
def crawled(house: House) -> House:
    """Every path by every method, and the server's log of it."""
    port, log = free_port(), house.world.home.parent / "served.txt"
    with open(log, "wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "scripts.cli", "serve", "--port", str(port)],
            env=house.environment,
            stdout=out,
            stderr=out,
        )
        try:
            crawl(house, port)
        finally:
            server.terminate()
            server.wait(timeout=60)
    house.sent.append(("the server's log", log.read_bytes()))
    return house


def crawl(house: House, port: int) -> None:
    """Ask for every path by every method, as a person and as a program."""
    base = f"http://127.0.0.1:{port}"
    for attempt in stamina.retry_context(on=httpx2.ConnectError, attempts=None, timeout=60):
        with attempt:
            httpx2.get(f"{base}/livez")
    with httpx2.Client(base_url=base, timeout=30) as client:
        for path in paths_of(house):
            for method in METHODS if "?" not in path else ("GET",):
                body = {"why": "wrong"} if method == "POST" else None
                for accept in ("text/html", "*/*"):
                    answer = client.request(method, path, json=body, headers={"Accept": accept})
                    name = f"{method} {path} {answer.status_code}"
                    house.sent.append((name, repr(answer.headers.raw).encode() + answer.content))


def run(house: House, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.cli", *arguments],
        env=house.environment,
        capture_output=True,
        timeout=120,
    )


def test_no_answer_of_the_server_and_no_line_of_its_log_holds_a_canary(crawled: House):
    codes = {name.rpartition(" ")[2] for name, _ in crawled.sent[:-1]}
    assert len(crawled.sent) > 1_000 and {"200", "202", "403", "404", "405", "422"} <= codes
    assert leaks(crawled.sent, crawled.tokens) == []
    assert not [name for name, body in crawled.sent if b"Traceback" in body]


COMMANDS = (
    ("verify", "{releases}/" + LATER), ("diff", EARLIER, LATER), ("diff", EARLIER, LATER, "--json"),
    ("doctor", "--json"), ("reports", "list", "--json"), ("sources", "list", "--json"),
    ("benchmarks", "list", "--json"), ("nullify", "{id}", "--why", "it is {token}"),
    ("retire", "{id}", "--why", "not {token} alone"), ("release", "--week", LATER),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_no_command_that_reads_or_decides_prints_a_canary(house: House, command):
    fills = {
        "releases": house.world.home / "releases",
        "id": house.ids[0],
        "token": house.tokens[0],
    }
    done = run(house, *(part.format(**fills) for part in command))
    said = [("stdout", done.stdout), ("stderr", done.stderr)]
    assert leaks(said, house.tokens) == [] and b"Traceback" not in done.stderr
    assert done.stdout or done.stderr


def test_no_file_of_a_release_holds_a_canary(house: House):
    files = [path for path in (house.world.home / "releases").rglob("*") if path.is_file()]
    assert len(files) > 14
    assert leaks([(str(path), path.read_bytes()) for path in files], house.tokens) == []


def test_a_backup_s_names_listing_and_sentence_hold_no_canary(house: House, tmp_path):
    done = run(house, "db", "backup", str(tmp_path / "house.tar"))
    with tarfile.open(tmp_path / "house.tar") as archive:
        names = "\n".join(archive.getnames()).encode()
        listing = archive.extractfile("backup.json")
        assert listing is not None
        said = [("names", names), ("listing", listing.read())]
    said += [("stdout", done.stdout), ("stderr", done.stderr)]
    assert done.returncode == 0 and leaks(said, house.tokens) == []


def test_the_search_finds_what_was_revealed(crawled: House):
    assert leaks(crawled.sent, [RETIRING.sentence])


def test_the_operator_s_own_audit_does_show_the_answer(house: House):
    done = run(house, "audit", house.ids[0])
    assert leaks([("audit", done.stdout)], house.tokens[:1])


def test_names_in_the_store_hold_no_canary(house: House):
    names = [str(path.relative_to(house.world.home)) for path in Path(house.world.home).rglob("*")]
    assert leaks([("names", "\n".join(names).encode())], house.tokens) == []
