"""What a page shows beside its headline: bylines and dates, in several languages and settings."""

from datetime import UTC, datetime

import pytest
from lxml import html

from ingest.articles.metadata.fields import Metadata, read_metadata
from ingest.articles.metadata.lines import headline_element, lines_after, lines_before

NOW = datetime(2024, 6, 1, tzinfo=UTC)
MAY_17 = datetime(2024, 5, 17, tzinfo=UTC)
PROSE = "<p>" + "The council met for an hour and then went home, as it always does in spring. " * 4 + "</p>"


def read(body: str, *, head: str = "", lang: str = "", url: str = "https://echo.example/news/ferry") -> Metadata:
    page = f"<html lang='{lang}'><head><title>Ferry saved by one vote</title>{head}</head><body>{body}</body></html>"
    return read_metadata(html.document_fromstring(page), url=url, now=NOW)


def beside(*lines: str, lang: str = "") -> Metadata:
    """A page with these lines under its headline."""
    shown = "".join(f"<div>{line}</div>" for line in lines)
    return read(f"<article><h1>Ferry saved by one vote</h1>{shown}{PROSE}</article>", lang=lang)


def lines(body: str) -> tuple[list[str], list[str]]:
    tree = html.document_fromstring(f"<body>{body}</body>")
    headline = headline_element(tree, "Ferry saved by one vote")
    before, after = lines_before(headline), lines_after(headline)
    return [line.text for line in before], [line.text for line in after]


def test_the_lines_above_and_below_the_headline_come_in_reading_order():
    above = "<div><a>News</a></div><p>May 17<br>2024</p>"
    below = "<p>By <b>Anna</b> Lee</p>5 min<ul><li>One</li><li>Two</li></ul>"
    assert lines(f"<main>{above}<header><h1>Ferry saved by one vote</h1></header>{below}</main>") == (
        ["News", "May 17", "2024"],
        ["By Anna Lee", "5 min", "One", "Two"],
    )


def test_menus_comments_and_long_asides_are_not_read():
    menu = "<nav>" + "<a>Sport</a> " * 80 + "</nav>"
    comments = "<div class='comments'>May 1, 2024</div><script>x</script><!-- y -->"
    byline = "<aside>By Anna Lee</aside>"
    assert lines(f"{menu}<h1>Ferry saved by one vote</h1>{comments}{byline}") == ([], ["By Anna Lee"])


def test_a_headline_that_is_no_h1_is_found_by_its_text():
    assert lines("<h1>The Echo</h1><h2>Other</h2><h2>Ferry saved by one vote</h2><p>By Anna Lee</p>")[1] == [
        "By Anna Lee"
    ]
    assert lines("<div>Ferry saved by one vote</div><p>By Anna Lee</p>")[1] == ["By Anna Lee"]


@pytest.mark.parametrize(
    "line",
    [
        "May 17, 2024",
        "Published on Friday, 17th May 2024",
        "5 min read · May 17, 2024",
        "Par Hélène Garrec, le 17 mai 2024",
        "Veröffentlicht am 17. Mai 2024",
        "17 de mayo de 2024",
        "17 maggio 2024",
        "17 mei 2024",
        "17 maja 2024",
        "17 мая 2024",
        "2024年5月17日",
        "2024年05月17日 来源：海港日报",  # noqa: RUF001
        "公開日 2024/05/17",
        "2024년 5월 17일",
        "17.05.2024",
        "05/17/2024",
    ],
)
def test_the_day_is_read_as_the_page_shows_it(line):
    found = beside(line)
    assert (found.published_at, found.published_from) == (MAY_17, "text")


@pytest.mark.parametrize(
    "line",
    ["3 days ago", "vor 3 Tagen", "il y a 3 jours", "3日前", "Yesterday", "© 2024 The Echo", "May 2024", "17 new 2024"],
)
def test_a_relative_or_partial_date_is_no_date(line):
    assert beside(line).published_at is None


def test_a_date_in_running_text_is_not_the_articles():
    assert beside(f"On May 17, 2024, the council met. {PROSE}").published_at is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("May 17, 2024 5:30 pm EST",), datetime(2024, 5, 17, 22, 30, tzinfo=UTC)),
        (("17 mai 2024 à 14h30",), datetime(2024, 5, 17, 14, 30, tzinfo=UTC)),
        (("17. Mai 2024 um 14:30 Uhr",), datetime(2024, 5, 17, 14, 30, tzinfo=UTC)),
        (("2024年5月17日 14時30分",), datetime(2024, 5, 17, 14, 30, tzinfo=UTC)),
        (
            ("<time datetime='2024-05-17T08:30:15+02:00'>May 17, 2024</time>",),
            datetime(2024, 5, 17, 6, 30, 15, tzinfo=UTC),
        ),
        (
            ("<time datetime='2024-05-17T08:30:15+02:00'>2 weeks ago</time>",),
            datetime(2024, 5, 17, 6, 30, 15, tzinfo=UTC),
        ),
    ],
)
def test_the_time_is_taken_where_the_page_has_it(lines, expected):
    assert beside(*lines).published_at == expected


@pytest.mark.parametrize(
    "lines",
    [
        ("Updated May 20, 2024", "Published May 17, 2024"),
        ("Published May 17, 2024 – Updated May 20, 2024",),
        ("Last updated:", "May 20, 2024", "Posted on:", "May 17, 2024"),
        ("Aktualisiert am 20. Mai 2024", "17. Mai 2024"),
        ("Publié le 17 mai 2024, mis à jour le 20 mai 2024",),
        ("更新日 2024年5月20日", "公開日 2024年5月17日"),
        ("<time class='updated' datetime='2024-05-20'>x</time><time class='published' datetime='2024-05-17'/>",),
    ],
)
def test_the_publication_is_preferred_to_the_last_change(lines):
    assert beside(*lines).published_at == MAY_17


def test_the_date_of_an_update_is_taken_only_if_the_metadata_have_no_date():
    body = "<h1>Ferry saved by one vote</h1><p>Updated May 20, 2024</p>"
    assert read(body).published_at == datetime(2024, 5, 20, tzinfo=UTC)
    head = '<meta property="article:published_time" content="2024-05-17T09:00:00Z">'
    assert read(body, head=head).published_at == datetime(2024, 5, 17, 9, tzinfo=UTC)


def test_a_clearly_older_date_beside_the_headline_wins_over_the_metadata():
    head = '<meta property="article:published_time" content="2024-05-17T09:00:00Z">'
    found = read("<h1>Ferry saved by one vote</h1><p>June 3, 2014</p>", head=head)
    assert (found.published_at, found.published_from) == (datetime(2014, 6, 3, tzinfo=UTC), "text")


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en-US", datetime(2024, 3, 4, tzinfo=UTC)),
        ("en-GB", datetime(2024, 4, 3, tzinfo=UTC)),
        ("fr", datetime(2024, 4, 3, tzinfo=UTC)),
        ("en", None),
        ("", None),
    ],
)
def test_the_language_decides_which_number_is_the_day(lang, expected):
    assert beside("03/04/2024", lang=lang).published_at == expected


def test_the_date_in_the_metadata_decides_which_number_is_the_day():
    head = '<script type="application/ld+json">{"@type": "WebPage", "datePublished": "2024-04-03T10:00:00Z"}</script>'
    found = read("<h1>Ferry saved by one vote</h1><p>03/04/2024</p>", head=head)
    assert (found.published_at, found.published_from) == (datetime(2024, 4, 3, 10, tzinfo=UTC), "json-ld")


def test_the_date_of_a_page_that_is_not_an_article_is_ignored():
    head = '<script type="application/ld+json">{"@type": "WebPage", "datePublished": "2024-04-03T10:00:00Z"}</script>'
    assert read("<h1>Ferry saved by one vote</h1>", head=head).published_at is None


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("By Anna Lee", ("Anna Lee",)),
        ("by Anna Lee and John O’Neil", ("Anna Lee", "John O’Neil")),
        ("Written by: Anna Lee, Senior Editor", ("Anna Lee",)),
        ("May 17, 2024 By Anna Lee 4 Comments", ("Anna Lee",)),
        ("Anna Lee | Senior Writer | May 17, 2024", ("Anna Lee",)),
        ("Von Jürgen Müller und Anna Groß", ("Jürgen Müller", "Anna Groß")),
        ("Par Hélène Garrec, publié le 17 mai 2024", ("Hélène Garrec",)),
        ("Propos recueillis par Hélène Garrec", ("Hélène Garrec",)),
        ("Por María José de la Cruz", ("María José de la Cruz",)),
        ("Di Marco Rossi", ("Marco Rossi",)),
        ("Autor: Jan Nowak", ("Jan Nowak",)),
        ("著者：山田太郎", ("山田太郎",)),  # noqa: RUF001
        ("文／王小明", ("王小明",)),  # noqa: RUF001
        ("作者: 李雷、韩梅梅", ("李雷", "韩梅梅")),
        ("記者王小明/台北報導", ("王小明",)),
        ("Ein Gastbeitrag von Anna Groß", ("Anna Groß",)),
        ("Автор: Иван Петров", ("Иван Петров",)),
        ("Written by Anna Lee | New Delhi | Updated: May 18, 2024", ("Anna Lee",)),
        ("By The Echo editors", ("The Echo editors",)),
        ("Reviewed by Anna Lee", ()),
        ("Photo by Anna Lee", ()),
        ("A step by step guide", ()),
        ("Driven by demand", ()),
    ],
)
def test_bylines_are_read_as_the_page_shows_them(line, people):
    assert beside(line).authors == people


def test_a_byline_may_run_over_two_lines():
    assert beside("Written by", "Anna Lee", "Fact checked by", "Bo Chan").authors == ("Anna Lee",)


@pytest.mark.parametrize(
    "line",
    [
        "<a href='/author/anna-lee/'>Anna Lee</a>",
        "<span class='post-author'>Anna Lee</span>",
        "<a rel='author' href='/a'>Anna Lee</a>",
        "<span itemprop='author'><span itemprop='name'>Anna Lee</span></span>",
    ],
)
def test_markup_may_say_who_wrote_it(line):
    assert beside(line).authors == ("Anna Lee",)


def test_a_name_beside_the_date_is_the_authors_unless_it_links_to_something_else():
    assert beside("Anna Lee", "May 17, 2024").authors == ("Anna Lee",)
    assert beside("<a href='/topics/health'>Mental Health</a>", "May 17, 2024").authors == ()
    assert beside("Anna Lee").authors == ()


def test_names_in_several_elements_beside_the_date_are_several_authors():
    names = "<span>Anna Lee</span> <span>Bo Chan</span>"
    assert beside(names, "May 17, 2024").authors == ("Anna Lee", "Bo Chan")


def test_a_repeated_name_beside_the_date_is_a_label():
    assert beside("Read Aloud", "May 17, 2024", "Read Aloud").authors == ()


def test_topics_between_by_and_the_name_are_skipped():
    assert beside("By", "<a rel='tag' href='/t'>Ships</a>", "Anna Lee").authors == ("Anna Lee",)


def test_a_caption_is_beside_no_headline():
    figure = "<figure><figcaption>Foto: Bo Chan, 3. Mai 2019</figcaption></figure>"
    found = beside(figure, "Von Anna Lee", "17. Mai 2024")
    assert (found.authors, found.published_at) == (("Anna Lee",), MAY_17)


def test_a_byline_outweighs_metadata_that_name_nobody_beside_the_headline():
    head = '<meta name="author" content="Kate Sims">'
    headline = "<h1>Ferry saved by one vote</h1>"
    assert read(f"{headline}<p>By Anna Lee</p>", head=head).authors == ("Anna Lee",)
    assert read(f"{headline}<p>By Anna Lee</p><p>Kate Sims</p>", head=head).authors == ("Kate Sims",)
    assert read(f"{headline}<p>By AnnaLee</p>", head=head).authors == ("Kate Sims",)
    further_down = "<p>text</p>" * 5
    assert read(f"{headline}{further_down}<p>By Anna Lee</p>", head=head).authors == ("Kate Sims",)


def test_a_section_is_no_author():
    head = '<meta name="author" content="Harbour"><meta property="article:section" content="Harbour">'
    assert read("<h1>Ferry saved by one vote</h1>", head=head).authors == ()


def test_the_footer_of_the_article_and_a_wrapper_of_everything_are_not_asides():
    link = "<a rel='author' href='/a'>Anna Lee</a>"
    filler = "<p>text</p>" * 20
    article = f"<article><h1>Ferry saved by one vote</h1>{filler}<footer>{link}</footer></article>"
    assert read(article).authors == ("Anna Lee",)
    wrapped = f"<div class='content-sidebar-wrap'><h1>Ferry saved by one vote</h1>{filler}<p>{link}</p></div>"
    assert read(wrapped).authors == ("Anna Lee",)
    teaser = f"<article>{filler}<footer>{link}</footer></article>"
    assert read(f"<article><h1>Ferry saved by one vote</h1>{filler}</article>{teaser}").authors == ()


def test_the_only_byline_in_words_is_taken_wherever_it_is():
    filler = "<p>text</p>" * 20
    written = "<div><h3>Written by</h3> <b>Anna Lee</b></div>"
    assert read(f"<h1>Ferry saved by one vote</h1>{filler}{written}").authors == ("Anna Lee",)
    assert read(f"<h1>Ferry saved by one vote</h1>{filler}{written}<p>Posted by Bo Chan</p>").authors == ()


@pytest.mark.parametrize(
    ("kind", "shown", "people"),
    [
        ("Organization", "", ()),
        ("Organization", "<p>By Echo Ferries</p>", ("Echo Ferries",)),
        ("Person", "", ("Echo Ferries",)),
    ],
)
def test_a_company_that_writes_its_own_site_is_an_author_where_it_says_so_to_readers(kind, shown, people):
    author = f'{{"@type": "{kind}", "name": "Echo Ferries"}}'
    head = f'<script type="application/ld+json">{{"@type": "BlogPosting", "author": {author}}}</script>'
    site = '<meta property="og:site_name" content="Echo Ferries">'
    assert read(f"<h1>Ferry saved by one vote</h1>{shown}", head=head + site).authors == people


def test_a_newspapers_desk_is_an_author():
    author = '{"@type": "NewsMediaOrganization", "name": "echo.example"}'
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "author": {author}}}</script>'
    assert read("<h1>Ferry saved by one vote</h1>", head=head).authors == ("echo.example",)


def test_an_agency_is_named_beside_the_paper():
    head = '<meta property="og:site_name" content="Echo"><meta name="author" content="Echo, AFP">'
    assert read("<h1>Ferry saved by one vote</h1>", head=head).authors == ("Echo", "AFP")


def test_the_site_and_user_names_are_authors_only_where_there_are_no_others():
    head = '<meta property="og:site_name" content="The Echo"><meta name="author" content="The Echo">'
    assert read("<h1>Ferry saved by one vote</h1><p>By Anna Lee</p>", head=head).authors == ("Anna Lee",)
    assert read("<h1>Ferry saved by one vote</h1>", head=head).authors == ("The Echo",)
    assert read("<h1>Ferry saved by one vote</h1>", head='<meta name="author" content="admin7">').authors == ()
    assert read("<h1>Ferry saved by one vote</h1>", head='<meta name="author" content="alee">').authors == ()


def test_authors_and_date_of_the_feed_are_not_searched_for():
    tree = html.document_fromstring("<h1>Ferry saved by one vote</h1><p>By Anna Lee, May 17, 2024</p>")
    known = read_metadata(tree, url="https://echo.example/a", now=NOW, signed=True, dated=True)
    assert (known.authors, known.published_at, known.published_from) == ((), None, None)
