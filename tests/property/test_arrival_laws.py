"""Laws of what arrives: the order does not change what is shown, and splitting undoes what was merged."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.maintenance.copies import split
from tests.arrivals import Arrivals
from tests.builders_copies import LANGUAGES, original, texts

languages = st.sampled_from(LANGUAGES)
titles = st.sampled_from(["The bridge", "What we make of it", None])


@settings(max_examples=12)
@given(st.lists(st.tuples(languages, titles, st.integers(1, 6)), max_size=5), st.randoms())
def test_of_feeds_teasers_and_their_articles_the_articles_are_shown_in_any_order(teasers, random):
    """Each teaser is a beginning that breaks off, by lines and by characters."""
    arriving = {language: f"{original(language).body}\n{texts(language)[1]}" for language, *_ in teasers}
    pieces = [(body, original(language).title, "page") for language, body in arriving.items()]
    pieces += [
        (f"{original(language).body[: len(original(language).body) * share // 12]} …", title, "feed")
        for language, title, share in teasers
    ]
    random.shuffle(pieces)
    with tempfile.TemporaryDirectory() as folder, Arrivals(Path(folder) / "news.db") as news:
        for body, title, body_from in pieces:
            if len(body) > 90 or body_from == "page":
                news.arrive(body, title, body_from=body_from)
        assert news.shown() == sorted(arriving.values())
        merged = news.column("SELECT id FROM copies WHERE merged_id IS NOT NULL ORDER BY id DESC")
        with news.archive.transaction():
            for copy_id in merged:
                split(copy_id, news.archive, news.now)
        assert news.column("SELECT id FROM current_articles") == news.column("SELECT id FROM articles")
        strays = """SELECT e.id FROM entries e JOIN articles a ON a.id = e.article_id
                    WHERE e.outcome = 'archived' AND e.url <> a.url"""
        assert news.column(strays) == []
