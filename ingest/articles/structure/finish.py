"""The last step of an extraction: Markdown and media, made of the lines that are left."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.articles.structure.markdown import to_markdown
from storage.content import Content, Line
from storage.records import Media


def finished(content: Content, feed_media: Sequence[Media], *, keep_lines: bool) -> Content:
    """Return the content with its Markdown and media. Another page can be appended only if the lines are kept."""
    if content.verdict != "article":
        return replace(content, lines=())
    named = {media.url: media for media in feed_media}
    of_text = [_completed(media, named.pop(media.url, media)) for media in _media(content.lines)]
    return replace(
        content,
        markdown=to_markdown(content.lines),
        media=(*of_text, *named.values()),
        lines=content.lines if keep_lines else (),
    )


def _media(lines: Sequence[Line]) -> Iterator[Media]:
    """Yield the media in the lines, with their positions."""
    position = 0
    for line in lines:
        yield from (replace(media, position=position) for media in line.media)
        position += bool(line.text)


def _completed(media: Media, of_feed: Media) -> Media:
    """Add what only the feed says of a medium in the text."""
    return replace(
        media,
        type=media.type or of_feed.type,
        length_bytes=of_feed.length_bytes,
        alt=media.alt or of_feed.alt,
        caption=media.caption or of_feed.caption,
        credit=media.credit or of_feed.credit,
    )
