"""The verifier that is one file needs nothing of ours, and writes numbers as RFC 8785 has it."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as some

from scripts import verify_release as alone
from scripts.verifying import verify_release
from store.errors import ReleaseInvalid
from store.releases import merkle
from tests.api.conftest import serving
from tests.building import EARLIER, LATER, World
from tests.store.weeks import publish_two_weeks

SOURCE = Path(alone.__file__)
#: Every module of ours, made impossible to import.
BLOCK = """
import sys, runpy
class Ours:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {"store", "scripts", "api", "generator", "scrapers", "tests"}:
            raise ImportError(f"{name} is ours")
sys.meta_path.insert(0, Ours())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.at(tmp_path_factory.mktemp("home"))
    publish_two_weeks(made)
    yield made
    made.engine.dispose()


@pytest.fixture
def releases(world: World, tmp_path: Path) -> Path:
    """A copy of two weeks that a test may ruin."""
    shutil.copytree(world.home / "releases", tmp_path / "releases")
    return tmp_path / "releases"


@pytest.fixture
def run(tmp_path: Path):
    """Run a copy of the file where nothing of ours can be imported: (exit code, stdout, stderr)."""
    copy = tmp_path / "elsewhere" / "verify_release.py"
    copy.parent.mkdir()
    shutil.copy(SOURCE, copy)

    def command(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-I", "-c", BLOCK, str(copy), *arguments],
            capture_output=True,
            text=True,
            cwd=copy.parent,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(copy.parent)},
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return command


def test_it_imports_the_standard_library_and_pynacl_alone():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"nacl"}


def test_a_copy_of_the_file_checks_a_folder_where_nothing_of_ours_is(run, releases, world):
    code, said, _ = run(str(releases / LATER), world.keys.public_hex)
    assert code == 0
    assert said == (
        f"{LATER} holds under key {world.keys.public_hex}; chain of 2 weeks back to {EARLIER}\n"
    )
    code, said, _ = run(str(releases / EARLIER))
    assert (code, f"{EARLIER} holds" in said) == (0, True)


@pytest.mark.parametrize("name", ["README.md", "questions.jsonl", "manifest.json", "manifest.sig"])
def test_a_copy_of_the_file_refuses_what_was_changed(run, releases, name):
    path = releases / LATER / name
    path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))
    code, said, why = run(str(releases / LATER))
    assert (code, said) == (1, "") and why.startswith("REFUSED: ")


@pytest.mark.parametrize("key", ["00" * 32, "", "zz", "ü"])
def test_a_copy_of_the_file_refuses_another_key(run, releases, key):
    code, said, why = run(str(releases / LATER), key)
    assert (code, said) == (1, "") and "not signed by" in why


def test_it_refuses_a_week_under_another_name_and_a_place_with_nothing(run, releases):
    (releases / LATER).rename(releases / "2026-W40")
    assert run(str(releases / "2026-W40"))[0] == 1
    code, said, why = run(str(releases / "nothing"))
    assert (code, said) == (1, "") and "REFUSED" in why


# --- over HTTP, from our server and from any -------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def files_served(releases: Path) -> Iterator[str]:
    """Any web server with the folder of releases."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(releases)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def both(place: str, key: str | None, tmp_path: Path) -> tuple[str, str]:
    pinned = tmp_path / "pinned.pub"
    pinned.write_text(f"{key}\n")
    said = verify_release(place, pinned if key else None, None).sentence()
    return said, alone.main(place, key)


def test_both_verifiers_walk_the_chain_over_our_api(world, tmp_path):
    with serving(world) as url:
        for week in (LATER, "latest"):
            said, said_alone = both(f"{url}/v1/sets/{week}", world.keys.public_hex, tmp_path)
            assert f"chain of 2 weeks back to {EARLIER}, the first" in said
            assert f"chain of 2 weeks back to {EARLIER}" in said_alone


def test_over_http_a_missing_week_is_said_and_a_changed_one_refused(
    releases, files_served, tmp_path
):
    place = f"{files_served}/{LATER}"
    assert "chain of 2 weeks" in both(place, None, tmp_path)[0]
    path = releases / EARLIER / "manifest.sig"
    whole = path.read_bytes()
    path.write_bytes(whole[::-1])
    with pytest.raises(ReleaseInvalid, match=rf"{EARLIER}/manifest\.sig"):
        verify_release(place, None, None)
    with pytest.raises(ValueError, match=r"manifest\.sig"):
        alone.main(place)
    path.write_bytes(whole)
    shutil.rmtree(releases / EARLIER)
    said, said_alone = both(place, None, tmp_path)
    assert f"the release before ({EARLIER}) was not at hand" in said
    assert f"({EARLIER} is not at hand)" in said_alone
    with pytest.raises(ReleaseInvalid, match=r"manifest\.json is missing"):
        verify_release(place, None, f"{files_served}/{EARLIER}")


def test_over_http_the_newest_week_tells_of_a_fork(releases, files_served):
    # `latest` is the server's word for the newest week; here it is a folder.
    (releases / "latest").symlink_to(releases / LATER)
    assert verify_release(f"{files_served}/{EARLIER}", None, None)
    manifest = releases / LATER / "manifest.json"
    keys = World.at(releases).keys
    body = json.loads(manifest.read_bytes())
    body["previous"]["manifest_sha256"] = "0" * 64
    manifest.write_bytes(rfc8785.dumps(body))
    (releases / LATER / "manifest.sig").write_text(f"{keys.sign(manifest.read_bytes())}\n")
    why = f"{LATER} lies beside {EARLIER} and follows another {EARLIER}"
    with pytest.raises(ReleaseInvalid, match=why):
        verify_release(f"{files_served}/{EARLIER}", None, None)
    with pytest.raises(ValueError, match="the chain is forked"):
        alone.main(f"{files_served}/{EARLIER}")


# --- in words --------------------------------------------------------------------------------


def test_a_file_that_nobody_signed_is_named_and_is_no_part_of_the_release(releases):
    (releases / LATER / "more.jsonl").write_text("{}")
    proof = verify_release(str(releases / LATER), None, None)
    assert proof.sentence().endswith("lies there unsigned and is no part of it: more.jsonl")
    assert proof.as_json()["unsigned"] == ["more.jsonl"]
    assert alone.main(str(releases / LATER))


def test_from_within_the_folder_the_week_is_known_by_its_name(releases, monkeypatch):
    monkeypatch.chdir(releases / LATER)
    assert "chain of 2 weeks" in verify_release(".", None, None).sentence()
    assert "chain of 2 weeks" in alone.main(".")
    (releases / LATER).rename(releases / "2026-W40")
    monkeypatch.chdir(releases / "2026-W40")
    with pytest.raises(ReleaseInvalid, match="is of 2026-W34, not of 2026-W40"):
        verify_release(".", None, None)


# --- numbers and trees -----------------------------------------------------------------------

NUMBERS = some.floats(allow_nan=False, allow_infinity=False)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(1 - 2**53, 2**53 - 1) | NUMBERS | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=20,
)


@given(NUMBERS)
@example(0.0)
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
@example(1e21)
@example(1e20)
@example(999999999999999900000.0)
@example(123456789012345680000.0)
@example(1e-6)
@example(1e-7)
@example(1.5e-7)
@example(0.000001234)
@example(333333333.33333329)
@example(9007199254740992.0)
@example(0.1)
@example(-1e23)
def test_a_number_is_written_as_the_library_for_rfc_8785_writes_it(value):
    assert alone.canonical(value) == rfc8785.dumps(value)


@given(VALUES)
@example({"\U0001f600": 1, "\ufb33": 2, "é": 3, '\x00\x1f\x7f\u2028"\\': [], "": {}})
def test_a_value_is_written_as_the_library_for_rfc_8785_writes_it(value):
    assert alone.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), 2**53, -(2**53), "\ud800", {"\udfff": 1}]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ValueError, match=r".+"):
        alone.canonical(value)
    with pytest.raises(ValueError, match=r".+"):
        rfc8785.dumps(value)


@pytest.mark.parametrize("size", range(20))
def test_its_tree_is_our_tree(size):
    leaves = [f"entry {number}".encode() for number in range(size)]
    assert alone.tree(leaves) == merkle.root(leaves)
