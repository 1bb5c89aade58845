"""Makes lists out of marked articles: pages of which the judge of page kinds must say that they are none.

`without_article` takes the article out of its own page: its site's menus and teasers stay. `with_teasers` puts teasers
of other articles in its place, in one of MARKUPS. `of_systems` makes pages as content management systems do.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape
from random import Random
from typing import NamedTuple

from lxml import etree

from ingest.articles.body.walk import blocks
from ingest.articles.tree import Element, parse

AS_UTF_8 = "text/html; charset=utf-8"
MIN_LINE_CHARS = 60
MIN_HOLD_SHARE = 0.9  # of the article's lines, in the element that is taken out
MIN_OTHER_LINKS = 10  # on a page without its article
SECTIONS = ("News", "Politik", "Sport", "Κόσμος", "Экономика", "国内新闻", "Kultura", "Société")
PATHS = ("/", "/news/", "/politics", "/tag/elections/", "/category/sport/page/3/", "/author/ana-weber/", "/?s=flood",
         "/index.php?cat=7", "/world/europe/", "/2024/05/")  # fmt: skip
ARTICLE_METAS = ("article:", "published", "pubdate", "author", "modified", "date")
MARKUPS = {
    "WordPress": '<article class="hentry"><header><h2 class="entry-title"><a href="{url}">{title}</a></h2>{date}'
    '</header><div class="entry-summary"><p>{text} <a href="{url}">→</a></p></div></article>',
    "full": '<div class="post"><h2><a href="{url}">{title}</a></h2>{date}<div>{body}</div></div>',
    "teaser": '<div class="teaser"><h3><a href="{url}">{title}</a></h3><p>{text}</p></div>',
    "item": '<li>{date} <a href="{url}">{title}</a><p>{text}</p></li>',
    "line": '<li>{date} <a href="{url}">{title}</a></li>',
    "card": '<a class="card" href="{url}"><h3>{title}</h3><p>{text}</p></a>',
    "row": '<tr><td><img src="a.gif"></td><td><a href="{url}"><b>{title}</b></a><br>{date}<br>{text}</td></tr>',
    "breaks": '<a href="{url}">{title}</a><br><span>{text}</span><br><br>',
    "entry": '<dt><a href="{url}">{title}</a> {date}</dt><dd>{text}</dd>',
    "more": '<h2>{title}</h2><p>{text}</p><p><a href="{url}">Read more</a></p>',
}
HOLDERS = {"item": "ul", "line": "ul", "row": "table", "entry": "dl"}
BIOGRAPHY = (
    "She is a senior correspondent for energy and climate. Before she joined the paper in 2015, she worked for public"
    " radio for ten years and reported from Ankara and Cairo. Her book on the gas trade was published in 2021."
)
TOPIC = (
    "News about the climate, with commentary and background. Heat waves, droughts, floods and storms become more"
    " frequent. Here you find our reports, analyses and interviews on the subject, from conferences to city halls."
)


class Source(NamedTuple):
    """An article that was found in a page. `numbers` are the blocks of its lines."""

    name: str
    site: str
    html: bytes
    title: str
    body: str
    numbers: Sequence[int | None]


class ListPage(NamedTuple):
    kind: str
    site: str
    url: str
    html: bytes


def without_article(source: Source, rng: Random) -> ListPage | None:
    """Return the page of an article without it, or None if the page has few other links."""
    tree, holder = _holder(source)
    if holder is None or holder.tag == "body":
        return None
    holder.getparent().remove(holder)
    if sum(len(" ".join(link.itertext()).split()) > 3 for link in tree.iter("a")) < MIN_OTHER_LINKS:
        return None
    return _named(tree, source.site, "without its article", rng)


def with_teasers(source: Source, others: Sequence[Source], rng: Random) -> ListPage | None:
    """Return the page of an article with a list of others in its place."""
    tree, holder = _holder(source)
    if holder is None:
        return None
    markup = rng.choice(list(MARKUPS))
    tag = HOLDERS.get(markup, "div")
    chosen = rng.choices(others, k=rng.choice((5, 8, 10, 15, 20, 30)) if markup != "full" else rng.randint(3, 8))
    rows = "".join(teaser(markup, each, rng) for each in chosen)
    for child in list(holder):
        holder.remove(child)
    holder.text, holder.tag = None, "body" if holder.tag == "body" else "div"
    for key in ("itemprop", "itemtype"):
        holder.attrib.pop(key, None)
    holder.append(etree.HTML(f"<div><{tag}>{rows}</{tag}></div>").find(".//div"))
    return _named(tree, source.site, f"teasers: {markup}", rng)


def teaser(markup: str, source: Source, rng: Random) -> str:
    day = date(2024, 1, 1) + timedelta(days=rng.randrange(700))
    lines = [line for line in source.body.split("\n") if line]
    text, limit = next((line for line in lines if len(line) >= MIN_LINE_CHARS), lines[0]), rng.choice((80, 140, 220))
    return MARKUPS[markup].format(
        url=escape(
            rng.choice(("/news/", "/2024/05/", "/")) + f"{'-'.join(source.title.lower().split()[:6])}-{day:%j%y}"
        ),
        title=escape(source.title),
        date=rng.choice(("", f'<span class="date">{day:%d.%m.%Y}</span>', f"<time>{day:%B %d, %Y}</time>")),
        text=escape(text if len(text) <= limit else text[:limit] + rng.choice(("…", "...", ""))),
        body="".join(f"<p>{escape(line)}</p>" for line in lines[: rng.randint(3, 12)]),
    )


def of_systems(sources: Sequence[Source], rng: Random) -> Iterator[ListPage]:
    """Yield pages as systems make them, one of each kind."""
    site = "gazette.example"

    def rows(markup: str, count: int) -> str:
        return "".join(teaser(markup, each, rng) for each in rng.choices(sources, k=count))

    heading = "<h1>{}</h1>".format
    pages = {
        ("WordPress, archive", "/category/news/"): ("News Archives", "archive category", rows("WordPress", 10)),
        ("WordPress, home, full posts", "/"): ("The Gazette", "home blog", rows("full", 5)),
        ("Blogger, label", "/search/label/Politics"): ("The Gazette", "", rows("full", 6)),
        ("Ghost, tag", "/tag/news/"): ("News", "tag-template", heading("News") + TOPIC + rows("card", 15)),
        ("newspaper, front", "/"): ("The Gazette: news and opinion", "", rows("teaser", 20) + rows("line", 40)),
        ("newspaper, section", "/politics"): ("Politics", "", heading("Politics") + rows("teaser", 25)),
        ("newspaper, author", "/author/ana"): ("Ana Weber", "", heading("Ana Weber") + BIOGRAPHY + rows("card", 12)),
        ("newspaper, topic", "/topic/climate"): ("Climate", "", heading("Climate") + TOPIC + rows("teaser", 12)),
        ("search", "/search?q=flood"): ("Search results for “flood”", "", f"<ol>{rows('item', 20)}</ol>"),
        ("archive of a month", "/archive/2024/05/"): ("May 2024", "", f"<ul>{rows('line', 60)}</ul>"),
        ("portal in tables", "/default.asp"): ("Portal", "", f"<table>{rows('row', 25)}</table>"),
        ("no such page", "/2019/an-article-of-old/"): ("Page not found", "", heading("Oops!") + rows("teaser", 15)),
        ("privacy", "/privacy-policy"): ("Privacy policy", "", f"<p>{'We keep your data safe and sound. ' * 60}"),
    }
    menu = "".join(f'<li><a href="/{name.lower()}/">{name}</a></li>' for name in SECTIONS)
    for (kind, path), (title, names, content) in pages.items():
        html = (
            f"<!DOCTYPE html><html><head><title>{title} | The Gazette</title></head><body class='{names}'><nav><ul>"
            f"{menu}</ul></nav><main>{content}</main><footer>© The Gazette. All rights reserved.</footer></body></html>"
        )
        yield ListPage(kind, site, f"https://{site}{path}", html.encode())


def _holder(source: Source) -> tuple[Element, Element | None]:
    """Return the tree of a page, and the smallest element that holds nearly all of its article."""
    tree = parse(source.html, None)
    found = blocks(tree)
    known = (n for n in source.numbers if n is not None and n < len(found.texts))
    numbers = [n for n in known if len(found.texts[n]) > MIN_LINE_CHARS]
    places = [next((place for place in found.sources[n] if place), None) for n in numbers]
    nodes = [node if event == "start" else node.getparent() for event, node in filter(None, places)]
    held = Counter(above for node in nodes for above in (node, *node.iterancestors()))
    above = (above for node in nodes[:1] for above in (node, *node.iterancestors()))
    holder = next((each for each in above if held[each] >= MIN_HOLD_SHARE * len(nodes)), None)
    return tree, holder if holder is not None and holder.tag != "html" else None


def _without_declarations(tree: Element) -> None:
    for node in list(tree.iter("meta")):
        name = (node.get("property") or node.get("name") or node.get("itemprop") or "").lower()
        if name == "og:type":
            node.set("content", "website")
        elif name.endswith("title") or any(word in name for word in ARTICLE_METAS):
            node.getparent().remove(node)


def _named(tree: Element, site: str, kind: str, rng: Random) -> ListPage:
    """Give a tree the head of a list. One in seven keeps what it declares: templates may call everything an article."""
    url, title = f"https://{site}{rng.choice(PATHS)}", rng.choice(SECTIONS)
    lies = rng.random() < 1 / 7
    if not lies:
        _without_declarations(tree)
    for node in list(tree.iter("title", "h1")):
        if node.tag == "h1":
            for child in list(node):
                node.remove(child)
        if node.tag == "h1" or node.getparent().tag == "head":
            node.text = title if node.tag == "h1" else f"{title} | {site}"
    for node in list(tree.iter("link")):
        if node.get("rel") not in {"stylesheet", "icon"}:
            node.getparent().remove(node)
    for node in tree.iter("script"):
        if "ld+json" in (node.get("type") or ""):
            node.text = rng.choice(("{}", '{"@type": "WebSite"}', '{"@type": "CollectionPage"}'))
    body = tree.find(".//body")
    body.attrib.pop("class", None)
    body.attrib.pop("itemtype", None)
    return ListPage(kind, site, url, etree.tostring(tree, method="html", encoding="utf-8"))
