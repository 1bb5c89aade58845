"""Another reader's tree of folders goes out as it came in."""

from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import Element, SubElement, fromstring, tostring

from ingest.feeds.opml import read, write
from ingest.text.markup import clean_line

lines = st.text(st.sampled_from("ab/%2F5é &<\"',"), min_size=1, max_size=8).filter(
    lambda text: text == clean_line(text)
)
urls = st.sampled_from([f"https://{letter}.example/feed?x=1&y" for letter in "abcdef"])
folders = st.lists(lines, max_size=3).map(tuple)
trees = st.lists(st.tuples(urls, folders), min_size=1, max_size=12, unique=True)


def document(tree):
    """As a reader writes it that merges no folders."""
    root = Element("opml")
    body = SubElement(root, "body")
    for url, names in tree:
        parent = body
        for name in names:
            parent = SubElement(parent, "outline", text=name)
        SubElement(parent, "outline", text="Feed", type="rss", xmlUrl=url, category="x,y")
    return tostring(root)


def places(parent, inside=()):
    """(address, folders, category) of each feed."""
    for outline in parent:
        if url := outline.get("xmlUrl"):
            yield url, inside, outline.get("category")
        else:
            yield from places(outline, (*inside, outline.get("text")))


@given(trees)
def test_another_readers_tree_is_written_as_it_was_read(tree):
    body = write(read(document(tree), source="x").feeds, title="Mine")
    found = list(places(fromstring(body).find("body")))
    assert sorted(found) == sorted((url, names, "x,y") for url, names in tree)
