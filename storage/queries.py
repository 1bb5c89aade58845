"""All questions to the archive, a class for each table: the reader and the writer ask them alike."""

from storage.articles import ArticleQueries
from storage.clock import ClockQueries
from storage.feeds import FeedQueries
from storage.fingerprints import FingerprintQueries
from storage.hosts import HostQueries
from storage.pages import PageQueries
from storage.rechecks import RecheckQueries
from storage.search import SearchQueries
from storage.sites import SiteQueries


class Queries(
    FeedQueries,
    RecheckQueries,
    ArticleQueries,
    FingerprintQueries,
    PageQueries,
    SiteQueries,
    HostQueries,
    ClockQueries,
    SearchQueries,
):
    """Only reads. `Reader` opens it beside a writer; `Archive` is the writer."""
