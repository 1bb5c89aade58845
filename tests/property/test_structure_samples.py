"""The law of an article's Markdown on sample pages: one in twelve of each set, and all whose structure is marked.

`scripts/quality/score_structure.py` checks it on every page.
"""

import pytest
from rendered_words import WORD, words_of
from score_structure import ALL_SETS, DATA, pages_of

from ingest.workers.tasks import PageTask, extract_page
from storage.records import SiteProfile
from tests.builders import NOW, entry

PIECES = 2  # of each set: tests that run beside each other


@pytest.mark.parametrize("piece", range(PIECES))
@pytest.mark.parametrize("name", ALL_SETS)
def test_the_words_of_the_rendered_markdown_are_those_of_the_body(name, piece):
    pages = list(pages_of(DATA, name))[:: 1 if name == "structure" else 12][piece::PIECES]
    if not pages:
        pytest.skip(f"the shared pages of {name} are not here")
    for page in pages:
        task = PageTask(page.url, None, entry(), NOW, "blocks", SiteProfile())
        content = extract_page(page.html, task).content
        if content.verdict == "article":
            assert words_of(content.markdown) == WORD.findall(content.body), page.id
