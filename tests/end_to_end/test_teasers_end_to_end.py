"""A feed's teaser without a page, and its article from other feeds, on the way that both take."""

from storage.records import WantedFeed
from tests.builders_feeds import item, page, prose, rss

TEASER = prose(3, 2)


def test_search_and_current_articles_have_the_full_text_and_a_recheck_of_the_teaser_leaves_it(site, sites, run):
    other = sites("127.0.0.2")
    site.page("/feed.xml", rss(item(3, guid="<guid>t</guid>", text=TEASER)))
    other.page("/feed.xml", rss(item(3, link="/full", text="Short.")))
    other.page("/full", page(3))
    first = WantedFeed(site.url("/feed.xml"))
    run.now(first)
    run.later(hours=1).now(first, WantedFeed(other.url("/feed.xml")))
    assert run.outcomes() == ["archived", "archived"]
    assert run.column("SELECT url FROM current_articles") == [other.url("/full")]
    assert run.column("SELECT merged_id FROM copies") == [1]
    assert run.column("SELECT article_id FROM pages") == [2]
    assert run.column("SELECT reason FROM entries WHERE id = 2") == [
        f"the full text of {run.column('SELECT url FROM articles WHERE id = 1')[0]}"
    ]
    site.page("/feed.xml", rss(item(3, guid="<guid>t</guid>", text=f"{TEASER} And a sentence more.")))
    run.later(hours=1).now(first)
    run.later(hours=1).now(first)
    assert run.column("SELECT rechecks FROM entries WHERE id = 1") == [1]
    assert "its article is a copy of another" in run.column("SELECT reason FROM entries WHERE id = 1")[0]
    assert run.column("SELECT count(*) FROM revisions") == [0]


def test_a_text_that_becomes_that_of_another_article_under_its_own_headline_is_a_revision(site, run):
    one, two = item(1, link="/1", guid="<guid>1</guid>"), item(2, link="/2", guid="<guid>2</guid>")
    site.page("/feed.xml", rss(one, two))
    run.now(site.url("/feed.xml"))
    site.page("/feed.xml", rss(one, item(2, link="/2", guid="<guid>2</guid>", text=prose(1))))
    run.later(hours=1).now(site.url("/feed.xml"))
    run.later(hours=1).now(site.url("/feed.xml"))
    assert run.outcomes() == ["archived", "revised"]
    assert run.column("SELECT title FROM current_articles ORDER BY id") == ["Title 1", "Title 2"]
