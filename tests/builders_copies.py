"""Texts in six languages (tests/texts), and their copies on other sites."""

import random
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from tests import builders as make

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("de", "en", "fr", "ja", "th", "zh")
DENSE = ("ja", "th", "zh")  # written without spaces


@cache
def texts(language):
    """Return an article with its headline, the text of another article, and a template for nine figures."""
    return (TEXTS / f"{language}.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n\n")


def original(language):
    title, _, body = texts(language)[0].partition("\n")
    return make.article(f"https://{language}.example/1", body, title=title, site=f"{language}.example")


def other(language, **fields):
    """Return another article, without a title."""
    defaults = {"body": texts(language)[1], "title": None, "site": "other.example"}
    return make.article("https://other.example/1", **(defaults | fields))


def copied(article, body, **fields):
    """Return `article` with this text, hours later on another site."""
    defaults = {"site": "second.example", "published_at": make.NOW + timedelta(hours=5)}
    return replace(article, body=body, **(defaults | fields))


def report(language, day):
    rng = random.Random(day)
    figures = [f"{rng.uniform(0.1, 3):.2f}", rng.choice("+-"), day, *(rng.randrange(100, 9000) for _ in range(6))]
    published_at = make.NOW + timedelta(days=day)
    body = texts(language)[2].format(*figures)
    return make.article(
        f"https://reports.example/{day}", body, site="reports.example", title=None, published_at=published_at
    )


def edited(body, language):
    """Replace one word in 25, or one character in 50."""
    pattern, step = (".", 50) if language in DENSE else (r"\w+", 25)
    count = iter(range(1, len(body)))
    return re.sub(pattern, lambda match: match[0] if next(count) % step else "甲", body)
