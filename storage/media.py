"""The table `media`: the pictures, videos and sounds that pages and feeds name. They are never fetched."""

from collections.abc import Iterable

from storage.records import Media
from storage.rows import Rows, to_row

FIELDS = "kind, url, source, type, length_bytes, alt, caption, credit, position"


class MediaQueries(Rows):
    def media(self, article_id: int) -> list[Media]:
        """Return the media of the article's latest text."""
        return self._records(
            Media,
            f"""SELECT {FIELDS} FROM media WHERE article_id = ?1 AND copy_id IS NULL
                AND revision_id IS (SELECT max(id) FROM revisions WHERE article_id = ?1) ORDER BY id""",  # noqa: S608 (our own names)
            [article_id],
        )


class MediaUpdates(MediaQueries):
    def add_media(
        self, article_id: int, media: Iterable[Media], *, revision_id: int | None = None, copy_id: int | None = None
    ) -> None:
        """Add the media of the article's first text, or of a revision or copy of it."""
        owner = {"article_id": article_id, "revision_id": revision_id, "copy_id": copy_id}
        self._insert_all("media", [owner | to_row(each) for each in media])
