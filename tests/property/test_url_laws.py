"""Laws of URLs."""

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.dedupe.url_junk import is_tracking
from ingest.dedupe.urls import canonical_url, is_home_page, trusted_canonical, url_key
from ingest.hosts import host_key, same_publisher, site

TRACKING = ["utm_source=rss", "utm_x=", "fbclid=1", "xtor=RSS-1", "CMP=a", "at_custom7=b", "ref=rss", "ref=example.com"]

hosts = st.sampled_from(
    [
        "example.org",
        "www.Example.ORG",
        "m.example.org",
        "a.github.io",
        "bücher.example",
        "[::1]",
        "10.0.0.1:8080",
        "x.org.",
    ]
)
pieces = st.lists(
    st.sampled_from(
        [
            "a",
            "a-title",
            "amp",
            "a.",
            "(a)",
            "a).",
            "%20",
            "a.amp.html",
            "&quot;",
            "%E2%80%8B",
            "D.C.",
            ".",
            "..",
            "",
            "%2e",
            "%7E",
            "%",
            "%c3%a9",
            "é",
            " ",
            "page",
            "2",
            "fr",
            "%41mp;",
        ]
    ),
    max_size=5,
)
names = st.sampled_from(["id", "p", "page", "q", "tag", "lang", "x y", "é"])
pairs = st.lists(
    st.tuples(names, st.text("ab1%&=;+ é", max_size=4)).map("=".join)
    | st.sampled_from([*TRACKING, "", "amp;", "amp;id=1", "feed=rss.", "id=1)", "&quot;"]),
    max_size=4,
)
fragments = st.sampled_from(
    ["", "#", "#top", "#/a", "#!a", "#xtor=RSS-1", "#a:~:text=b", "#%3A~:", "#a#b", "#a&utm_x=1", "#a.", "#/a)"]
)


@st.composite
def addresses(draw):
    query = "&".join(draw(pairs))
    return (
        draw(st.sampled_from(["http://", "https://", "HTTPS://u:p@"]))
        + draw(hosts)
        + "/"
        + "/".join(draw(pieces))
        + (f"?{query}" if query else "")
        + draw(fragments)
    )


texts = st.text() | st.text().map("https://".__add__) | st.text().map("http://example.org/".__add__)


@given(addresses() | texts, st.booleans())
@example("https://example.org/%%41", False)
def test_the_canonical_form_is_its_own_canonical_form(url, keep_fragment):
    once = canonical_url(url, keep_fragment=keep_fragment)
    if once is not None:
        assert canonical_url(once, keep_fragment=keep_fragment) == once


@given(addresses() | texts)
def test_a_url_and_its_canonical_form_have_one_key(url):
    canonical = canonical_url(url, keep_fragment=True)
    if canonical is not None:
        assert url_key(canonical) == url_key(url)


@given(addresses())
def test_the_scheme_does_not_change_the_key(url):
    canonical = canonical_url(url)
    assert url_key(canonical.replace("https://", "http://", 1)) == url_key(canonical)


@given(addresses() | texts, addresses() | texts)
def test_no_text_raises(a, b):
    site(a)
    host_key(a)
    is_home_page(a)
    assert same_publisher(a, b) == same_publisher(b, a)
    believed = trusted_canonical(a, b)
    assert believed is None or believed in (canonical_url(b), canonical_url(b).replace("http:", "https:", 1))


@given(st.lists(st.sampled_from(["id=1", "p=2", "q=x"]), max_size=3), st.sampled_from(TRACKING), st.data())
def test_a_tracking_parameter_changes_nothing_at_any_place(others, tracking, data):
    at = data.draw(st.integers(0, len(others)))
    with_it = "&".join([*others[:at], tracking, *others[at:]])
    without = "&".join(others)
    base = "https://example.org/a?"
    assert canonical_url(base + with_it) == canonical_url(base + without)
    assert url_key(base + with_it) == url_key(base + without)


@given(addresses(), st.text("abcdefgh", min_size=1, max_size=6), st.text("0123456789", min_size=1, max_size=4))
def test_any_other_parameter_makes_another_url(url, name, value):
    assert not is_tracking(name, value)
    base = url.partition("#")[0]
    longer = f"{base}{'&' if '?' in base else '?'}{name}{value}=1"
    assert canonical_url(longer) != canonical_url(base)
    assert url_key(longer) != url_key(base)


@given(
    addresses(),
    st.lists(st.sampled_from([".", ",", ")", '"', "&quot;", "%20", "\u200b", "%E2%80%8B", "&"]), unique=True),
)
def test_junk_at_the_end_changes_nothing(url, junk):
    tidy = canonical_url(url.partition("#")[0])
    assert canonical_url(tidy + "z" + "".join(junk)) == canonical_url(tidy + "z")
