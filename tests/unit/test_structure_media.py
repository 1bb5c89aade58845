"""The pictures, videos and sounds of an article."""

import pytest

from ingest.articles.body.align import align
from ingest.articles.body.walk import blocks
from ingest.articles.structure.lines import Numbered, structured
from ingest.articles.tree import parse
from tests.unit.test_structure_lines import URL, lines_of

TEXT = "<p>A first sentence of the text.</p>"
FIRST = "A first sentence of the text."
LAST = "A last sentence of the text."


def media_in(markup, texts=(FIRST, LAST)):
    lines = lines_of(f"<div class=menu><img src=/menu.png> Menu</div><article>{markup}</article>", texts=list(texts))
    return [media for line in lines for media in line.media]


def urls_in(markup, **options):
    return [media.url.removeprefix("https://news.example") for media in media_in(markup, **options)]


def in_text(markup):
    return f"{TEXT}{markup}<p>{LAST}</p>"


def test_a_picture_stands_where_it_stands_in_the_page_with_its_caption():
    figure = "<figure><img src=/a.jpg alt='A ferry'><figcaption>The ferry, <b>now</b></figcaption></figure>"
    lines = lines_of(in_text(figure), texts=[FIRST, LAST])
    assert [(line.text, line.cells[0], line.is_caption) for line in lines] == [
        (FIRST, FIRST, False),
        ("", "![A ferry](https://news.example/a.jpg)", False),
        ("", "The ferry, **now**", True),
        (LAST, LAST, False),
    ]
    assert lines[1].within == lines[2].within
    (media,) = lines[1].media
    assert (media.alt, media.caption, media.credit) == ("A ferry", "The ferry, now", None)


@pytest.mark.parametrize(
    ("picture", "address"),
    [
        ("<img src='data:image/gif;base64,R0' data-src='/lazy.jpg'>", "/lazy.jpg"),
        ("<img src=/small.jpg srcset='/320.jpg 320w, /1280.jpg 1280w, /640.jpg 640w'>", "/1280.jpg"),
        ("<img src=/small.jpg srcset='/1.jpg, /2.jpg 2x'>", "/2.jpg"),
        ("<picture><source srcset='/wide.webp 900w'><img src=/small.jpg></picture>", "/wide.webp"),
        ("<img class=lazy src='data:,'><noscript><img src=/real.jpg></noscript>", "/real.jpg"),
        ("<img srcset='/w_80,h_60/a.jpg 80w, /w_800,h_600/a.jpg 800w'>", "/w_800,h_600/a.jpg"),
    ],
)
def test_the_widest_real_address_of_a_picture_is_taken(picture, address):
    assert urls_in(in_text(picture)) == [address]


@pytest.mark.parametrize(
    "picture",
    [
        "<img src=/count.gif width=1 height=1>",
        "<img src=/spacer.gif>",
        "<img src='data:image/png;base64,R0'>",
        "<img class='share icon' src=/x.png>",
        "<img alt='no address'>",
        "<div><a href=/other><img src=/teaser.jpg> Another article</a></div>",
    ],
)
def test_icons_counters_and_pictures_of_other_articles_are_left_out(picture):
    assert urls_in(in_text(picture)) == []


def test_a_picture_above_the_text_is_the_articles_and_one_of_the_pages_frame_is_not():
    assert urls_in("<figure><img src=/lead.jpg></figure>" + in_text("")) == ["/lead.jpg"]
    assert urls_in(in_text("") + "<img src=/below.jpg>") == []


def test_a_picture_that_stands_twice_is_taken_once():
    assert urls_in(in_text("<figure><img src=/a.jpg></figure><figure><img src=/a.jpg></figure>")) == ["/a.jpg"]


def test_of_several_pictures_with_one_caption_the_last_has_it():
    figure = "<figure><img src=/a.jpg><img src=/b.jpg><figcaption>Two views</figcaption></figure>"
    assert [media.caption for media in media_in(in_text(figure))] == [None, "Two views"]


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("<figcaption>The ferry <span>(Photo: Ada Low/AFP)</span></figcaption>", "Photo: Ada Low/AFP"),
        ("<figcaption>Die Fähre. Foto: Ada Low</figcaption>", "Foto: Ada Low"),
        ("<figcaption>The ferry. © Ada Low</figcaption>", "© Ada Low"),
        ("<figcaption><p>The ferry</p><p class=credit>Ada Low</p></figcaption>", "Ada Low"),
        ("<figcaption>The photo of the ferry</figcaption>", None),
    ],
)
def test_the_credit_of_a_picture_is_found(caption, credit):
    (media,) = media_in(in_text(f"<figure><img src=/a.jpg>{caption}</figure>"))
    assert media.credit == credit


def test_a_picture_in_a_cell_stands_in_its_cell():
    table = (
        "<table><tr><th>Town</th><th>Arms</th></tr><tr><td>Oslo</td><td><img src=/o.png alt=Arms> old</td></tr></table>"
    )
    lines = lines_of(table)
    assert lines[-1].cells == ("Oslo", "![Arms](https://news.example/o.png) old")
    assert lines[-1].text == "Oslo old"
    assert [media.url for media in lines[-1].media] == ["https://news.example/o.png"]


def test_a_picture_in_a_cell_has_the_spaces_that_it_has_in_the_page():
    cells = "<td>The arms <img src=/o.png> of Oslo</td><td>a<img src=/p.png>b</td>"
    (line,) = lines_of(f"<table><tr>{cells}</tr><tr><td><td></tr></table>")
    assert line.cells == ("The arms ![](https://news.example/o.png) of Oslo", "a![](https://news.example/p.png)b")
    assert line.text == "The arms of Oslo ab"


def test_videos_and_sounds_are_media_and_not_in_the_text():
    players = (
        "<video src=/v.mp4 title='The crossing'></video><audio><source src=/a.mp3 type=audio/mpeg></audio>"
        "<iframe src='//www.youtube.com/embed/x'></iframe><iframe src=https://ads.example/frame></iframe>"
    )
    found = media_in(in_text(players))
    assert [(media.kind, media.url, media.type, media.alt) for media in found] == [
        ("video", "https://news.example/v.mp4", None, "The crossing"),
        ("audio", "https://news.example/a.mp3", "audio/mpeg", None),
        ("video", "https://www.youtube.com/embed/x", None, None),
    ]
    assert [line.text for line in lines_of(in_text(players), texts=[FIRST, LAST]) if line.cells[0]] == [FIRST, LAST]


def test_a_list_of_pictures_is_no_list():
    gallery = "<ul><li><figure><img src=/a.jpg><figcaption>One</figcaption></figure></li><li><img src=/b.jpg></li></ul>"
    lines = lines_of(in_text(gallery), texts=[FIRST, LAST])
    assert [[one.tag for one in line.within] for line in lines] == [["p"]] * 5


def declared(markup, picture_url, texts=(FIRST, LAST)):
    page = parse(f"<html><body>{markup}</body></html>".encode(), None)
    found = blocks(page)
    lines = structured(page, found, list(map(Numbered, texts, align(texts, found.texts))), URL, picture_url=picture_url)
    return [media.url.removeprefix("https://news.example") for line in lines for media in line.media]


def test_the_picture_that_the_page_declares_is_taken_from_a_header_with_other_text():
    header = "<div><img src=/2026/05/03/ferry-at-sea_1200x600.jpg><h1>Headline</h1><span>Share</span></div>"
    page = f"{header}<article>{in_text('')}</article>"
    assert declared(page, "https://cdn.example/x/ferry-at-sea_1200x600.webp?w=80") == [
        "/2026/05/03/ferry-at-sea_1200x600.jpg"
    ]
    assert declared(page, "https://cdn.example/2026/05/03/other_1200x600.jpg") == []
    assert declared(f"<article>{in_text('')}</article>{header}", "https://cdn.example/ferry-at-sea_1200x600.jpg") == []


def test_the_portrait_of_the_author_is_left_out():
    figure = "<figure><img src=/face.jpg><figcaption>By A. Writer</figcaption></figure>"
    assert urls_in(in_text(f"<div class=article-author>{figure}</div>")) == []
    assert urls_in(in_text(f"<div class=article-image>{figure}</div>")) == ["/face.jpg"]


def test_of_a_blurred_and_a_sharp_picture_side_by_side_the_sharp_one_is_taken():
    blurred = "<img alt='A ferry' src=/blur_30/04d5b7_d7342b1e72d84cc2.png><img src=/w_700/04d5b7_d7342b1e72d84cc2.png>"
    (media,) = media_in(in_text(f"<div>{blurred}</div>"))
    assert (media.url, media.alt) == ("https://news.example/w_700/04d5b7_d7342b1e72d84cc2.png", "A ferry")
    others = "<img alt='A ferry' src=/2025/ferry-edited.png><img alt='A shore' src=/2024/ferry-edited.png>"
    assert len(media_in(in_text(f"<div>{others}</div>"))) == 2


@pytest.mark.parametrize("name", ["logo.png", "share_bbs.png", "icon-x.svg", "werbung_3.jpg"])
def test_icons_are_known_by_their_files(name):
    assert urls_in(in_text(f"<div><img src=/img/{name}></div>")) == []
    assert urls_in(in_text(f"<div><img src=/img/great-{name}></div>")) == [f"/img/great-{name}"]


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("A bottle. Photo by A. Writer", "Photo by A. Writer"),
        ("A ferry © dpa/Zuma Wire/K.C. Alfred", "© dpa/Zuma Wire/K.C. Alfred"),
        ("A ferry. © A. Writer", "© A. Writer"),
        ("A ferry. © An agency. All rights reserved", None),
        ("Photo by photo of the ferry. It is late", None),
    ],
)
def test_a_credit_ends_its_caption(caption, credit):
    (media,) = media_in(in_text(f"<figure><img src=/a.jpg><figcaption>{caption}</figcaption></figure>"))
    assert media.credit == credit


def test_a_files_name_is_no_alternative_text():
    (media,) = media_in(in_text("<figure><img src=/a.jpg alt='DSC_0123.JPG'></figure>"))
    assert media.alt is None


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("/", False),
        ("https://other.example/", False),
        ("https://shop.example/buy", False),
        ("/wp-content/a-large.jpg", True),
        ("https://cdn.example/a-large.jpg?w=9", True),
        ("/gallery/1", True),
    ],
)
def test_a_picture_above_the_text_that_leads_to_a_home_page_or_another_site_is_left_out(address, is_taken):
    markup = f"<div><a href='{address}'><img src=/lead.jpg></a><h2>{FIRST}</h2></div><p>{LAST}</p>"
    assert urls_in(markup) == (["/lead.jpg"] if is_taken else [])


def test_a_picture_in_the_text_or_with_a_caption_may_lead_to_another_site():
    assert urls_in(in_text("<div><a href=https://shop.example/buy><img src=/a.jpg></a></div>")) == ["/a.jpg"]
    figure = "<figure><a href=https://photos.example/><img src=/a.jpg></a><figcaption>A ferry</figcaption></figure>"
    assert urls_in(f"<div>{figure}{in_text('')}</div>") == ["/a.jpg"]


@pytest.mark.parametrize("folder", ["icons", "Icon", "images/banners/2025"])
def test_pictures_in_folders_of_icons_and_banners_are_left_out(folder):
    assert urls_in(in_text(f"<div><img src=/{folder}/a.png></div>")) == []
