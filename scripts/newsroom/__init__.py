"""A small newsroom of an invented world: sites, feeds and articles over HTTP, for the demo and the tests."""

from .content import Article
from .serve import Feed, Newsroom, expected_articles, serve

__all__ = ["Article", "Feed", "Newsroom", "expected_articles", "serve"]
