"""What rules are asked about: an entry as far as it is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.hosts import site
from ingest.rules.matching import Text
from ingest.rules.rule import Key
from ingest.text.markup import is_cut_short
from storage.content import Content
from storage.records import PendingEntry


@dataclass(frozen=True, slots=True)
class Article:
    """The text of an article and what describes it. `urls` are its addresses."""

    title: str | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    summary: str | None
    language: str | None
    body: str
    words: int
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """An entry before or after its article is fetched.

    `texts` are those to compare for each key. `complete` are the keys to which the article can add no other text.
    `words` is None before there is an article. `feed_url` is None for an article whose entry is not known.
    """

    feed_url: str | None
    texts: Mapping[Key, tuple[Text, ...]]
    complete: frozenset[Key]
    words: int | None = None


def announced(entry: PendingEntry) -> Subject:
    """Return what is known of an entry before its article is fetched.

    A page may have another title if the feed's is missing or cut short, authors and a summary if the feed has none,
    more tags, and by a redirect another site. It adds nothing to an entry that takes its text from the feed.
    """
    texts: dict[Key, tuple[Text, ...]] = {
        "url": _texts(entry.url),
        "sites": _texts(site(entry.canonical_url or "")),
        "title": _texts(entry.title),
        "author": _texts(*entry.authors),
        "tag": _texts(*entry.tags),
        "summary": _texts(entry.summary),
    }
    complete: set[Key] = {"url"}
    if entry.article_from == "feed" or entry.shared_url:
        complete |= {"sites", "title", "author", "tag", "summary"}
    if entry.title and not is_cut_short(entry.title):
        complete.add("title")
    if entry.authors:
        complete.add("author")
    if entry.summary:
        complete.add("summary")
    return Subject(entry.feed_url, texts, frozenset(complete))


def with_article(entry: Subject, article: Article) -> Subject:
    """Return what is known of an entry whose article was fetched. Texts that the feed gives stay."""
    found: dict[Key, tuple[Text, ...]] = {
        "sites": _texts(*map(site, article.urls)),
        "title": _texts(article.title),
        "author": _texts(*article.authors),
        "tag": _texts(*article.tags),
        "summary": _texts(article.summary),
        "language": _texts(article.language),
        "text": _texts(article.body),
    }
    added = {key: entry.texts.get(key, ()) + texts for key, texts in found.items() if key not in entry.complete}
    return Subject(entry.feed_url, {**entry.texts, **added}, frozenset({*entry.texts, *found}), article.words)


def without_entry(article: Article) -> Subject:
    """Return what is known of an archived article whose entry is not known."""
    return with_article(Subject(None, {"url": _texts(*article.urls)}, frozenset({"url"})), article)


def article_of(content: Content, urls: Iterable[str]) -> Article:
    return Article(
        content.title,
        content.authors,
        content.tags,
        content.summary,
        content.language,
        content.body,
        content.words,
        tuple(urls),
    )


def _texts(*texts: str | None) -> tuple[Text, ...]:
    return tuple(Text(text) for text in texts if text)
