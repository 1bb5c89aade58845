"""The user's rules in runs and commands: what is dropped, when, and how it is taken up again."""

import pytest

from ingest.maintenance.rules import Applied, apply_rules
from storage.archive import Archive
from storage.records import WantedFeed
from tests.builders_feeds import item, page, prose, rss
from tests.command_run import sentence, until
from tests.rules import drop, keep, rules

RULES_TOML = """
[[rules]]
name = "no glaciers"
action = "drop"
text = ["glacier"]

[[rules]]
name = "no orchards"
action = "drop"
title = ["title 2"]
"""
TEASER = "A short teaser of the article."


@pytest.fixture
def three(site, feed):
    """A feed of three articles with pages: of a council (1), an orchard (2), a glacier (4)."""
    numbers = (1, 2, 4)
    site.announce(*(item(n, link=f"/{n}", text=TEASER) for n in numbers))
    for n in numbers:
        site.page(f"/{n}", page(n))
    return feed


def filtered(run) -> list[tuple[str, str, str]]:
    rows = run.rows("SELECT title, rule, reason FROM entries WHERE outcome = 'filtered' ORDER BY id")
    return [(row["title"], row["rule"], row["reason"]) for row in rows]


def titles(run) -> list[str]:
    return run.column("SELECT title FROM articles ORDER BY title")


def apply(run, wanted) -> Applied:
    applied = Applied()
    with Archive(run.path, "test") as archive:
        for checked in apply_rules(archive, wanted, run.now_at):
            applied.count(checked)
    return applied


def test_what_the_feed_decides_is_dropped_without_a_request(site, run, three):
    run.rules = rules(drop(name="no orchards", title=["title 2"]))
    tally = run.now(three)
    assert tally.entries == {"archived": 2, "filtered": 1}
    assert filtered(run) == [("Title 2", "no orchards", 'the rule "no orchards" drops it')]
    assert site.requests_of("/2") == []
    assert run.column("SELECT count(*) FROM aliases WHERE article_id NOT IN (1, 2) OR key LIKE '%/2'") == [0]
    assert run.now(three).entries == {}


def test_what_the_text_decides_is_dropped_after_the_fetch_and_leaves_nothing_else(site, run, three):
    run.rules = rules(drop(name="no glaciers", text=["glacier"]), drop(language=["fr"]), drop(max_words=3))
    assert run.now(three).entries == {"archived": 2, "filtered": 1}
    assert filtered(run) == [("Title 4", "no glaciers", 'the rule "no glaciers" drops it')]
    assert len(site.requests_of("/4")) == 1
    assert titles(run) == ["Title 1", "Title 2"]
    for table in ("copies", "revisions", "boilerplate"):
        assert run.column(f"SELECT count(*) FROM {table}") == [0]
    for table, column in (("aliases", "key"), ("pages", "final_url")):
        assert run.column(f"SELECT count(*) FROM {table} WHERE {column} LIKE '%/4'") == [0]


def test_some_are_kept_and_the_rest_is_dropped(site, run, three):
    run.rules = rules(keep(title=["title 1"]), drop(name="the rest"))
    assert run.now(three).entries == {"archived": 1, "filtered": 2}
    assert (titles(run), site.requests_of("/2"), site.requests_of("/4")) == (["Title 1"], [], [])


def test_a_keep_rule_over_the_text_makes_the_rest_wait_for_it(site, run, three):
    run.rules = rules(keep(text=["glacier"]), drop())
    assert run.now(three).entries == {"archived": 1, "filtered": 2}
    assert titles(run) == ["Title 4"]
    assert len(site.requests_of("/2")) == 1


def test_the_feeds_own_text_is_compared_too(site, run):
    site.announce(item(1, link="/1"), item(4, link="/4"))
    run.rules = rules(drop(text=["glacier"]))
    assert run.now(site.url("/feed.xml")).entries == {"archived": 1, "filtered": 1}
    assert titles(run) == ["Title 1"]


def test_a_rule_for_one_feed_leaves_another_feeds_entries_alone(site, run, three):
    other = WantedFeed(site.url("/other.xml"), tags=("other",))
    site.page("/other.xml", rss(item(3, link=site.url("/3"), text=TEASER)))
    run.rules = rules(drop(tags=["other"]), feeds=[three, other])
    assert run.now(three, other).entries == {"archived": 3, "filtered": 1}
    assert site.requests_of("/3") == []


def test_an_archived_article_is_known_and_its_rechecks_are_not_filtered(site, run, three):
    run.now(three)
    run.rules = rules(drop())
    site.announce(item(1, link="/1", text="An edited teaser of the article, with another sentence in it."))
    site.page("/1", page(1, text=prose(1, 20)))
    assert run.later(days=1).now(three).entries == {"revised": 1}
    again = WantedFeed(site.url("/again.xml"))
    site.page("/again.xml", rss(item(1, link=site.url("/1"), text=TEASER)))
    assert run.now(three, again).entries == {"known": 1}


def test_an_edit_in_the_feed_takes_a_filtered_entry_up(site, run, three):
    run.rules = rules(drop(title=["title 2"]))
    run.now(three)
    site.announce(item(2, link="/2", text="An edited teaser of the article, with another sentence in it."))
    run.rules = rules(drop(title=["title 3"]))
    assert run.later(days=1).now(three).entries == {"archived": 1}
    assert run.rows("SELECT 1 FROM entries WHERE rule IS NOT NULL OR rule_hash IS NOT NULL") == []


def test_a_title_that_is_cut_short_is_not_sure(site, run, feed):
    site.announce(item(1, link="/1", text=TEASER).replace("Title 1", "Title…"), item(2, link="/2", text=TEASER))
    site.page("/1", page(1))
    site.page("/2", page(2))
    run.rules = rules(keep(title=["title 1"]), drop())
    assert run.now(feed).entries == {"archived": 1, "filtered": 1}
    assert (len(site.requests_of("/1")), len(site.requests_of("/2"))) == (1, 0)


def test_a_redirect_may_lead_to_a_site_that_is_dropped(site, sites, run, feed):
    away = sites("127.0.0.2")
    away.page("/1", page(1))
    site.redirect("/1", away.url("/1"))
    site.page("/2", page(2))
    site.announce(item(1, link="/1", text=TEASER), item(2, link="/2", text=TEASER))
    run.rules = rules(drop(sites=["127.0.0.2"]))
    assert run.now(feed).entries == {"archived": 1, "filtered": 1}
    assert titles(run) == ["Title 2"]


class TestApply:
    def test_a_rule_that_is_gone_lets_its_entries_be_archived(self, site, run, three):
        run.rules = rules(drop(title=["title 2"]), drop(text=["glacier"]))
        run.now(three)
        assert apply(run, rules()) == Applied(taken_up=2)
        run.rules = rules()
        assert run.now(three).entries == {"archived": 2}
        assert titles(run) == ["Title 1", "Title 2", "Title 4"]

    def test_what_is_still_dropped_stays_and_takes_its_rules_name(self, site, run, three):
        run.rules = rules(drop(name="old", text=["glacier"]), drop(name="two", title=["title 2"]))
        run.now(three)
        changed = rules(drop(name="new", text=["glacier"]), drop(name="two", title=["title 2"]))
        assert apply(run, changed) == Applied(renamed=1, unchanged=1)
        assert filtered(run)[1] == ("Title 4", "new", 'the rule "new" drops it')
        assert apply(run, changed) == Applied(unchanged=2)
        run.rules = changed
        run.now(three)
        assert len(site.requests_of("/4")) == 1

    def test_what_only_the_page_can_decide_is_fetched_again(self, site, run, three):
        run.rules = rules(drop(name="old", text=["glacier"]))
        run.now(three)
        run.rules = rules(drop(name="new", text=["glacier", "iceberg"]))
        assert apply(run, run.rules) == Applied(taken_up=1)
        assert run.now(three).entries == {"filtered": 1}
        assert (filtered(run)[0][1], len(site.requests_of("/4"))) == ("new", 2)

    def test_a_text_of_the_feed_keeps_its_structure(self, site, run):
        text = f"{prose(1)}</p><ul><li>{prose(2)}</li></ul><p>{prose(3)}"
        site.announce(item(1, link="/1", text=text))
        run.rules = rules(drop(title=["title"]))
        run.now(site.url("/feed.xml"))
        apply(run, rules())
        run.rules = rules()
        run.now(site.url("/feed.xml"))
        assert "\n- In report 2" in run.article()["markdown"]


class TestCommands:
    @pytest.fixture
    def archived(self, site, folder, three):
        """An archive of three articles, and rules that come later."""
        folder.set_up(three.url, article="page")
        assert folder.ingest("now").code == 0
        (folder.config / "rules.toml").write_text(RULES_TOML)
        return folder

    def test_rules_are_tested_on_the_archive(self, archived):
        result = archived.ingest("rules", "test")
        lines = result.out.splitlines()
        assert lines[0].split() == ["rule", "action", "applies", "to", "decides", "examples"]
        assert lines[1].startswith("no glaciers  drop             1        1  ")
        assert lines[1].endswith(" Title 4")
        assert lines[3].startswith("of 3 articles, archived since ")
        assert lines[3].endswith("today's rules would have dropped 2, 1 of them without fetching the page")
        one = archived.ingest("rules", "test", "NO ORCHARDS").out.splitlines()
        assert one[0].split()[1:] == ["Title", "2", "[127.0.0.1]"]
        assert one[1:] == ["of 3 articles, the rule applies to 1 and drops 1"]
        values = archived.ingest("rules", "test", "--last", "1", "--json").json
        assert (values["articles"], len(values["rules"])) == (1, 2)
        said = sentence(archived.ingest("rules", "test", "no glacier"), code=2)
        assert said == "no glacier: no rule has this name; did you mean no glaciers?"
        (archived.config / "rules.toml").unlink()
        none = archived.ingest("rules", "test")
        assert (none.code, none.out) == (0, "")
        assert "there are no rules, so everything is kept" in none.err

    def test_a_rule_that_comes_too_late_names_the_rule_before_it(self, archived):
        path = archived.config / "rules.toml"
        path.write_text(RULES_TOML + '[[rules]]\nname = "rest"\naction = "drop"\n')
        lines = archived.ingest("rules", "test", "rest").out.splitlines()
        assert [line.partition("]")[2] for line in lines[:-1]].count(
            '  (dropped by the rule "no orchards" before it)'
        ) == 1
        path.write_text(path.read_text().replace('"drop"', '"keep"', 1))
        assert '(kept by the rule "no glaciers" before it)' in archived.ingest("rules", "test", "rest").out

    def test_rules_are_applied_and_explained(self, archived, site):
        archived.archive.unlink()
        assert archived.ingest("now").out.splitlines()[1] == "entries: 2 filtered, 1 archived"
        explained = archived.ingest("explain", site.url("/2")).out
        assert 'outcome     filtered: the rule "no orchards" drops it' in explained
        assert archived.ingest("rules", "test").out.splitlines()[-1] == (
            "2 entries were filtered since then; `ingest rules apply` would take up 0"
        )
        (archived.config / "rules.toml").write_text(RULES_TOML.replace("title 2", "title 3"))
        for words, done in ((["--dry-run"], "would be taken up again"), ([], "taken up again")):
            result = archived.ingest("rules", "apply", *words).out
            assert result.startswith(f"2 filtered entries: 1 {done}, 0 dropped by another rule, 1 as before")
        assert archived.ingest("rules", "apply", "--json").json["unchanged"] == 1
        assert archived.ingest("now").out.splitlines()[1] == "entries: 1 archived"
        assert archived.titles() == ["Title 1", "Title 2"]

    def test_a_running_daemon_applies_them(self, archived):
        archived.archive.unlink()
        archived.ingest("now")
        with archived.daemon() as daemon:
            (archived.config / "rules.toml").unlink()
            result = archived.ingest("rules", "apply", "--json")
            assert (result.json["taken_up"], result.code) == (2, 0)
            assert f"the daemon (process {daemon.process.pid}) is asked to apply the rules" in result.err
            until(lambda: len(archived.titles()) == 3)

    def test_a_faulty_rule_stops_everything_with_one_sentence(self, archived):
        path = archived.config / "rules.toml"
        path.write_text(RULES_TOML.replace('"glacier"', '"re:("'))
        for words in (["now"], ["rules", "test"], ["rules", "apply"]):
            said = sentence(archived.ingest(*words), code=2)
            assert said.startswith(
                f'{path}: rule 1 ("no glaciers"): text: "re:(" is not a pattern of RE2: missing ): ('
            )

    def test_a_feed_that_a_rule_names_stays_on_the_list(self, archived, three):
        (archived.config / "rules.toml").write_text(RULES_TOML + f'feeds = ["{three.url}"]\n')
        result = archived.ingest("feeds", "remove", three.url)
        assert (result.code, result.out) == (2, "")
        assert "no feed on the list has this name or URL" in result.err
        assert "stays as it is, because rules.toml would be faulty" in result.err
        assert three.url in archived.ingest("feeds", "list").out
