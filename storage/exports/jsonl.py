"""A JSON object a line, with the columns of `current_articles` as keys."""

import json
from typing import BinaryIO

from storage.exports.articles import Articles


def write(articles: Articles, file: BinaryIO) -> None:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    # A lone surrogate becomes an escape, as JSON has it.
    file.writelines((encode(article) + "\n").encode(errors="backslashreplace") for article in articles)
