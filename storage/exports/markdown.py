"""Markdown with YAML front matter. An article without Markdown has its paragraphs."""

import json
import re

from storage.exports.text import as_utf8
from storage.rows import Row

KEYS = (
    "id url title authors site site_name section published_at published_precision archived_at revised_at language tags"
    " summary image_url access access_reason words"
).split()

_encode = json.JSONEncoder(ensure_ascii=False).encode

# JSON's strings are YAML's (https://yaml.org/spec/1.2.2/#12-relation-to-json), but for characters that end a line in
# YAML 1.1 or may not be in a document.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

_MARK = re.compile(r"[\\`*_\[\]<&~|]")  # what begins or ends a mark within a line
_BLOCK = re.compile(r"([0-9]*)([.)]|(?<![0-9])[#>=+-])")  # what begins a heading, quote or list


def page(article: Row) -> bytes:
    head = [f"{key}: {_scalar(article[key])}\n" for key in KEYS if article[key] is not None]
    text = markdown_of(article).rstrip("\n")
    return as_utf8(f"---\n{''.join(head)}---\n\n{text}\n").encode()


def _scalar(value: object) -> str:
    text = _encode(value)
    return _NOT_IN_YAML.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def markdown_of(article: Row) -> str:
    """Return the article's Markdown. Without one, its paragraphs, with what Markdown would read as marks escaped."""
    markdown: str | None = article["markdown"]
    return markdown if markdown is not None else "\n\n".join(map(_escaped, article["body"].split("\n")))


def _escaped(paragraph: str) -> str:
    text = _MARK.sub(r"\\\g<0>", paragraph.strip())
    return _BLOCK.sub(r"\1\\\2", text, count=1) if _BLOCK.match(text) else text
