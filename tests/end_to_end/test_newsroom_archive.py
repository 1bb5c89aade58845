"""The archive that tests share has what they look for."""

from storage.reader import Reader
from tests.newsroom_archive import COPIES


def test_the_shared_archive_has_every_kind_of_row_that_pages_show(newsroom_archive):
    with Reader(newsroom_archive) as reader:

        def values(sql):
            return {next(iter(row.values())) for row in reader.rows(sql)}

        assert values("SELECT outcome FROM entries") == {"archived", "known", "copy", "revised", "walled", "refused"}
        assert values("SELECT outcome FROM polls") == {"parsed", "not_modified", "same_body", "failed"}
        assert values("SELECT count(*) FROM copies") == {COPIES}
        assert values("SELECT cause FROM revisions") == {"edit"}
        assert values("SELECT kind FROM alerts WHERE ended_at IS NULL") == {"feed_failing"}
        assert values("SELECT count(*) >= 29 FROM pages") == {1}
