"""Commands that change, print and check the feed list."""

import os
import re
import subprocess
import sys

import pytest

from ingest.configuration import directory
from ingest.feeds.discover import MAX_USUAL_PATHS
from tests.builders_feeds import item, rss
from tests.command_run import CHECKOUT, CommandResult, ingest_here, sentence


def test_add_finds_a_sites_feeds_and_names_the_others(paper, folder):
    folder.set_up()
    result = folder.ingest("feeds", "add", paper.url("/"))
    assert (result.code, result.out) == (0, f"added: {paper.url('/feed.xml')} (News)\n")
    assert result.err.startswith(f"the site also has {paper.url('/feed.json')} (")
    again = folder.ingest("feeds", "add", paper.url("/"), "--json").json
    assert (again["added"], again["url"], again["name"]) == (False, paper.url("/feed.xml"), "News")


def test_add_takes_a_feeds_own_address_and_the_options_of_the_feed(paper, folder):
    folder.set_up()
    result = folder.ingest(
        "feeds", "add", paper.url("/feed.xml"), "--name", "Näme", "--tag", "a", "--tag", "b", "--json"
    )
    expected = {
        "url": paper.url("/feed.xml"),
        "name": "Näme",
        "tags": ["a", "b"],
        "interval_s": None,
        "article": "page",
        "schedule": None,
        "time_zone": None,
    }
    assert result.json == {"added": True, "changed": False, **expected, "others": []}
    assert folder.ingest("feeds", "list", "--json").json == [expected]
    assert "Näme  a, b  page" in folder.ingest("feeds", "list").out


def test_a_feed_whose_title_is_taken_is_added_without_a_name(paper, folder):
    folder.set_up()
    paper.page("/twin.xml", rss(item(1)))
    folder.ingest("feeds", "add", paper.url("/feed.xml"))
    result = folder.ingest("feeds", "add", paper.url("/twin.xml"))
    assert (result.code, result.out) == (0, f"added: {paper.url('/twin.xml')}\n")


def test_a_feed_on_the_list_is_left_as_it_is_and_not_asked_again(paper, folder):
    folder.set_up(paper.url("/feed.xml"))
    before = (folder.config / "feeds.toml").read_text(), len(paper.requests)
    result = folder.ingest("feeds", "add", paper.url("/feed.xml"))
    assert (result.code, result.out) == (0, f"on the list already: {paper.url('/feed.xml')}\n")
    assert ((folder.config / "feeds.toml").read_text(), len(paper.requests)) == before


def test_add_changes_a_feed_on_the_list_by_its_options(paper, folder):
    folder.set_up(paper.url("/feed.xml"))
    folder.ingest("feeds", "add", paper.url("/feed.xml"), "--tag", "a")
    result = folder.ingest("feeds", "add", paper.url("/"), "--tag", "b", "--name", "Paper")
    assert (result.code, result.out) == (0, f"changed: {paper.url('/feed.xml')} (Paper)\n")
    (feed,) = folder.ingest("feeds", "list", "--json").json
    assert (feed["name"], feed["tags"], feed["article"]) == ("Paper", ["a", "b"], "feed")


def test_edit_changes_a_feed_and_leaves_the_rest_of_the_file(folder):
    folder.set_up("http://a.example/", "http://b.example/")
    path = folder.config / "feeds.toml"
    path.write_text(f"# Mine.\n{path.read_text()}# The end.\n")
    options = "--name B --tag x --tag /News/Tech --interval-s 60 --article page"
    result = folder.ingest("feeds", "edit", "http://b.example/", *options.split())
    assert (result.code, result.out) == (0, "changed: http://b.example/ (B)\n")
    assert path.read_text() == (
        '# Mine.\n[[feeds]]\nurl = "http://a.example/"\narticle = "feed"\n\n'
        '[[feeds]]\nurl = "http://b.example/"\nname = "B"\ntags = ["x", "/News/Tech"]\ninterval_s = 60\n# The end.\n'
    )
    options = "--json --untag x --unset name --unset interval_s"
    assert folder.ingest("feeds", "edit", "b", *options.split()).json == {
        "changed": True,
        "url": "http://b.example/",
        "name": None,
        "tags": ["/News/Tech"],
        "interval_s": None,
        "article": "page",
        "schedule": None,
        "time_zone": None,
    }
    result = folder.ingest("feeds", "edit", "http://b.example/", "--tag", "/News/Tech")
    assert result.out == "as it was: http://b.example/\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "nothing to change; name it with --name, "),
        ("--interval-s 0", "{}: feed 1 (http://a.example/): interval_s: 0 is not an integer number"),
        ("--interval-s soon", "Invalid value for '--interval-s': 'soon' is not a valid integer"),
        ("--article both", "Invalid value for '--article': 'both' is not one of 'page', 'feed'"),
        ("--tag=", '{}: feed 1 (http://a.example/): tags: [""] is not a list of words'),
        ("--untag x", "http://a.example/: has no tag x; it has none"),
        ("--name=", '{}: feed 1 (http://a.example/): name: "" is not a line of text'),
    ],
)
def test_edit_refuses_in_one_sentence(folder, options, message):
    folder.set_up("http://a.example/")
    before = (folder.config / "feeds.toml").read_text()
    line = sentence(folder.ingest("feeds", "edit", "http://a.example/", *options.split()), code=2)
    assert line.startswith(message.format(folder.config / "feeds.toml"))
    assert (folder.config / "feeds.toml").read_text() == before


def test_add_finds_the_feed_of_a_page_that_names_none_and_asks_no_further(sites, folder):
    silent = sites("127.0.0.2")
    silent.page("/", '<meta name="generator" content="Joomla!"><p>News.')
    silent.page("/?format=feed&type=atom", rss(item(1)))
    silent.page("/feed", rss(item(1)))
    folder.set_up()
    result = folder.ingest("feeds", "add", silent.url())
    assert result.out == f"added: {silent.url('/?format=feed&type=atom')} (News)\n"
    assert [request.path for request in silent.requests] == ["/", "/?format=feed&type=rss", "/?format=feed&type=atom"]


def test_add_says_when_there_is_no_feed(sites, folder):
    lonely = sites("127.0.0.2")
    lonely.page("/", "<p>No feed here.")
    folder.set_up()
    result = folder.ingest("feeds", "add", lonely.url())
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"ingest: {lonely.url()}: no feed there, nor named by the page")
    assert len(lonely.requests) <= 1 + MAX_USUAL_PATHS
    assert folder.ingest("feeds", "add", "--unchecked", lonely.url()).code == 0


@pytest.mark.parametrize("url", ["ftp://a.example/", "http://", "a b", "http://[", "http://a:x/"])
def test_add_refuses_a_bad_address(folder, url):
    folder.set_up()
    result = folder.ingest("feeds", "add", url)
    assert (result.code, result.out) == (2, "")
    assert "is no http or https address" in result.err
    assert folder.ingest("feeds", "list", "--json").json == []


def test_remove_takes_a_name_or_an_address_and_keeps_the_articles(paper, folder):
    paper.page("/one.xml", rss(item(1)))
    folder.set_up(paper.url("/one.xml"), paper.url("/dead.xml"))
    folder.ingest("now", "-q")
    result = folder.ingest("feeds", "remove", paper.url("/one.xml"))
    assert result.out == f"removed: {paper.url('/one.xml')}; its articles stay in the archive\n"
    assert folder.ingest("feeds", "remove", paper.url("/one.xml")).code == 2
    folder.ingest("now", "-q")
    assert folder.rows("SELECT active, (SELECT count(*) FROM articles) AS n FROM feeds ORDER BY id") == [
        {"active": 0, "n": 1},
        {"active": 1, "n": 1},
    ]


def test_check_polls_without_archiving(archived, paper, folder):
    folder.set_up(paper.url("/feed.xml"), paper.url("/dead.xml"))
    result = folder.ingest("feeds", "check")
    assert result.code == 0
    assert re.search(r"/feed\.xml +rss20 +6 +News$", result.out, re.MULTILINE)
    assert re.search(r"/dead\.xml +0 +HTTP 404$", result.out, re.MULTILINE)
    assert not folder.archive.exists()
    (probe,) = folder.ingest("feeds", "check", "--json", paper.url("/feed.json")).json
    assert (probe["version"], probe["entries"], probe["error"]) == ("json11", 2, None)
    assert folder.ingest("feeds", "check", paper.url("/dead.xml")).code == 1
    folder.set_up(paper.url("/dead.xml"), paper.url("/gone"))
    assert folder.ingest("feeds", "check").code == 1


def test_check_dates_the_newest_entry_as_the_archive_would(site, folder):
    site.page("/dated.xml", rss(item(1, more="<pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate>")))
    folder.set_up()
    (probe,) = folder.ingest("feeds", "check", "--json", site.url("/dated.xml")).json
    assert probe["newest_at"] == "2026-03-01T12:00:00Z"


def test_opml_goes_out_and_comes_back(folder, tmp_path):
    folder.set_up("http://a.example/f?x=1&y=2")
    folder.ingest(
        "feeds", "add", "--unchecked", "http://b.example/f", "--name", "Familie 👨‍👩‍👧 <&>", "--tag", "ünd so"
    )
    before = folder.ingest("feeds", "list", "--json").json
    opml = tmp_path / "list.opml"
    assert folder.ingest("feeds", "export", "--output", opml).code == 0
    assert folder.ingest("feeds", "export").out == opml.read_text(encoding="utf-8")
    folder.set_up()
    assert folder.ingest("feeds", "import", opml).out == "added: 2 of 2 feeds; 0 on the list already\n"
    again = folder.ingest("feeds", "import", opml, "--json").json
    assert (again["added"], again["listed"]) == (0, 2)
    assert folder.ingest("feeds", "list", "--json").json == before


def test_another_readers_folders_come_back_and_what_is_left_out_is_named(folder, tmp_path):
    folder.set_up("http://listed.example/")
    opml = tmp_path / "list.opml"
    opml.write_text("""<opml><body><outline text="News"><outline text="AI/ML">
      <outline text="Deep" xmlUrl="http://deep.example/"/><outline text="Deep" xmlUrl="http://other.example/"/>
      </outline></outline><outline text="Mail" xmlUrl="mailto:a@b.example"/>
      <outline text="Listed" xmlUrl="http://listed.example/"/></body></opml>""")
    result = folder.ingest("feeds", "import", opml)
    assert (result.code, result.out) == (0, "added: 2 of 3 feeds; 1 on the list already; 1 left out\n")
    assert result.err.splitlines() == [
        "left out: …b.example (Mail): no http or https address",
        "on the list already: http://listed.example/ (Listed)",
        "added without its name: http://other.example/ (Deep): another feed has this name",
    ]
    assert folder.ingest("feeds", "list", "--json").json[1]["tags"] == ["/News/AI%2FML"]
    assert re.search(
        r'<outline text="News".+\s+<outline text="AI/ML".+\s+<outline .+ xmlUrl="http://deep',
        folder.ingest("feeds", "export").out,
    )
    folder.ingest("feeds", "remove", "Deep")
    result = folder.ingest("feeds", "import", opml, "--json").json
    assert (result["added"], result["listed"], result["unnamed"]) == (1, 2, [])
    assert result["left_out"][0] == {"url": "…b.example", "name": "Mail", "reason": "no http or https address"}


def test_init_writes_a_configuration_that_works_and_no_second_one(tmp_path):
    target = tmp_path / "new" / "config"
    result = ingest_here("init", str(target))
    assert result.out.splitlines() == [str(target / name) for name in directory.FILES]
    how = f"{target / 'feeds.toml'}: there are no feeds on the list; `ingest feeds add URL` adds one"
    assert result.err == f"{how}\n"
    assert sentence(ingest_here("--config", str(target), "now"), code=2) == how
    assert ingest_here("--config", str(target), "feeds", "add", "--unchecked", "http://a.example/").code == 0
    again = ingest_here("init", "--sample", str(target))
    assert again.code == 2
    assert "exists already" in again.err
    assert [feed["url"] for feed in ingest_here("--config", str(target), "--json", "feeds", "list").json] == [
        "http://a.example/"
    ]


def program_with(folder, *, is_installed):
    """Return what runs a program whose bundled configuration is the folder's, where there is no other."""
    program, here = folder.path / "program", folder.path / "here"
    (program / "ingest").mkdir(parents=True)
    here.mkdir()
    for file in (CHECKOUT / "ingest").iterdir():
        (program / "ingest" / file.name).symlink_to(file)
    ((program / "ingest" if is_installed else program) / "config").symlink_to(folder.config)
    environment = os.environ | {"PYTHONPATH": f"{program}:{CHECKOUT}"}

    def run(*words):
        command = [sys.executable, "-m", "ingest", *map(str, words)]
        done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
        return CommandResult(done.returncode, done.stdout, done.stderr)

    return run


@pytest.mark.parametrize("is_installed", [True, False], ids=["installed", "from a checkout"])
def test_without_a_configuration_the_bundled_feeds_are_polled_and_not_changed(paper, folder, is_installed):
    folder.set_up(paper.url("/feed.xml"))
    program = program_with(folder, is_installed=is_installed)
    result = program("now")
    assert result.err.startswith(
        "these are the bundled feeds, a sample; `ingest init config` begins a list of your own\n"
    )
    assert result.out.startswith("1 feed polled")
    for words in ("add --unchecked http://a.example/", f"edit {paper.url('/feed.xml')} --tag x"):
        refused = sentence(program("feeds", *words.split()), code=2)
        assert "the bundled feed list is not changed; make one of your own with `ingest init config`" in refused
    if not is_installed:  # a checkout's list is its owner's, who names it
        result = program("--config", folder.config, "feeds", "edit", paper.url("/feed.xml"), "--tag", "x")
        assert result.code == 0


@pytest.mark.parametrize(("written", "named"), [("not an address", "not an address"), ("", "nothing")])
def test_add_repeats_a_refused_address(folder, written, named):
    result = sentence(folder.set_up().ingest("feeds", "add", written), code=2)
    assert result.startswith(f"{named} is no http or https address; ")


def test_init_writes_the_bundled_feeds_on_request(tmp_path):
    target = tmp_path / "config"
    assert ingest_here("init", "--sample", "--json", str(target)).json[0] == str(target / "settings.toml")
    assert len(ingest_here("--config", str(target), "--json", "feeds", "list").json) > 50
