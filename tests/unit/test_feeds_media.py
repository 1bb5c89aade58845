"""The pictures, videos and sounds that feeds name."""

import json

import pytest

from ingest.feeds.media import MAX_CAPTION_CHARS, MAX_MEDIA, Named, kind_of, read_media
from storage.records import Media
from tests.builders_feeds import bare_atom, bare_rss, read_feed

A = "https://site.example/a"
FACE = "https://0.gravatar.com/avatar/1?s=96"


def media(document):
    (entry,) = read_feed(document).entries
    return entry.media


def of_item(markup):
    return media(bare_rss(f"<item><title>The title</title><link>{A}</link>{markup}</item>"))


def picture(name, **more):
    return Media("picture", f"https://site.example/{name}", "feed", **more)


def test_an_enclosure_has_its_type_and_length():
    found = of_item("<enclosure url='/1.mp3' type='audio/mpeg' length='86130329'/>")
    assert found == (Media("audio", "https://site.example/1.mp3", "feed", "audio/mpeg", 86130329),)


def test_an_enclosure_of_atom_is_one_too():
    entry = f"<entry><link href='{A}'/><link rel='enclosure' type='video/mp4' href='v.mp4' length='1000'/></entry>"
    assert media(bare_atom(entry)) == (Media("video", "https://site.example/blog/v.mp4", "feed", "video/mp4", 1000),)


@pytest.mark.parametrize("length", ["0", "", "-1", "1,234", "many", "12.5", "9" * 30, "٣٣٣"])
def test_a_length_that_is_none_is_unknown(length):
    assert of_item(f"<enclosure url='/1.mp3' type='audio/mpeg' length='{length}'/>")[0].length_bytes is None


@pytest.mark.parametrize(
    ("medium", "media_type", "address", "kind"),
    [
        ("image", "", "https://a.example/picture", "picture"),
        ("", "image/jpeg", "https://a.example/x.mp3", "picture"),
        ("", "AUDIO/MPEG; q=1", "https://a.example/x", "audio"),
        ("", "application/octet-stream", "https://a.example/x.MP4?y=.jpg", "video"),
        ("", "", "https://a.example/x.ogg#t=1", "audio"),
        ("", "application/x-mpegurl", "https://a.example/live", "video"),
        ("video", "text/html", "https://a.example/watch", "video"),
        ("document", "", "https://a.example/x.jpg", None),
        ("", "text/html", "https://a.example/File:x.jpg", None),
        ("", "application/pdf", "https://a.example/x.pdf", None),
        ("", "", "https://a.example/jpg", None),
    ],
)
def test_the_kind_follows_from_medium_type_and_extension(medium, media_type, address, kind):
    assert kind_of(medium, media_type, address) == kind


def test_texts_of_media_rss_belong_to_the_element_that_holds_them():
    found = of_item(
        "<description>In short.</description>"
        "<media:content url='/1.jpg' medium='image'><media:title>First</media:title>"
        "<media:description type='html'>&lt;b&gt;One&lt;/b&gt; caption</media:description>"
        "<media:credit>Jane Doe</media:credit></media:content>"
        "<media:group><media:title>Group</media:title><media:content url='/2.jpg' type='image/jpeg'/>"
        "<media:thumbnail url='/3.jpg'/></media:group><media:credit>Agency</media:credit>"
    )
    assert found == (
        picture("1.jpg", alt="First", caption="One caption", credit="Jane Doe"),
        picture("2.jpg", type="image/jpeg", alt="Group", credit="Agency"),
        picture("3.jpg", alt="Group", credit="Agency"),
    )


def test_texts_of_an_entry_are_not_those_of_the_next():
    item = "<item><guid>{0}</guid><media:content url='/{0}.jpg'/>{1}</item>"
    feed = read_feed(bare_rss(item.format(1, "<media:credit>Jane Doe</media:credit>") + item.format(2, "")))
    assert [entry.media[0].credit for entry in feed.entries] == ["Jane Doe", None]


def test_broken_media_rss_costs_no_entry_its_media():
    item = "<item><guid>{0}</guid></media:group></media:content><media:group><media:content url='/{0}.jpg'></item>"
    feed = read_feed(bare_rss(item.format(1) + item.format(2)))
    assert [entry.media[0].url for entry in feed.entries] == [f"https://site.example/{n}.jpg" for n in (1, 2)]


def test_the_entrys_own_texts_describe_no_picture():
    found = of_item(
        "<description>In short.</description><media:content url='/1.jpg'>"
        "<media:title>The title</media:title><media:description>In short.</media:description></media:content>"
    )
    assert found == (picture("1.jpg"),)


@pytest.mark.parametrize(
    ("alt", "expected"),
    [("IMG_3626", None), ("2026.02.05 wide", None), ("Two boats", "Two boats"), ("A &amp;amp; B", "A & B")],
)
def test_a_files_name_is_no_description(alt, expected):
    name = "IMG_3626.jpeg" if "IMG" in alt else "2026.02.05-wide.png"
    assert of_item(f"<media:content url='/{name}'><media:title>{alt}</media:title></media:content>")[0].alt == expected


def test_each_address_is_named_once_with_all_that_is_said_of_it():
    found = of_item(
        "<media:content url='/1.mp3'><media:credit>Jane Doe</media:credit></media:content>"
        "<enclosure url='/1.mp3' type='audio/mpeg' length='5000'/>"
    )
    assert found == (Media("audio", "https://site.example/1.mp3", "feed", "audio/mpeg", 5000, credit="Jane Doe"),)


def test_of_a_picture_in_several_sizes_the_widest_is_named():
    found = of_item(
        "".join(f"<media:content url='/1.jpg?width={n}' width='{n}' medium='image'/>" for n in (140, 700, 460))
        + "".join(f"<media:thumbnail url='/{n}.jpg' width='{n}'/>" for n in (75, 150))
    )
    assert [one.url for one in found] == ["https://site.example/1.jpg?width=700", "https://site.example/150.jpg"]


def test_faces_tracking_pixels_and_other_files_are_no_media():
    assert not of_item(
        f"<media:content url='{FACE}' medium='image'/><media:content url='/p.gif' width='1' height='1'/>"
        "<enclosure url='/a.pdf' type='application/pdf' length='1000'/><media:content medium='image'/>"
        "<enclosure url='javascript:alert(1)' type='image/png'/>"
    )


def test_a_podcasts_cover_is_a_picture():
    assert of_item("<itunes:image href='/cover'/>") == (picture("cover"),)


def test_addresses_have_no_credentials():
    assert (
        of_item("<enclosure url='https://me:pw@site.example/1.png' type='image/png'/>")[0].url == picture("1.png").url
    )


def test_an_entry_has_a_bounded_number_of_media_with_short_texts():
    named = (Named(f"/{n}.jpg", caption="word " * 9999, alt="x" * 9999) for n in range(10_000))
    found = read_media(named, A, title=None, summary=None)
    assert len(found) == MAX_MEDIA
    assert len(found[0].caption) <= MAX_CAPTION_CHARS + 2


def test_attachments_and_pictures_of_a_json_feed_are_media():
    item = {
        "id": "1", "image": "/i", "banner_image": "/b.png", "title": "t",
        "attachments": [
            {"url": "/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5000, "title": "Talk"},
            {"url": "/1.pdf", "mime_type": "application/pdf"}, {"mime_type": "audio/mpeg"}, "x",
        ],
    }  # fmt: skip
    found = media(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}))
    sound = Media("audio", "https://site.example/1.mp3", "feed", "audio/mpeg", 5000, alt="Talk")
    assert found == (picture("i"), picture("b.png"), sound)
