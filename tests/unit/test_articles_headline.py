"""Which of a page's headings and titles is the article's headline."""

import pytest

from ingest.articles.metadata.headline import headline, shown_headline, site_keys, without_site

URL = "https://www.echo-du-port.example/2024/05/17/ferry"


def the_headline(*, titles=(), structured=None, is_news: bool = False, site_name: str = "", h1s=(), minor=()):
    site = site_keys(site_name, URL)
    titles = [without_site(title, site) for title in titles]
    shown = shown_headline(h1s, titles, structured, site, minor)
    return headline(shown, titles, structured if is_news else None, site)


def test_the_headline_is_the_h1_that_the_title_confirms():
    h1s = ["L’Écho du port", "Ferry saved, by one vote"]
    titles = ["Ferry saved by one vote - L’Écho du port"]
    assert the_headline(h1s=h1s, titles=titles, site_name="L’Écho du port") == "Ferry saved, by one vote"


def test_an_h1_that_names_the_site_is_not_the_headline():
    assert the_headline(h1s=["L’Écho du port"], titles=["Ferry saved"], site_name="L’Écho du port") == "Ferry saved"


@pytest.mark.parametrize(
    "title",
    ["Ferry saved by one vote | Echo du Port", "Echo du Port - Ferry saved by one vote", "Ferry saved by one vote"],
)
def test_a_title_loses_the_sites_name(title):
    assert the_headline(titles=[title]) == "Ferry saved by one vote"


def test_a_dash_within_a_headline_stays():
    title = "Ferry saved – but for how long will the money last"
    assert the_headline(titles=[title]) == title


def test_structured_data_gives_the_headline_where_no_h1_is_backed():
    assert (
        the_headline(h1s=["News"], titles=["Boats | Echo"], structured="Ferry saved by one vote")
        == "Ferry saved by one vote"
    )


def test_a_lesser_heading_is_the_headline_where_it_says_what_the_page_is_called():
    said = {"h1s": ["Lessons"], "titles": ["Ferry saved by one vote", "Lessons: Ferry saved by one vote"]}
    assert the_headline(**said, minor=["Archive", "Ferry saved by one vote"]) == "Ferry saved by one vote"
    assert the_headline(**said, minor=["Archive", "About"]) == "Lessons"


def test_a_long_text_in_the_only_h1_wins_over_a_title_made_for_search_engines():
    assert (
        the_headline(h1s=["The boats stay where they are"], titles=["Ferry vote 2024: results"])
        == "The boats stay where they are"
    )
    assert the_headline(h1s=["News"], titles=["Ferry vote 2024: results"]) == "Ferry vote 2024: results"


def test_a_news_articles_structured_headline_outweighs_an_h1_for_search_engines():
    said = {"h1s": ["Ferry vote: all results"], "titles": ["Ferry vote: all results"], "structured": "The boats stay"}
    assert the_headline(**said, is_news=True) == "The boats stay"
    assert the_headline(**said) == "Ferry vote: all results"


def test_a_structured_headline_that_only_the_title_repeats_is_for_search_engines():
    said = {"h1s": ["The boats stay"], "structured": "Ferry vote: all results"}
    titles = ["The boats stay", "Ferry vote: all results | Echo du port"]
    assert the_headline(**said, titles=titles, is_news=True) == "The boats stay"


def test_a_structured_headline_loses_the_sites_name_and_markup():
    assert the_headline(structured="The <i>boats</i> stay | Echo du port", is_news=True) == "The boats stay"


def test_a_kicker_that_the_title_omits_is_no_part_of_the_headline():
    said = {"h1s": ["Islands: Ferry saved by one vote"], "structured": "Islands: Ferry saved by one vote"}
    for is_news in (True, False):
        assert the_headline(**said, titles=["Ferry saved by one vote"], is_news=is_news) == "Ferry saved by one vote"
        assert the_headline(**said, titles=["Ferry saved…"], is_news=is_news) == "Islands: Ferry saved by one vote"


@pytest.mark.parametrize("bar", ["|", "｜", "ㅣ"])  # noqa: RUF001
def test_what_follows_a_bar_is_the_name_of_a_section_or_site(bar):
    heading = f"Ferry saved by one vote {bar} Politics {bar} Echo"
    assert the_headline(h1s=[heading], titles=[heading]) == "Ferry saved by one vote"
    assert the_headline(titles=[heading.replace(" ", "  ")]) == "Ferry saved by one vote"
