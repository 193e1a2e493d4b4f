"""Every command in a document is run, and prints what the document says."""

from __future__ import annotations

import pytest
from console_blocks import Example, agrees, examples, pages, run

EXAMPLES = [example for page in pages() for example in examples(page)]


def test_the_documents_hold_examples():
    assert len(EXAMPLES) >= 20
    assert {example.page.name for example in EXAMPLES} >= {"README.md"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.page.stem}: {example.line[:50]}")
def test_a_command_prints_what_the_page_says(example: Example):
    code, output = run(example.line)
    assert code == 0 or (code == 2 and output[0].startswith("hnf: ")), output
    assert agrees(example, output), "run: python tests/structure/console_blocks.py\n" + "\n".join(output)
