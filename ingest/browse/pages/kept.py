"""The raw pages of an article's texts, as they were kept: shown in a sandbox, and as text.

A kept page runs nothing and loads nothing. Its policy sees to scripts, pictures and styles, whatever its markup is. It
does not keep Chromium from connecting to the host of `<link rel=preconnect>` or of an inner frame, so these elements
are renamed. Attributes that would load or run are renamed too, since the browser reports each that the policy stops.
"""

import re
from collections.abc import Callable
from html import escape
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from ingest.browse.security import POLICY
from ingest.browse.showing import Context, Shown
from ingest.text.charset import decode
from storage.exports.rendering import is_link
from storage.reader import Reader, StoredPage
from storage.rows import Row

MAX_LISTED = 200  # pages of an article, with those of its revisions and copies

KEPT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none';"
    " frame-ancestors 'self'"
)
FRAMING_POLICY = f"{POLICY.decode()}; frame-src 'self'"

_LOADING = re.compile(r"<(/?)(link|base|iframe|frame|object|embed|applet|portal|fencedframe)\b", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_TAG = re.compile(r"<[a-z][^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<=[\s\"'/])(?=(?:src|srcset|poster|background|action|formaction|ping|http-equiv|on[a-z]+)\s*=(?!\s*[\"']?data:))",
    re.IGNORECASE,
)
_STYLE = re.compile(r"<style\b[^<]*", re.IGNORECASE)
_STYLE_URL = re.compile(r"(?=(?:url\((?!\s*[\"']?data:)|import\b))", re.IGNORECASE)
_HEAD = re.compile(r"<head(?:\s[^<>]*)?>", re.IGNORECASE)
_VOID = ("link", "base", "frame", "embed")


class Kept:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def page(self, request: Request, datasette: Datasette) -> Response:
        """Show how a page was fetched, with the page in a frame."""

        def facts(archive: Reader) -> Context | None:
            article_id = int(request.url_vars["id"])
            if archive.current_id(article_id) != article_id or not (article := archive.article_row(article_id)):
                return None
            rows = archive.pages_kept(article_id, limit=MAX_LISTED)
            chosen = _chosen(rows, request)
            return {"article": article, "pages": rows, "chosen": chosen, "address_of": address_of}

        response = await self._shown.page(request, datasette, "kept.html", facts)
        response.headers |= {"content-security-policy": FRAMING_POLICY}
        return response

    async def raw(self, request: Request) -> Response:
        """Return a page as it was kept."""
        return await self._answer(request, harmless, "text/html", {"content-security-policy": KEPT_POLICY})

    async def source(self, request: Request) -> Response:
        """Return a page as text."""
        return await self._answer(request, lambda page: decode(page.html, page.content_type), "text/plain", {})

    async def _answer(
        self, request: Request, body: Callable[[StoredPage], str], media_type: str, headers: dict[str, str]
    ) -> Response:
        def made(archive: Reader) -> str | None:
            row = _chosen(archive.pages_kept(int(request.url_vars["id"]), limit=MAX_LISTED), request)
            try:
                page = row and archive.page_kept(row["page_table"], row["owner_id"], row["part"])
            except ValueError as error:
                raise NotFound(f"the page is damaged in the archive: {error}") from error
            return body(page) if page else None

        text = await self._shown.read(made)
        if text is None:
            raise NotFound("the archive has not kept this page")
        content = text.encode(errors="replace")
        return Response(content, headers=headers, content_type=f"{media_type}; charset=utf-8")


def harmless(page: StoredPage) -> str:
    """Return the HTML of a page without what loads although its policy forbids it.

    Elements are renamed where they begin, which makes no other element, whatever stands around.
    """
    text = _LOADING.sub(_renamed, decode(page.html, page.content_type))
    text = _SCRIPT.sub('<script type="text/kept"', text)
    text = _TAG.sub(lambda tag: _STYLE_URL.sub("kept-", _ATTRIBUTE.sub("data-kept-", tag[0])), text)
    text = _STYLE.sub(lambda style: _STYLE_URL.sub("kept-", style[0]), text)
    if not is_link(page.final_url):
        return text
    return _HEAD.sub(lambda head: f'{head[0]}<base href="{escape(page.final_url)}">', text, count=1)


def address_of(article_id: int, row: Row, form: str = "") -> str:
    """Return the address at which a page is shown; `form` is "/html" or "/text"."""
    of = [f"{name.removesuffix('_id')}={row[name]}" for name in ("revision_id", "copy_id") if row[name] is not None]
    query = "&".join([*of, *([f"part={row['part']}"] if row["part"] != 1 else [])])
    return f"/article/{article_id}/page{form}{'?' if query else ''}{query}"


def _chosen(rows: list[Row], request: Request) -> Row | None:
    """Return the page that a request names, otherwise the first one of the first text that has one."""
    named: dict[str, Any] = {"revision_id": request.args.get("revision"), "copy_id": request.args.get("copy")}
    part = request.args.get("part") or "1"
    wanted = {name: value for name, value in named.items() if value}
    for row in rows:
        texts = {name: str(row[name]) for name in named if row[name] is not None}
        if str(row["part"]) == part and (texts == wanted or (not wanted and row["copy_id"] is None)):
            return row
    return None


def _renamed(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    return f"<{tag[1]}{'meta data-' if name in _VOID else 'kept-'}{name}"
