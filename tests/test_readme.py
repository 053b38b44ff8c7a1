"""The README is true: its commands exist, its tree is the tree, its settings are settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from scripts.commands.table import app
from store.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> set[str]:
    group = get_command(app)
    return set(group.commands)  # type: ignore[attr-defined]


def named_rooms() -> Iterator[tuple[str, str]]:
    """Each name in the file tree with the package it stands under."""
    tree = README.partition("## The house")[2].partition("A star:")[0]
    package = ""
    for line in tree.splitlines():
        if match := re.match(r" {4}(\w+)/", line):
            package = match[1]
        elif match := re.match(r" {6}(\S.*?)(?: {2,}|$)", line):
            for name in match[1].replace("…", "").split():
                yield package, name


@pytest.mark.parametrize("name", sorted(set(re.findall(r"(?:bin/|`)unseen (\w+)", README))))
def test_a_command_of_the_readme_exists_or_is_said_to_be_missing(name: str) -> None:
    assert name in commands()


@pytest.mark.parametrize(("package", "name"), list(named_rooms()))
def test_a_room_of_the_tree_exists(package: str, name: str) -> None:
    folder = ROOT / package
    assert any((folder / form).exists() for form in (name, f"{name}.py"))


def test_every_package_is_in_the_tree() -> None:
    tree = README.partition("## The house")[2]
    for package in ("store", "scrapers", "generator", "api", "scripts", "tests"):
        assert f"    {package}/" in tree


@pytest.mark.parametrize("name", sorted(set(re.findall(r"UNSEEN_\w+", README))))
def test_a_setting_of_the_readme_is_one(name: str) -> None:
    assert name.removeprefix(PREFIX).casefold() in Settings.model_fields


def test_what_is_missing_is_not_there_yet() -> None:
    missing = README.partition("## Not covered yet")[2]
    for name in ("export", "evaluate"):
        assert f"`{name}`" in missing
        assert name not in commands()
