import pytest

from ingest.dedupe.urls import trusted_canonical


@pytest.mark.parametrize(
    ("page", "claimed", "believed"),
    [
        ("https://example.org/a?x=y", "https://example.org/a", "https://example.org/a"),
        ("https://example.org/a/amp", "https://www.example.org/a", "https://www.example.org/a"),
        ("https://m.example.org/a", "https://www.example.org/a#top", "https://www.example.org/a"),
        ("https://example.org/?p=12", "https://example.org/2024/05/a-title/", "https://example.org/2024/05/a-title/"),
        ("https://example.org/a?page=2", "https://example.org/b?page=2", "https://example.org/b?page=2"),
        ("https://example.org/fr/a?x=y", "https://example.org/fr/a", "https://example.org/fr/a"),
        ("https://example.org/", "https://example.org/", "https://example.org/"),
        ("https://example.org/a?amp=1", "https://example.org/a", "https://example.org/a"),
        (
            "https://example.org/amp/2024/a-title",
            "https://example.org/2024/a-title",
            "https://example.org/2024/a-title",
        ),
        ("https://amp.example.org/a", "https://example.org/a", "https://example.org/a"),
        ("https://a.blogspot.com/2024/05/b.html?m=1", "https://a.blogspot.com/2024/05/b.html", None),
        ("http://example.org/a", "https://example.org/a", "https://example.org/a"),
        ("https://example.org/a?page=1", "https://example.org/a?page=1&utm_source=rss", "https://example.org/a?page=1"),
        ("https://dev.to/a/b", "https://dev.to/a/c", "https://dev.to/a/c"),
    ],
)
def test_a_plausible_claim_is_believed_in_its_normal_form(page, claimed, believed):
    assert trusted_canonical(page, claimed) == (believed or claimed)


def test_a_host_that_answered_over_https_is_not_left_for_http():
    assert trusted_canonical("https://example.org/a?x=y", "http://example.org/a") == "https://example.org/a"
    assert trusted_canonical("https://www.example.org/a", "http://example.org/a") == "http://example.org/a"


@pytest.mark.parametrize(
    ("lie", "page", "claimed"),
    [
        ("the home page", "https://example.org/a", "https://example.org/"),
        ("a language's home page", "https://example.org/fr/a", "https://example.org/fr/"),
        ("another site", "https://example.org/a", "https://example.com/a"),
        ("another paper's address under one suffix", "https://gazeta.jor.br/a?x=y", "https://correio.jor.br/a"),
        ("the staging host", "https://www.example.org/a", "https://staging.example.org/a"),
        ("the host behind the cache", "https://www.example.org/a", "https://origin-www.example.org/a"),
        ("the author's own machine", "https://www.example.org/a", "http://localhost/a"),
        ("the home page as a file", "https://example.org/a", "https://example.org/index.php"),
        ("the home page with tracking", "https://example.org/a", "https://example.org/?utm_source=rss"),
        ("another blog on a shared host", "https://one.github.io/a", "https://two.github.io/a"),
        ("another language's folder", "https://example.org/fr/a", "https://example.org/en/a"),
        ("the folder of no language", "https://example.org/fr/a", "https://example.org/a"),
        ("another region", "https://example.org/en-gb/a", "https://example.org/en_US/a"),
        ("another language's host", "https://fr.example.org/a", "https://en.example.org/a"),
        ("another language by parameter", "https://example.org/a?lang=fr", "https://example.org/a"),
        ("page 1, by parameter", "https://example.org/a?page=2", "https://example.org/a"),
        ("page 1, by folder", "https://example.org/a/page/3/", "https://example.org/a/"),
        ("page 1 by parameter, another path", "https://example.org/a?page=2", "https://example.org/b?page=1"),
        ("page 1, by number", "https://example.org/a/2", "https://example.org/a"),
        ("the script without the article", "https://example.org/show.php?id=7", "https://example.org/show.php"),
        ("another article of the script", "https://example.org/show?article=7", "https://example.org/show?article=1"),
        ("a relative address", "https://example.org/a", "/b"),
        ("nothing", "https://example.org/a", None),
    ],
)
def test_a_doubtful_claim_is_dropped(lie, page, claimed):
    assert trusted_canonical(page, claimed) is None, lie


def test_a_page_without_a_url_has_no_canonical_url():
    assert trusted_canonical("nonsense", "https://example.org/a") is None
