"""Texts in six languages (tests/texts), and what other sites make of them."""

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
    """An article with its headline, the text of another, and a template with places for nine figures."""
    return (TEXTS / f"{language}.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n\n")


def original(language):
    title, _, body = texts(language)[0].partition("\n")
    return make.article(f"https://{language}.example/1", body, title=title, site=f"{language}.example")


def other(language, **fields):
    """Another article: its title is not given, its text may be."""
    defaults = {"body": texts(language)[1], "title": None, "site": "other.example"}
    return make.article("https://other.example/1", **(defaults | fields))


def elsewhere(article, body, **fields):
    """`article` with this text, hours later on another site."""
    defaults = {"site": "elsewhere.example", "published_at": make.NOW + timedelta(hours=5)}
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
    """One word in 25, or one character in 50, is another."""
    pattern, step = (".", 50) if language in DENSE else (r"\w+", 25)
    count = iter(range(1, len(body)))
    return re.sub(pattern, lambda match: match[0] if next(count) % step else "甲", body)
