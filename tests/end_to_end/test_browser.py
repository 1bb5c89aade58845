"""The pages of `ingest browse` in Chromium: what they load, what they say, how they look, and what hostile rows do."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from storage.reader import Reader
from tests.browser_tab import DESK, Tab, chromium, served
from tests.hostile_archive import make_hostile

pytestmark = pytest.mark.xdist_group("browser")  # one browser and one server for all

OF_ARTICLES = {
    "table": "SELECT id FROM articles WHERE markdown LIKE '%|---%' OR markdown LIKE '%| --%' LIMIT 1",
    "revised": "SELECT article_id AS id FROM revisions",
    "copied": "SELECT article_id AS id FROM copies",
    "busy": "SELECT feed_id AS id FROM polls GROUP BY 1 ORDER BY count(DISTINCT outcome) DESC, sum(entries_new) DESC",
}
PAGES = {
    "front": "/",
    "search": '/search?q="local socket"&language=en',
    "search-nothing": "/search?q=nothinghasthisword",
    "article-table": "/article/{table}",
    "article-revised": "/article/{revised}",
    "article-copied": "/article/{copied}",
    "kept-page": "/article/{revised}/page",
    "feeds": "/feeds",
    "feed": "/feed/{busy}",
    "copies": "/copies",
    "tables": "/archive",
    "table": "/archive/articles?_size=5",
    "row": "/archive/articles/1",
    "sql": "/archive?sql=select+id,+title,+body+from+current_articles+limit+3",
}
HOSTILE = (
    *("/", "/search?q=words", "/search?q=words&site=evil.example", "/article/1", "/article/2", "/article/1/page"),
    *(
        "/feeds",
        "/feed/1",
        "/feed/2",
        "/copies",
        "/archive/articles",
        "/archive/articles/1",
        "/archive/entries",
        "/archive/feeds",
    ),
    *("/archive/gaps", "/archive/weekly_coverage"),
)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def base(browser, newsroom_archive, tmp_path_factory):
    with served(newsroom_archive, tmp_path_factory.mktemp("served")) as base:
        yield base


@pytest.fixture(scope="module")
def hostile_base(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    make_hostile(folder / "news.db")
    with served(folder / "news.db", folder) as base:
        yield base


@pytest.fixture(scope="module")
def ids(newsroom_archive):
    with Reader(newsroom_archive) as reader:
        return {name: next(iter(reader.rows(sql)))["id"] for name, sql in OF_ARTICLES.items()}


@pytest.fixture(scope="module")
def context(browser):
    with browser.new_context(viewport=DESK, service_workers="block") as context:
        yield context


@pytest.fixture
def tab(context, base):
    with context.new_page() as page:
        yield Tab(page, base)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_nothing_of_others_is_accessible_and_fits_a_phone(tab, ids, name):
    assert tab.go(PAGES[name].format(**ids)) == 200
    tab.picture(name)
    tab.holds_in()
    tab.is_accessible()
    tab.fits_a_phone()


@pytest.mark.parametrize("path", HOSTILE)
def test_nothing_in_an_archive_runs_breaks_out_or_loads_anything(context, hostile_base, path):
    with context.new_page() as page:
        tab = Tab(page, hostile_base)
        assert tab.go(path) == 200
        tab.holds_in(refusing=path.endswith("/page"))
        assert page.url == hostile_base + path
        assert page.locator("h1").first.is_visible()  # no style of the archive's hides it


def test_a_report_is_one_file_that_needs_no_network(context, newsroom_archive, folder):
    report = folder.path / "report.html"
    assert folder.ingest("--archive", newsroom_archive, "report", report).code == 0
    with context.new_page() as page:
        tab = Tab(page, folder.path.as_uri())
        tab.go("/report.html")
        tab.picture("report")
        tab.holds_in()
        tab.is_accessible()
        tab.fits_a_phone()


def test_without_javascript_one_searches_narrows_down_reads_and_comes_back(browser, base):
    with browser.new_context(java_script_enabled=False) as context:
        page = Tab(context.new_page(), base).page
        page.goto(base)
        page.get_by_role("searchbox").first.fill("the")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?*q=the*")
        page.locator("main a[href*='language=en']").first.click()
        page.wait_for_url("**/search?*language=en*")
        narrowed = page.url
        result = page.locator("main a[href^='/article/']").first
        title = result.inner_text()
        result.click()
        page.wait_for_url("**/article/*")
        assert page.get_by_role("heading", level=1).inner_text() == title
        page.go_back()
        assert page.url == narrowed


def test_by_keyboard_one_skips_searches_and_opens_an_article(tab, base):
    page = tab.page
    page.goto(base + "/search?q=network")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#content"
    assert focused.is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**#content")
    hrefs = []
    while not (hrefs and (hrefs[-1] or "").startswith("/article/")):
        page.keyboard.press("Tab")
        hrefs.append(focused.get_attribute("href"))
        assert len(hrefs) < 200, hrefs
    page.keyboard.press("Enter")
    page.wait_for_url("**/article/*")


def test_axe_finds_what_is_wrong(context):
    """A page that is wrong is found out: else the tests above might hold of anything."""
    with context.new_page() as page:
        page.set_content(
            '<img src="data:,"><p style="color: #aaa; background: #fff">Pale<script>var hacked = 1</script>'
        )
        found = {each["id"] for each in Axe().run(page).response["violations"]}
        assert {"image-alt", "color-contrast", "html-has-lang", "landmark-one-main"} <= found
        with pytest.raises(AssertionError):
            Tab(page, "").holds_in()
