# ruff: noqa: RUF001 (Greek, Cyrillic and Turkish have letters that look like Latin ones)
"""What a page's markup says of its kind: the classes of its body, links to its data, og:type, types of JSON-LD."""

import re
from collections import Counter

from ingest.articles.error_pages import is_title_of_missing
from ingest.articles.metadata.fields import Metadata
from ingest.articles.page_kind.address import ARCHIVE, AUTHOR, CATEGORY, HOME, LIST, PRODUCT, SEARCH, TAG
from ingest.articles.tree import Element

# The classes that WordPress, Ghost, Drupal, Blogger and their themes give to <body>.
_LIST_CLASSES = {
    "home": HOME, "home-template": HOME, "page-home": HOME, "path-frontpage": HOME, "front": HOME, "homepage": HOME,
    "paged": LIST, "post-type-archive": ARCHIVE, "archive": ARCHIVE, "date": ARCHIVE,
    "category": CATEGORY, "tag": TAG, "tag-template": TAG, "page-taxonomy": TAG, "path-taxonomy": TAG,
    "page-taxonomy-term": TAG, "author": AUTHOR, "author-template": AUTHOR, "search": SEARCH, "search-results": SEARCH,
    "path-search": SEARCH, "page-search": SEARCH, "section-index": LIST, "section-viewforum": LIST,
}  # fmt: skip
_MISSING_CLASSES = frozenset(("error404", "error-404", "page-not-found"))
_ARTICLE_CLASSES = re.compile(
    r"single(?:-post|-\w+)?|postid-\d+|post-template(?:-default)?|item-view|node-type-\w+|page-node-type-\w+"
    r"|page-node-\d+|articlepage|article-page|page-article|article|is-article"
)
# In languages that error_pages.py does not read: it judges announced pages too.
_MISSING_TITLE = re.compile(
    r"(?:404\W+)?(?:(?:η )?σελίδα δεν (?:βρέθηκε|υπάρχει)|сторінк[ау] не (?:знайдено|існує)|sayfa bulunamadı"
    r"|stránka (?:nebyla nalezena|nenalezena|sa nenašla)|az oldal nem található|pagina nu (?:a fost găsită|există)"
    r"|siden (?:blev ikke fundet|finnes ikke|findes ikke)|sivua ei löydy|страницата не е намерена"
    r"|stranica nije pronađena|halaman tidak ditemukan|không tìm thấy trang|페이지를 찾을 수 없습니다"
    r"|الصفحة غير موجودة|הדף לא נמצא|找不到(?:頁面|页面|網頁|网页)|您(?:访问|訪問|请求)的(?:页面|頁面)不存在)(?!\w)",
    re.IGNORECASE,
)
_DATA_OF_LIST = re.compile(r"/wp-json/wp/v2/(?:(categories)|(tags)|(users))/\d+$")
_DATA_OF_ARTICLE = re.compile(r"/wp-json/wp/v2/(?!pages/|categories/|tags/|users/|media/)[\w-]+/\d+$")
_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|Review|Recipe|HowTo)$")
_LIST_TYPES = {"CollectionPage": LIST, "SearchResultsPage": SEARCH, "ProfilePage": AUTHOR, "ItemList": LIST}
_LIST_OG_TYPES = {"profile": AUTHOR, "product": PRODUCT, "product.group": LIST, "product.item": PRODUCT}
MAX_ARTICLES = 2  # in the JSON-LD of an article's page


def classes_of(page: Element) -> tuple[str | None, bool]:
    """Return the kind of list that the classes of the page's body name, and whether they name an article."""
    names = _body_classes(page)
    if any(map(_ARTICLE_CLASSES.fullmatch, names)):
        return None, True
    kinds = [kind for name in names if (kind := _LIST_CLASSES.get(name))]
    precise = next((kind for kind in kinds if kind not in {ARCHIVE, LIST}), None)
    return precise or next(iter(kinds), None), False


def is_missing(page: Element, metadata: Metadata) -> bool:
    """Return whether the classes of the page's body, its title or its headline say that there is no such page."""
    titles = tuple(title for title in (metadata.headline, *metadata.titles) if title)
    return (
        not _MISSING_CLASSES.isdisjoint(_body_classes(page))
        or is_title_of_missing(titles)
        or any(map(_MISSING_TITLE.match, titles))
    )


def _body_classes(page: Element) -> list[str]:
    body = page.find(".//body")
    return [] if body is None else (body.get("class") or "").lower().split()


def data_of(page: Element) -> tuple[str | None, bool]:
    """Return the kind of list, and whether it is an article, whose data the page links to as WordPress does."""
    for link in page.iter("link"):
        if (href := link.get("href") or "") and "/wp-json/wp/v2/" in href:
            if found := _DATA_OF_LIST.search(href):
                return (CATEGORY, TAG, AUTHOR)[found.lastindex - 1 if found.lastindex else 0], False
            if _DATA_OF_ARTICLE.search(href):
                return None, True
    return None, False


def declared_of(metadata: Metadata) -> tuple[str | None, int]:
    """Return the kind of list that the page declares itself to be, and how many ways it calls itself an article."""
    counted = Counter(map(str, metadata.kinds))
    articles = sum(count for kind, count in counted.items() if _ARTICLE_TYPE.search(kind))
    is_article = "article" in {kind.lower() for kind in counted}
    kind = next((kind for name, kind in _LIST_TYPES.items() if name in counted), None)
    if kind is None:
        kind = next((kind for name, kind in _LIST_OG_TYPES.items() if name in counted), None)
    if articles > MAX_ARTICLES and not is_article:
        return kind or LIST, 0
    return kind if not articles else None, is_article + bool(articles)
