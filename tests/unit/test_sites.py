"""The settings of single sites, `sites.toml`."""

import pytest

from ingest.articles.selectors import Selectors
from ingest.configuration import sites
from ingest.configuration.sites import DEFAULT, NO_SITES, SiteSettings
from ingest.errors import ConfigError


@pytest.fixture
def loaded(tmp_path):
    def load(text):
        sites.path_of(tmp_path).write_text(text, encoding="utf-8")
        return sites.load(tmp_path)

    return load


def test_without_a_file_there_are_no_sites(tmp_path, loaded):
    assert sites.load(tmp_path) == NO_SITES
    assert loaded("# none\n") == NO_SITES
    assert NO_SITES.of("example.org") is DEFAULT


def test_a_site_has_its_settings(loaded):
    text = """[[sites]]
        site = "www.Bücher.example"
        keep = ["article", "main > p"]
        drop = ["aside"]
        next_pages = false
        interval_s = 2
        concurrency = 1
    """
    selectors = Selectors(("article", "main > p"), ("aside",))
    assert loaded(text).sites == (SiteSettings("xn--bcher-kva.example", selectors, False, 2, 1),)


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("example.org", "example.org"),
        ("www.example.org", "example.org"),
        ("example.org:8080", "example.org"),
        ("a.example.org", "example.org"),
        ("news.example.org", "news.example.org"),
        ("a.news.example.org", "news.example.org"),
        ("myexample.org", ""),
        ("org", ""),
        ("192.0.2.1:80", "192.0.2.1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_the_longest_site_of_a_host_holds(loaded, host, site):
    listed = ("example.org", "news.example.org", "192.0.2.1", "[2001:db8::1]")
    found = loaded("".join(f'[[sites]]\nsite = "{name}"\n' for name in listed))
    assert found.of(host).site == site


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[sites]\n", "sites: {} is not a list of sites; write [[sites]] above each"),
        ("[[site]]\n", "site: unknown key; the file knows only [[sites]]"),
        ("[[sites]]\n", "site 1 (without site): site: is missing; give a host"),
        ('[[sites]]\nsite = "a"\n[[sites]]\nsite = "www.A."', 'site 2 ("www.A."): site: a is that of site 1 already'),
    ],
)
def test_a_fault_names_its_site(tmp_path, loaded, text, fault):
    with pytest.raises(ConfigError) as error:
        loaded(text)
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"{tmp_path / 'sites.toml'}: {fault}")


@pytest.mark.parametrize(
    "name", ["http://a.example/", "a.example:80", "a.example:81", "u@a.example", "a/b", "", "a b", "a..b", "*.example"]
)
def test_a_site_is_a_host_alone(loaded, name):
    with pytest.raises(ConfigError, match=r"is not a host such as .+; write it without scheme, port and path"):
        loaded(f'[[sites]]\nsite = "{name}"')


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("keeps = []", "keeps: unknown key; a site knows concurrency, drop, interval_s, keep, next_pages, site"),
        ('keep = "p"', 'keep: "p" is not a list of CSS selectors like ["article"]'),
        ('drop = ["p["]', 'drop: "p[" is not a CSS selector: '),
        ("next_pages = 0", "next_pages: 0 is not true or false"),
        ("interval_s = -1", "interval_s: -1 is not a number of seconds from 0 to 86400"),
        ("interval_s = nan", "interval_s: NaN is not a number of seconds"),
        ("interval_s = true", "interval_s: true is not a number of seconds"),
        ("concurrency = 0", "concurrency: 0 is not an integer from 1 to 100"),
        ("concurrency = 1.0", "concurrency: 1.0 is not an integer from 1 to 100"),
    ],
)
def test_a_fault_names_its_key(loaded, text, fault):
    with pytest.raises(ConfigError) as error:
        loaded(f'[[sites]]\nsite = "a"\n{text}')
    assert str(error.value).partition('site 1 ("a"): ')[2].startswith(fault)
