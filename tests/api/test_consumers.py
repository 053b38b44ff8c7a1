"""The tools people use read a week over HTTP, unmodified."""

from __future__ import annotations

import pytest

from tests.api.conftest import Site
from tests.building import LATER

# Both libraries warn about their own dependencies while they are imported and used.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def load_dataset(tmp_path, monkeypatch):
    """The loader of `datasets`, with a cache of its own and no hub."""
    # Not HF_HUB_OFFLINE: it refuses every address, ours on loopback too.
    monkeypatch.setenv("HF_UPDATE_DOWNLOAD_COUNTS", "0")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()

    def load(kind: str, url: str):
        return datasets.load_dataset(
            kind, data_files={"test": url}, split="test", cache_dir=str(tmp_path / "cache")
        )

    return load


@pytest.mark.parametrize("week", [LATER, "latest"])
def test_datasets_loads_the_parquet_file_with_dates_as_text(site: Site, load_dataset, week):
    rows = load_dataset("parquet", f"{site.url}/v1/sets/{week}/questions.parquet")
    assert rows.num_rows == 31
    by_id = {row["id"]: row for row in rows}
    row = by_id[site.id("choice")]
    assert (row["target"], row["answer_index"], row["as_of"]) == ("C", 2, "2026-08-12")


def test_datasets_loads_the_json_lines(site: Site, load_dataset):
    rows = load_dataset("json", f"{site.url}/v1/sets/{LATER}/questions.jsonl")
    assert rows.num_rows == 31 and site.id("choice") in rows["id"]


def test_inspect_reads_rows_as_samples(site: Site):
    dataset = pytest.importorskip("inspect_ai.dataset")
    samples = dataset.json_dataset(f"{site.url}/v1/sets/{LATER}/questions.jsonl")
    by_id = {sample.id: sample for sample in samples}
    sample = by_id[site.id("choice")]
    assert len(by_id) == 31
    assert sample.target == "C" and sample.choices[2] == "Mira Halvorsen"
    assert sample.metadata["source_licence"] == "CC-BY-4.0"
    assert "Answer from this passage alone" in sample.input
