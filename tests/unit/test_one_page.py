"""`ingest.extract_page`: a page that the caller already has."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ingest import extract_page
from tests.builders import NOW
from tests.builders_feeds import prose
from tests.command_run import CHECKOUT

URL = "https://www.news.example/quay"
TEXT = "\n".join(prose(n, 40) for n in (1, 2, 3))


def page(title="The quay", text=TEXT, head="", more=""):
    paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return (
        f"<html lang=en><head><title>{title} | News</title>{head}</head>"
        f"<body><nav><a href=/>Home</a></nav><article><h1>{title}</h1>{paragraphs}{more}</article></body></html>"
    )


def test_a_page_becomes_an_article_with_markdown_hash_and_site():
    content = extract_page(page(more="<ul><li>One thing more is to be said of it.</ul>"), URL)
    assert (content.verdict, content.title, content.language) == ("article", "The quay", "en")
    assert content.body.startswith(TEXT)
    assert content.markdown.endswith("- One thing more is to be said of it.")
    assert (content.url, content.site, content.lines) == (URL, "news.example", ())
    assert content.content_hash.startswith("1:")


def test_what_is_known_of_the_article_stands_before_what_the_page_says():
    published_at = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    head = '<meta name=author content="Mary Shelley"><meta property="article:published_time" content="2020-01-01">'
    said = extract_page(page(head=head), URL, now=NOW)
    assert (said.authors, said.published_at) == (("Mary Shelley",), datetime(2020, 1, 1, tzinfo=UTC))
    known = extract_page(
        page(head=head), URL, title="The old quay", authors=[" Ada  Byron ", ""], published_at=published_at, now=NOW
    )
    assert (known.title, known.authors) == ("The old quay", ("Ada Byron",))
    assert (known.published_at, known.published_from) == (datetime(2026, 3, 1, 12, tzinfo=UTC), "feed")


@pytest.mark.parametrize(
    ("charset", "content_type", "declared"),
    [
        ("utf-8", None, ""),
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1251", None, "<meta charset=windows-1251>"),
        ("shift_jis", "text/html", "<meta charset=shift_jis>"),
        (None, "text/html; charset=windows-1251", "<meta charset=shift_jis>"),  # of a text the charset is known
    ],
)
def test_bytes_are_decoded_as_their_header_or_page_says_and_text_is_text(charset, content_type, declared):
    sentence = "Старый причал держит ворота открытыми, и каждый вечер по нему проходят люди домой."
    html = page("Причал", "\n".join(f"{sentence} {n}." for n in "12345678"), declared)
    content = extract_page(html.encode(charset) if charset else html, URL, content_type=content_type)
    assert content.title == "Причал"
    assert content.body.startswith(f"{sentence} 1.")


def test_selectors_of_the_site_keep_and_drop():
    html = page(more=f"<div class=box><p>{prose(7, 40)}</p></div>")
    assert prose(7, 40) in extract_page(html, URL).body
    assert prose(7, 40) not in extract_page(html, URL, drop=[".box"]).body
    assert extract_page(html, URL, keep=[".box"]).body == prose(7, 40)


@pytest.mark.parametrize("html", ["", b"", b"\x00\xff" * 100, "<p>", "<a " * 10_000, "\ud800" * 9, b"%PDF-1.7"])
def test_a_page_without_an_article_says_why(html):
    content = extract_page(html, URL)
    assert (content.verdict, content.body) == ("no_text", "")
    assert content.reason


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": "quay"}, "url: 'quay' is not an http"),
        ({"url": "ftp://ada:secret@news.example/"}, "url: '[^']*' is not an http"),
        ({"method": "best"}, "method: 'best' is not one of combined, blocks, trafilatura"),
        ({"published_at": datetime(2026, 3, 1)}, "published_at: 2026-03-01 00:00:00 has no time zone"),  # noqa: DTZ001
        ({"now": datetime(2026, 3, 1)}, "now: .* has no time zone"),  # noqa: DTZ001
        ({"keep": ["p["]}, "keep: 'p\\[' is not a CSS selector"),
        ({"drop": "p"}, "drop: 'p' is a string; give a list of strings"),
        ({"authors": "Ada"}, "authors: 'Ada' is a string"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        extract_page(page(), **({"url": URL} | arguments))
    assert "secret" not in str(error.value)


def test_no_password_of_the_address_is_in_the_content():
    html = page(more='<img src="/a.jpg" alt="A quay"><p>More of it.', head="<link rel=canonical href=/quay>")
    assert "secret" not in repr(extract_page(html, "https://ada:secret@news.example/quay"))


def test_threads_get_what_one_after_the_other_gets():
    deep = "<div>" * 3000 + f"<p>{prose(5, 60)}"  # the parser's report on it must not reach another page's thread
    pages = [page(f"Title {n}", prose(n, 60), more=deep if n % 5 == 0 else "") for n in range(20)]
    expected = [extract_page(html, URL, now=NOW) for html in pages]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda html: extract_page(html, URL, now=NOW), pages)) == expected


def test_nothing_is_loaded_before_the_first_call_and_nothing_is_printed():
    code = f"""
import json, sys, ingest
before = [name for name in ("lxml", "numpy", "trafilatura") if name in sys.modules]
content = ingest.extract_page(sys.stdin.read(), {URL!r})
print(json.dumps([before, content.verdict]))
"""
    environment = {"PYTHONPATH": str(CHECKOUT), "PATH": ""}
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, input=page(), capture_output=True, text=True, check=True, env=environment)
    assert (json.loads(result.stdout), result.stderr) == ([[], "article"], "")
