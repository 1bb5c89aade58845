"""`ingest try`: what would become of an address, with nothing written."""

import asyncio
from pathlib import Path

import pytest

from ingest.articles.selectors import Selectors
from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.configuration.sites import NO_SITES, Sites, SiteSettings
from ingest.maintenance.reclean import RecleanedArticle, run_reclean
from ingest.pipeline.trial import Trial, try_address
from ingest.rules.rule import NO_RULES, Rules
from storage.records import WantedFeed
from tests.archive_run import QUICK, ArchiveRun
from tests.builders_feeds import item, page, rss
from tests.command_run import LOOPBACK, Folder, ingest_here, sentence
from tests.rules import drop
from tests.rules import rules as rules_of
from tests.site import Site

AD = "<p class=ad>A blanket.</p>"
WALL = "<title>Log in</title><p>Log in to continue reading this article. Already a subscriber?"


@pytest.fixture(scope="module")
def paper():
    with Site() as paper:
        paper.page("/robots.txt", "User-agent: *\nDisallow: /private", content_type="text/plain")
        paper.page("/a", page(1, "The orchard").replace("</article>", f"</article>{AD}"))
        paper.redirect("/older", "/old", status=302)
        paper.redirect("/old", "/a", status=301)
        paper.page("/elsewhere", page(1, "The orchard").replace("</p>", "</p><p>The mayor sent this.</p>", 1))
        paper.page("/wall", WALL)
        paper.page("/gone", "", status=410)
        paper.page("/feed.xml", rss(item(1, link=paper.url("/a"))))
        yield paper


@pytest.fixture(scope="module")
def archived(paper, tmp_path_factory) -> Path:
    """The path of an archive that has /a."""
    path: Path = tmp_path_factory.mktemp("archived") / "news.db"
    ArchiveRun(path).now(WantedFeed(paper.url("/feed.xml")))
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def untouched(folder, paper) -> Folder:
    """A configured folder that must be the same after the test."""
    folder.set_up(paper.url("/feed.xml"), settings=LOOPBACK.replace("robots = false", "robots = true"))
    before = files(folder.path)
    yield folder
    assert files(folder.path) == before


def tried(url: str, archive: Path, sites: Sites = NO_SITES, rules: Rules = NO_RULES) -> Trial:
    before = files(archive.parent)
    config = Config(Settings(**QUICK), rules=rules, sites=sites)
    trial = asyncio.run(try_address(url, config, archive, None))
    assert files(archive.parent) == before
    return trial


def test_an_article_is_shown_with_what_was_left_out_and_why(untouched, paper):
    shown = untouched.ingest("try", paper.url("/older"))
    assert (shown.code, shown.err) == (0, "")
    older, old, last = map(paper.url, ("/older", "/old", "/a"))
    assert f"{older} → {old} → {last}: HTTP 200, " in shown.out
    for words in ("outcome     archived", "there is none yet", "title       The orchard", "- A blanket.\n"):
        assert words in shown.out


def test_robots_txt_is_obeyed_and_the_address_is_not_asked_for(untouched, paper):
    shown = untouched.ingest("try", paper.url("/private"), "--json")
    assert (shown.code, shown.json["outcome"]) == (1, "refused")
    assert "robots.txt" in shown.json["reason"]
    assert shown.json["requests"][0]["error"] == shown.json["reason"]
    assert not paper.requests_of("/private")


def test_the_page_itself_is_printed_to_write_selectors_for_it(untouched, paper):
    address = paper.url("/a").replace("http://", "http://me:secret@")
    shown = untouched.ingest("try", address, "--html")
    assert (shown.code, shown.err) == (0, "")
    assert AD in shown.out
    assert "secret" not in shown.out
    assert "secret" not in untouched.ingest("try", address.replace("/a", "/gone"), "--json").out


def test_what_is_no_address_or_no_feed_is_said_in_a_sentence(untouched, paper):
    assert "is no http or https address" in sentence(untouched.ingest("try", "ftp://site.example/a"), code=2)
    assert "no feed on the list" in sentence(untouched.ingest("try", paper.url("/a"), "--feed", "x"), code=2)


@pytest.mark.parametrize(
    ("path", "outcome", "reason"),
    [
        ("/wall", "walled", "the page's title is that of a login"),
        ("/gone", "failed", "the page answered HTTP 410"),
        ("/none", "pending", "the page answered HTTP 404"),
    ],
)
def test_an_address_without_an_article_says_why(paper, tmp_path, path, outcome, reason):
    trial = tried(paper.url(path), tmp_path / "news.db")
    assert (trial.outcome, trial.reason, trial.is_article) == (outcome, reason, False)
    assert not trial.has_archive


@pytest.mark.parametrize(
    ("path", "outcome"), [("/a", "known"), ("/old", "known"), ("/elsewhere", "copy"), ("/wall", "walled")]
)
def test_the_archive_is_asked_what_it_has_already(paper, archived, path, outcome):
    trial = tried(paper.url(path), archived)
    assert (trial.outcome, trial.has_archive) == (outcome, True)
    if path == "/wall":
        assert trial.article is None
    else:
        assert trial.article.url == paper.url("/a")
    if path == "/elsewhere":
        assert paper.url("/a") in trial.reason


WITH_SELECTORS = SiteSettings("127.0.0.1", Selectors(keep=("article",), drop=("p:first-of-type",)))


def test_the_settings_of_the_site_are_used_and_shown(paper, tmp_path):
    trial = tried(paper.url("/a"), tmp_path / "news.db", Sites((WITH_SELECTORS,)))
    assert trial.site == WITH_SELECTORS
    assert trial.content.extractor.startswith("keep / ")
    first = next(block for block in trial.blocks if block.text.startswith("In report"))
    assert first.reason == "cut out by the site's drop = “p:first-of-type”"


def test_an_archived_address_says_why_its_page_gives_no_text_now(site, folder):
    site.announce(item(1, link="/a", text=""))
    site.page("/a", page(1))
    folder.set_up(site.url("/feed.xml"), article="page")
    assert folder.ingest("now").code == 0
    for changed, why in ((WALL, "that of a login"), ("<meta http-equiv=refresh content='0; url=/b'>", "HTTP 404")):
        site.page("/a", changed)
        shown = folder.ingest("try", site.url("/a"))
        assert "outcome     known: this address is archived\nno text     the page" in shown.out
        assert why in shown.out
        assert why in folder.ingest("try", site.url("/a"), "--json").json["shortfall"]


def test_a_new_selector_changes_what_is_archived_when_it_is_extracted_again(paper, archived):
    found: list[RecleanedArticle] = []
    work = run_reclean(
        Config(Settings(**QUICK), sites=Sites((WITH_SELECTORS,))),
        archived,
        since=None,
        site=None,
        dry_run=True,
        on_article=found.append,
    )
    asyncio.run(work)
    (article,) = found
    first, *others = article.text.body.split("\n")
    assert first.startswith("In report")
    assert article.revision.body.split("\n") == others


def test_a_refresh_is_followed_once_and_shown(paper, tmp_path):
    paper.page("/refresh", "<meta http-equiv=refresh content='0; url=/a'>")
    trial = tried(paper.url("/refresh"), tmp_path / "news.db")
    assert [request.url for request in trial.requests] == [paper.url("/refresh"), paper.url("/a")]
    assert (trial.outcome, trial.pages) == ("archived", (paper.url("/a"),))


def test_as_an_entry_of_a_feed_the_page_is_asked_for_with_the_feeds_headers(folder, paper):
    folder.set_up()
    feeds = folder.config / "feeds.toml"
    feeds.write_text(f'[[feeds]]\nname = "Paper"\nurl = "{paper.url("/feed.xml")}"\nheaders = {{ x-key = "k1" }}\n')
    shown = folder.ingest("try", paper.url("/a"), "--feed", "paper", "-v")
    assert shown.code == 0
    assert "k1" not in shown.out
    assert paper.requests_of("/a")[-1].headers["x-key"] == "k1"


def test_what_was_forgotten_stays_forgotten(paper, tmp_path):
    archive = tmp_path / "news.db"
    ArchiveRun(archive).now(WantedFeed(paper.url("/feed.xml")))
    assert ingest_here("--archive", str(archive), "forget", paper.url("/a")).code == 0
    trial = tried(paper.url("/a"), archive)
    assert (trial.outcome, trial.is_article) == ("refused", False)
    assert "forgotten" in trial.reason


@pytest.mark.parametrize("rule", [drop(url=["/a"]), drop(title=["orchard"]), drop(min_words=20)])
def test_the_rule_that_drops_it_is_named_and_the_text_is_shown_all_the_same(paper, tmp_path, rule):
    trial = tried(paper.url("/a"), tmp_path / "news.db", rules=rules_of(rule))
    assert (trial.outcome, trial.reason, trial.is_article) == ("filtered", 'the rule "rule 1" drops it', False)
    assert trial.content.title == "The orchard"
