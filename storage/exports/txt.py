"""Text alone: the title on the first line, then one paragraph a line, without a final newline."""

from storage.rows import Row


def page(article: Row) -> bytes:
    text = "\n".join([(article["title"] or "").replace("\n", " "), *article["body"].split("\n")])
    return text.encode(errors="backslashreplace")
