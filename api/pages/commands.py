"""How to pull the newest week into the tools people use: lines to copy."""

from __future__ import annotations

from dataclasses import dataclass

from api.shelf import Published


@dataclass(frozen=True)
class Command:
    """A snippet and where it goes."""

    name: str
    text: str
    hint: str


def pull_commands(public_url: str, newest: Published) -> tuple[Command, ...]:
    """Return a snippet for each tool, pinned to the newest week so that results compare."""
    week = newest.week
    base = f"{public_url}/v1/sets/{week}"
    task = f"unseen_{week.lower().replace('-', '_')}"
    return (
        Command(
            "datasets",
            "from datasets import load_dataset\n\n"
            "load_dataset(\n"
            '    "parquet",\n'
            "    data_files={\n"
            f'        "test": "{base}/questions.parquet"\n'
            "    },\n"
            '    split="test",\n'
            ")",
            "Parquet keeps dates as text; the JSON loader turns them into timestamps.",
        ),
        Command(
            "inspect_ai",
            "from inspect_ai.dataset import json_dataset\n\n"
            "json_dataset(\n"
            f'    "{base}/questions.jsonl"\n'
            ")",
            "Rows are samples already: id, input, choices, target, metadata.",
        ),
        Command(
            "curl",
            f"curl -fLO {public_url}/v1/sets/latest/questions.jsonl\n"
            f"curl -fLO {public_url}/v1/sets/latest/manifest.json",
            "latest leads to the newest week; its files never change.",
        ),
        Command(
            "verify",
            f"unseen verify {base} --key signing.pub",
            "Hashes, Merkle tree, signature and the chain of weeks.",
        ),
        Command(
            "lm-eval",
            "cat > unseen.yaml <<'YAML'\n"
            f"task: {task}\n"
            "dataset_path: parquet\n"
            "dataset_kwargs:\n"
            "  data_files:\n"
            f'    test: "{base}/questions.parquet"\n'
            "test_split: test\n"
            "output_type: generate_until\n"
            'doc_to_text: "{{input}}"\n'
            "doc_to_target: target\n"
            "generation_kwargs: {until: [], max_gen_toks: 1024}\n"
            "filter_list:\n"
            "  - name: last_line\n"
            "    filter:\n"
            "      - function: regex\n"
            "        regex_pattern: 'Answer:[ \\t]*([^\\n]+)'\n"
            "        group_select: -1\n"
            "      - function: take_first\n"
            "metric_list:\n"
            "  - {metric: exact_match, aggregation: mean, higher_is_better: true,\n"
            "     ignore_case: true, ignore_punctuation: true}\n"
            "YAML\n"
            "lm-eval run --model MODEL --tasks unseen.yaml",
            "Exact match is stricter than our own rules for numbers and dates.",
        ),
    )
