import pytest

from ingest.articles.verdict import judge
from ingest.text.words import word_count

NEWS = "The council met on Tuesday and agreed to repair the old bridge before the winter. " * 3


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("Just a moment...", "a bot check"),
        ("Attention Required! | Cloudflare", "a bot check"),
        ("Un instant…", "a bot check"),
        ("Sign in", "a login"),
        ("Connexion - Le Quotidien", "a login"),
        ("Before you continue to YouTube", "a consent wall"),
        ("Bevor Sie zu Google fortfahren", "a consent wall"),
    ],
)
def test_a_page_that_titles_itself_a_wall_is_walled(title, seen):
    assert judge(NEWS, titles=(title,)) == ("walled", f"the page's title is that of {seen}")


@pytest.mark.parametrize(
    "body",
    [
        "Checking your browser before accessing example.org. This may take a few seconds.",
        "Please enable JavaScript and cookies to continue",
        "Cet article est réservé aux abonnés. Déjà abonné ? Connectez-vous pour lire la suite.",
        "Wir und unsere Partner verwenden Cookies. Mit Klick auf „Alle akzeptieren“ stimmen Sie zu.",
        "Utilizamos cookies propias y de terceros para mejorar nuestros servicios.",
        "Utilizziamo i cookie per offrirti una migliore esperienza di navigazione.",
        "You’ve read your last free story. Subscribe to continue reading.",
    ],
)
def test_a_short_text_that_speaks_as_a_wall_is_walled(body):
    verdict, reason = judge(body)
    assert verdict == "walled"
    assert reason


def test_a_long_article_about_captchas_is_an_article():
    text = (
        "Some sites ask you to verify you are human, say that this site uses cookies, or want you to sign in to read. "
    )
    assert judge(text * 10, titles=("Verify you are human: a history of the captcha",)) == ("article", None)


@pytest.mark.parametrize(
    "title", ["Just a moment of peace in the valley", "Sign in to continue: why logins are broken"]
)
def test_a_headline_that_only_begins_like_a_wall_is_not_a_wall(title):
    assert judge(NEWS, titles=(title,)) == ("article", None)


def test_a_page_with_no_body_is_walled_by_what_it_shows():
    assert judge("", page_text=lambda: "Verify you are human by completing the action below.")[0] == "walled"
    assert judge("", page_text=lambda: "Accueil Sports Culture") == ("no_text", "the page has no text")


@pytest.mark.parametrize("body", ["Photo of the day.", "写真です。"])
def test_a_caption_is_no_text(body):
    assert judge(body)[0] == "no_text"


def test_japanese_is_measured_in_characters():
    assert judge("日本の首相は月曜日に東京で記者会見を開き、新しい経済政策について説明した。" * 2) == ("article", None)


def test_words_are_counted_and_cjk_characters_singly():
    assert word_count("L’été, 12 colis; 東京で news") == 8


RETIRED = (
    "The company said on Monday that it will retire the page that asks visitors to verify you are human, a year"
    " after it was introduced. Readers had complained that the page came up on every visit, and that its puzzles"
    " could not be solved with a screen reader. A new check works without any puzzle, the company said."
)
FINED = (
    "A court in Lyon found that the banner of the broadcaster, which said only “we use cookies”, was no consent at"
    " all. The broadcaster must pay a fine of 40,000 euros and delete what it has collected since the spring. It"
    " said that it would appeal against the ruling, and changed the banner on the same day."
)


@pytest.mark.parametrize("text", [RETIRED, FINED])
def test_short_news_that_quotes_a_wall_is_an_article(text):
    assert judge(text) == ("article", None)


def test_a_page_that_needs_javascript_has_no_text():
    text = (
        "This site requires JavaScript to work. Please turn on JavaScript in the settings of your browser and load the"
        " page again, or use another browser that supports it, such as the latest version of any major one."
    )
    assert judge(text) == ("no_text", "the page shows its text to JavaScript only")
