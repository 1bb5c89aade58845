"""A small newsroom of an invented world, for the demo and the tests: sites, feeds, articles over HTTP."""

from .content import Article
from .serve import Feed, Newsroom, expected_articles, serve

__all__ = ["Article", "Feed", "Newsroom", "expected_articles", "serve"]
