"""A disk whose power may fail: what was not synced is kept, lost or torn (ALICE, OSDI 2014).

A file's bytes are safe once the file was synced, a name once its folder was; until then any of
them may be there or not. The system promises no more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tests.faults.layer import Op

#: What becomes of bytes that were not synced.
Fate = Callable[[bytes], bytes]
FATES: Mapping[str, Fate] = {
    "kept": lambda pending: pending,
    "dropped": lambda pending: b"",
    "torn at 512": lambda pending: pending[:512],
    "torn at 4096": lambda pending: pending[:4096],
    "zeros": lambda pending: bytes(len(pending)),
}


@dataclass(eq=False)
class Node:
    """A file or a folder: what is in it now, and how much of a file is safe."""

    body: bytes | None = None
    n_safe: int = 0
    entries: dict[str, Node] = field(default_factory=dict)


@dataclass(eq=False)
class Change:
    """A change of names in a folder; safe once that folder was synced."""

    folder: Node
    put: tuple[str, Node] | None
    #: What loses its name, where, in the same step.
    taken: tuple[Node, str] | None = None
    safe: bool = False


@dataclass
class Disk:
    """A tree of files that remembers which of its changes a power cut can undo."""

    root: Node
    changes: list[Change] = field(default_factory=list)
    files: list[Node] = field(default_factory=list)

    def apply(self, op: Op) -> None:
        """Do one change."""
        if op.call in ("mkdir", "create"):
            node = Node(body=b"" if op.call == "create" else None)
            self.files += [node] if op.call == "create" else []
            self._change(Change(self._folder(op.path), (PurePosixPath(op.path).name, node)))
        elif op.call in ("write", "truncate"):
            node = self._find(op.path)
            assert node.body is not None
            node.body = node.body + op.body if op.call == "write" else b""
            node.n_safe = min(node.n_safe, len(node.body))
        elif op.call == "fsync":
            self._sync(self._find(op.path))
        elif op.call in ("rename", "replace", "link"):
            taken = (self._folder(op.path), PurePosixPath(op.path).name)
            put = (PurePosixPath(op.to).name, self._find(op.path))
            moved = None if op.call == "link" else taken
            self._change(Change(self._folder(op.to), put, moved))
        elif op.call in ("unlink", "rmdir"):
            folder = self._folder(op.path)
            self._change(Change(folder, None, (folder, PurePosixPath(op.path).name)))

    def _sync(self, node: Node) -> None:
        if node.body is not None:
            node.n_safe = len(node.body)
        for change in self.changes:
            change.safe |= change.folder is node

    def _change(self, change: Change) -> None:
        self.changes.append(change)
        _do(change, lambda node: node.entries)

    def _find(self, path: str) -> Node:
        node = self.root
        for name in PurePosixPath(path).parts:
            node = node.entries[name]
        return node

    def _folder(self, path: str) -> Node:
        return self._find(str(PurePosixPath(path).parent))

    def after_power_cut(self) -> Iterator[tuple[str, Mapping[str, bytes]]]:
        """Yield how each power cut at this moment may leave the disk: what was lost, and files."""
        pending = [change for change in self.changes if not change.safe]
        names: dict[str, set[int]] = {"all names": set(range(len(pending)))}
        for n in range(len(pending)):
            names[f"the first {n} of {len(pending)} names"] = set(range(n))
            names[f"all names but {n}"] = set(range(len(pending))) - {n}
        unsafe = [node for node in self.files if node.n_safe < len(node.body or b"")]
        for said, chosen in names.items():
            done = {id(pending[n]) for n in chosen}
            kept = [c for c in self.changes if c.safe or id(c) in done]
            for fate, act in FATES.items():
                yield f"{said}, bytes {fate}", self._left(kept, {id(n): act for n in unsafe})
            for one in unsafe:
                fates = {id(node): FATES["kept"] for node in unsafe} | {id(one): FATES["dropped"]}
                yield f"{said}, one file's bytes dropped", self._left(kept, fates)

    def _left(self, changes: Iterable[Change], fates: Mapping[int, Fate]) -> Mapping[str, bytes]:
        """Return the files that can be reached when only these changes of names were done."""
        entries: dict[int, dict[str, Node]] = {}
        for change in changes:
            _do(change, lambda node: entries.setdefault(id(node), {}))
        found: dict[str, bytes] = {}

        def walk(node: Node, path: str) -> None:
            for name, child in entries.get(id(node), {}).items():
                if child.body is None:
                    found[f"{path}{name}/"] = b""
                    walk(child, f"{path}{name}/")
                else:
                    pending = fates.get(id(child), FATES["kept"])(child.body[child.n_safe :])
                    found[f"{path}{name}"] = child.body[: child.n_safe] + pending

        walk(self.root, "")
        return found


def _do(change: Change, entries_of: Callable[[Node], dict[str, Node]]) -> None:
    if change.taken:
        entries_of(change.taken[0]).pop(change.taken[1], None)
    if change.put:
        name, node = change.put
        entries_of(change.folder)[name] = node


def disk_with(files: Mapping[str, bytes]) -> Disk:
    """Return a disk on which these files are safe."""
    disk = Disk(Node())
    for path, body in files.items():
        folder = PurePosixPath(path).parent
        for parent in [*reversed(folder.parents), folder][1:]:
            if not _is_there(disk, str(parent)):
                disk.apply(Op("mkdir", str(parent)))
        disk.apply(Op("create", path))
        disk.apply(Op("write", path, body=body))
    for change in disk.changes:
        change.safe = True
    for node in disk.files:
        node.n_safe = len(node.body or b"")
    return disk


def _is_there(disk: Disk, path: str) -> bool:
    try:
        disk._find(path)
    except KeyError:
        return False
    return True


def replayed(ops: Sequence[Op], disk: Disk) -> Iterator[int]:
    """Do the changes one after the other; yields how many are done, 0 first."""
    yield 0
    for n, op in enumerate(ops, start=1):
        disk.apply(op)
        yield n
