"""The house stands as designed: a star of imports, one file a library, no name that clashes."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent
#: Each package, and what of ours it may import beside itself.
MAY_IMPORT = {
    "store": set[str](),
    "scrapers": {"store"},
    "generator": {"store"},
    "api": {"store"},
    "scripts": {"store", "scrapers", "generator", "api"},
}
#: Libraries that one file of the project alone may know.
ONE_FILE = {
    "langchain": "generator/llm.py",
    "langchain_core": "generator/llm.py",
    "sentence_transformers": "generator/embeddings.py",
    "faiss": "generator/nearest.py",
    "apscheduler": "scripts/schedule.py",
    "feedparser": "scrapers/feed_child.py",
    "trafilatura": "scrapers/extract.py",
}
#: What never may be imported anywhere: it unpickles, or is being retired (traps 11, 17).
NOWHERE = {"pickle", "langchain_community"}
#: Paths of a machine. The pattern is spelt in pieces, so that this file does not hold one.
MACHINE_PATHS = re.compile(r"(?<![\w.}$-])/(?:" + "|".join(("work", "root", "tmp")) + r")/[\w.]")
#: Programs in a container or under systemd know their machine's folders; this file the patterns.
MAY_NAME_PATHS = ("scripts/deploy/", "tests/test_layout.py")
#: Addresses that only somebody's own machine, or its mirror of a registry, has.
MIRRORS = re.compile(
    "|".join((r"index-url\s*=?\s*http", r"trusted-host", r"/simple(?:/|\b(?!-))", r"Get:\d+ http"))
)


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full names of the modules a file imports, wherever in it and however."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"line {node.lineno}: a relative import")
            yield node.module or ""
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            first = node.args[0]
            if called in {"import_module", "__import__"} and isinstance(first, ast.Constant):
                yield str(first.value)


def top(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def imports_of(path: Path) -> set[str]:
    return top(imported(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_down_the_star(package):
    files = sources(package)
    assert files
    for path in files:
        ours = imports_of(path) & {*MAY_IMPORT, "tests"}
        wrong = ours - MAY_IMPORT[package] - {package}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


@pytest.mark.parametrize(("library", "home"), ONE_FILE.items())
def test_one_library_has_one_file(library, home):
    users = [
        str(path.relative_to(ROOT))
        for package in MAY_IMPORT
        for path in sources(package)
        if library in imports_of(path)
    ]
    assert users == [home]


def test_what_unpickles_or_is_being_retired_is_imported_nowhere():
    for package in MAY_IMPORT:
        for path in sources(package):
            assert not imports_of(path) & NOWHERE, path


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import a.b as c", {"a"}),
        ("from a.b import c", {"a"}),
        ("def f():\n    from a import b", {"a"}),
        ("if TYPE_CHECKING:\n    import a", {"a"}),
        ("importlib.import_module('a.b')", {"a"}),
        ("__import__('a')", {"a"}),
        ("x = 'import a'", set()),
    ],
)
def test_an_import_is_seen_wherever_it_hides(code, names):
    assert top(imported(ast.parse(code))) == names


def test_no_name_of_ours_hides_another_s():
    owners = defaultdict(set)
    for name, distributions in importlib.metadata.packages_distributions().items():
        owners[name] |= set(distributions)
    for package in (*MAY_IMPORT, "tests"):
        assert package not in sys.stdlib_module_names
        assert owners[package] <= {"unseen"}, f"{package} is also of {owners[package]}"
        for path in ROOT.glob(f"{package}*"):
            assert path.is_dir() or path.suffix != ".py", f"{path.name} hides the package"


def test_our_packages_are_the_ones_that_are_imported():
    code = "\n".join(f"import {package}; print({package}.__file__)" for package in MAY_IMPORT)
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert [Path(line).parent for line in done.stdout.split()] == [ROOT / p for p in MAY_IMPORT]


def test_the_api_is_imported_without_what_makes_questions():
    heavy = {"torch", "faiss", "langchain", "sentence_transformers", "trafilatura", "generator"}
    code = f"import sys, api.asgi; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == []


def committed_texts() -> Iterator[tuple[str, str]]:
    """Yield the text files of the project: those git knows, or all where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = (
        [name for name in listed.stdout.split("\0") if name]
        if listed.returncode == 0
        else [str(path.relative_to(ROOT)) for p in (*MAY_IMPORT, "tests") for path in sources(p)]
    )
    for name in names:
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # No text, or deleted and not committed yet.


def test_no_committed_file_names_a_folder_or_a_mirror_of_one_machine():
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in committed_texts()
        if not name.startswith(MAY_NAME_PATHS)
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATHS.search(line) or MIRRORS.search(line)
    ]
    assert found == []


def registry_hosts() -> set[str]:
    """Return the hosts this machine installs packages from, but the public one and loopback."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    told = [asked.stdout, *(v for k, v in os.environ.items() if k.endswith("INDEX_URL"))]
    urls = re.findall(r"https?://[^\s']+", "\n".join(told))
    return {urlsplit(url).hostname or "" for url in urls} - {
        "",
        "pypi.org",
        "127.0.0.1",
        "localhost",
    }


def test_no_committed_file_names_the_registry_of_this_machine():
    hosts = registry_hosts()
    assert [
        f"{name} names {host}" for name, text in committed_texts() for host in hosts if host in text
    ] == []


def test_the_guard_knows_a_machine_s_path_when_it_sees_one():
    for line in ("cd /%s/main", "'/%s/x'", "path=/%s/a", "file:///%s/x"):
        for folder in ("work", "root", "tmp"):
            assert MACHINE_PATHS.search(line % folder)
    for line in ("https://a.example/work/1", "${HOME}/tmp/x", "framework/root/", "a/tmp/b"):
        assert not MACHINE_PATHS.search(line)


def test_every_python_file_opens_with_one_sentence():
    for package in MAY_IMPORT:
        for path in sources(package):
            opening = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert opening and opening.partition("\n")[0].rstrip().endswith((".", ":", "!")), path
