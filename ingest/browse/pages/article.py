"""The page of an article, the comparison of two of its texts, and what is known of an address without an article."""

import re
from dataclasses import dataclass
from itertools import islice

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from ingest.browse.pages.kept import MAX_LISTED, address_of
from ingest.browse.showing import Context, Shown, is_language, number_in
from ingest.dedupe.fingerprint import normalise
from ingest.report.explanation import Explanation, explain, facts
from ingest.text.compare import changes, normal_sentences, shared
from storage.exports.markdown import markdown_of
from storage.exports.rendering import rendered
from storage.reader import Reader
from storage.rows import Row
from storage.tombstones import Tombstone

MAX_CHARS = 150_000  # of a text, 25,000 words
MAX_MARKS = 10_000  # of Markdown and ends of lines: the worst take .6 s
MAX_COMPARED = 500_000  # characters of an article's copies, beside it
MAX_COPIES, MAX_ENTRIES, MAX_MEDIA = 50, 50, 100

_MARK = re.compile(r"[\n!&*<>\[\\\]_`|~]")


@dataclass(frozen=True, slots=True)
class Share:
    """How many sentences of a copy its article has too."""

    sentences: int
    shared: int


class ArticlePage:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        """Show an article, or two of its texts compared: `from` and `to` are their numbers, `copy` is a copy's id."""
        article_id = int(request.url_vars["id"])
        found = await self._shown.read(lambda archive: _found(archive, article_id))
        if isinstance(found, Tombstone):
            return await self._explained(request, datasette, None, found, status=410)
        if found is None:
            raise NotFound(f"the archive has no article {article_id}")
        if found != article_id:
            query = f"?{request.query_string}" if request.query_string else ""
            return Response.redirect(f"/article/{found}{query}")
        if request.args.get("copy"):
            return await self._shown.page(
                request, datasette, "compared.html", lambda a: _beside_copy(a, found, request)
            )
        if request.args.get("from") or request.args.get("to"):
            return await self._shown.page(request, datasette, "compared.html", lambda a: _changed(a, found, request))
        return await self._shown.page(request, datasette, "article.html", lambda archive: _article(archive, found))

    async def text(self, request: Request) -> Response:
        """Return the whole text of an article as Markdown."""
        found = await self._shown.read(lambda archive: archive.article_row(int(request.url_vars["id"])))
        if found is None:
            raise NotFound(f"the archive has no article {request.url_vars['id']}")
        text = f"{found['title'] or ''}\n\n{markdown_of(found)}".encode(errors="replace")
        return Response(text, content_type="text/plain; charset=utf-8")

    async def lookup(self, request: Request, datasette: Datasette) -> Response:
        """Lead to the article of an address, or tell what is known of the address."""
        url = (request.args.get("url") or "").strip()
        found = await self._shown.read(lambda archive: explain(archive, url)) if url else None
        if found and found.article and not found.tombstone:
            return Response.redirect(f"/article/{found.article['id']}")
        missing = bool(url) and (found is None or found.is_empty)
        return await self._explained(request, datasette, found, None, status=404 if missing else 200, url=url)

    async def _explained(
        self,
        request: Request,
        datasette: Datasette,
        found: Explanation | None,
        tombstone: Tombstone | None,
        *,
        status: int,
        url: str = "",
    ) -> Response:
        told = [] if found is None or found.is_empty else facts(found, _instant)
        context = {"url": url, "told": told, "found": found, "tombstone": tombstone}
        return Response.html(await datasette.render_template("explained.html", context, request=request), status=status)


def _found(archive: Reader, article_id: int) -> int | Tombstone | None:
    """Return the id of the article that this one is or was merged into, or its tombstone."""
    current = archive.current_id(article_id)
    if archive.heads_of([current]):
        return current
    return archive.tombstone_of(article_id) or archive.tombstone_of(current)


def _article(archive: Reader, article_id: int) -> Context | None:
    article = archive.article_row(article_id)
    if article is None:
        return None
    beside = archive.neighbours(article_id)
    heads = {head["id"]: head for head in archive.heads_of([i for i in (beside.before, beside.after) if i])}
    explanation = explain(archive, article["url"])
    markdown = markdown_of(article)
    beginning = beginning_of(markdown)
    texts = [{"archived_at": article["archived_at"], "title": None, "cause": None}, *article["revisions"]]
    return {
        "article": article,
        "lang": _language(article),
        "standfirst": _standfirst(article),
        "html": _html(article, beginning),
        "cut_at": len(beginning) if beginning != markdown else 0,
        "copies": _copies(archive, article) if article["copies"] else [],
        "cluster": archive.cluster(article_id) if article["copies"] else None,
        "texts": list(enumerate(texts, start=1)) if len(texts) > 1 else [],
        "entries": article["entries"][:MAX_ENTRIES],
        "media": article["media"][:MAX_MEDIA],
        "pages": archive.pages_kept(article_id, limit=MAX_LISTED),
        "address_of": address_of,
        "told": facts(explanation, _instant) if explanation else [],
        "before": heads.get(beside.before or 0),
        "after": heads.get(beside.after or 0),
        "feed_ids": archive.feed_ids({entry["feed_url"] for entry in article["entries"][:MAX_ENTRIES]}),
    }


def beginning_of(text: str) -> str:
    """Return as much of a text or of its Markdown as is shown in a short time."""
    last = next(islice(_MARK.finditer(text, 0, MAX_CHARS), MAX_MARKS, None), None)
    return text[: last.start() if last else MAX_CHARS]


def _copies(archive: Reader, article: Row) -> list[Row]:
    """Return the article's copies with what they share, None once many long ones were compared."""
    there = normal_sentences(beginning_of(article["body"]), normalise)
    left = MAX_COMPARED
    copies = []
    for copy in article["copies"][:MAX_COPIES]:
        text = archive.copy(copy["id"]) if left > 0 else None
        body = beginning_of(text.body) if text else ""
        marks = [each.shared for line in shared(body, there, normalise) for each in line if normalise(each.text)]
        left -= len(body)
        copies.append(copy | {"share": Share(len(marks), sum(marks)) if text else None})
    return copies


def _beside_copy(archive: Reader, article_id: int, request: Request) -> Context | None:
    """Return an article and a copy of it with the sentences that both have."""
    number = request.args["copy"]
    article = archive.article_row(article_id)
    known = {str(copy["id"]): copy for copy in article["copies"]} if article else {}
    text = archive.copy(known[number]["id"]) if number in known else None
    if article is None or text is None:
        return None
    here, there = beginning_of(article["body"]), beginning_of(text.body)
    return {
        "article": article,
        "copy": known[number],
        "one": shared(here, normal_sentences(there, normalise), normalise),
        "other": shared(there, normal_sentences(here, normalise), normalise),
        "lang": _language(article),
    }


def _changed(archive: Reader, article_id: int, request: Request) -> Context | None:
    """Return two texts of an article with the differences. Without `from` or `to` they are the last ones."""
    article, texts = archive.article_row(article_id), archive.texts(article_id)
    last = number_in(request.args.get("to"), len(texts))
    first = number_in(request.args.get("from"), last - 1)
    if article is None or not (1 <= first <= len(texts) and 1 <= last <= len(texts)):
        return None
    old, new = texts[first - 1], texts[last - 1]
    bodies = [beginning_of(text["body"]) for text in (old, new)]
    return {
        "article": article,
        "lang": _language(article),
        "texts": list(enumerate(texts, start=1)),
        "first": first,
        "last": last,
        "old": old,
        "new": new,
        "titles": changes(old["title"] or "", new["title"] or "")[0],
        "lines": changes(*bodies),
        "cut_at": max(map(len, bodies)) if bodies != [old["body"], new["body"]] else 0,
    }


def _html(article: Row, markdown: str) -> str:
    """Return the article's text as HTML. Tables and listings scroll by themselves, by keyboard too.

    Text has no "<" here that is not escaped: what is replaced are elements.
    """
    html = rendered(article | {"markdown": markdown}, pictures=False)
    region = 'tabindex="0" role="region"'
    html = html.replace("<pre>", f'<pre {region} aria-label="Listing">')
    table = f'<div class="wide" {region} aria-label="Table"><table>'
    return html.replace("<table>", table).replace("</table>", "</table></div>")


def _standfirst(article: Row) -> str | None:
    """Return the summary, unless the text begins with it."""
    summary = article["summary"]
    beginning = normalise((summary or "")[:200]).removesuffix("…")
    return summary if beginning and beginning[:80] not in normalise(article["body"][:2000]) else None


def _language(article: Row) -> str | None:
    return article["language"] if is_language(article["language"]) else None


def _instant(instant: str | None) -> str:
    return f"{instant[:10]} {instant[11:16]} UTC" if instant else ""
