"""What a page's markup says of its kind: the classes of its body, links to its data, og:type, types of JSON-LD."""

import re
from collections import Counter

from ingest.articles.metadata.fields import Metadata
from ingest.articles.page_kind.address import ARCHIVE, AUTHOR, CATEGORY, HOME, LIST, SEARCH, TAG
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
_DATA_OF_LIST = re.compile(r"/wp-json/wp/v2/(?:(categories)|(tags)|(users))/\d+$")
_DATA_OF_ARTICLE = re.compile(r"/wp-json/wp/v2/(?!pages/|categories/|tags/|users/|media/)[\w-]+/\d+$")
_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|Review|Recipe|HowTo)$")
_LIST_TYPES = {"CollectionPage": LIST, "SearchResultsPage": SEARCH, "ProfilePage": AUTHOR, "ItemList": LIST}
MAX_ARTICLES = 2  # in the JSON-LD of an article's page


def classes_of(page: Element) -> tuple[str | None, bool]:
    """Return the kind of list that the classes of the page's body name, and whether they name an article."""
    body = page.find(".//body")
    names = ((body.get("class") or "").lower() if body is not None else "").split()
    if any(map(_ARTICLE_CLASSES.fullmatch, names)):
        return None, True
    kinds = [kind for name in names if (kind := _LIST_CLASSES.get(name))]
    precise = next((kind for kind in kinds if kind not in {ARCHIVE, LIST}), None)
    return precise or next(iter(kinds), None), False


def is_missing(page: Element) -> bool:
    """Return whether the classes of the page's body say that there is no such page."""
    body = page.find(".//body")
    return body is not None and not _MISSING_CLASSES.isdisjoint((body.get("class") or "").lower().split())


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
    if kind is None and "profile" in counted:
        kind = AUTHOR
    if articles > MAX_ARTICLES and not is_article:
        return kind or LIST, 0
    return kind if not articles else None, is_article + bool(articles)
