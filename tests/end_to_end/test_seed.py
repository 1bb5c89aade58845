"""A page made of a known text, archived and exported, gives exactly that text back."""

import pytest

from ingest.cli import run
from tests.builders_pages import FRENCH, FRENCH_TITLE, TEMPLATES, article_page
from tests.unit.test_articles_templates import SEEDS

FEED = """<rss version="2.0"><channel><title>Écho</title><link>{site}</link><item><guid>1</guid>
<link>{page}</link></item></channel></rss>"""


TEXTS = {"bundled": "\n".join([FRENCH_TITLE, *FRENCH])}
TEXTS |= {path.stem: path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))}


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_export_is_the_document_that_the_page_was_made_of(site, tmp_path, text, charset):
    title, *paragraphs = text.split("\n")
    template = next(iter(TEMPLATES))
    page = article_page(title, paragraphs, template=template, language="fr", charset=charset)
    site.page("/a.html", page, content_type=f"text/html; charset={charset}")
    site.page("/feed", FEED.format(site=site.url(), page=site.url("/a.html")), content_type="application/rss+xml")
    (tmp_path / "feeds.toml").write_text(f'[[feeds]]\nurl = "{site.url("/feed")}"\n')
    web = '[web]\nallow_addresses = ["127.0.0.0/8"]\nper_host_interval_s = 0'
    (tmp_path / "settings.toml").write_text(f"{web}\n[articles]\nworkers = 1\n")
    common = ["--config", str(tmp_path), "--archive", str(tmp_path / "news.db"), "-q"]
    assert run([*common, "now"]) == 0
    assert run([*common, "export", "--format", "txt", "--output", str(tmp_path / "out")]) == 0
    (exported,) = (tmp_path / "out").iterdir()
    assert exported.read_bytes() == text.encode()
