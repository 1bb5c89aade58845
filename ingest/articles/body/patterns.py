"""Makes XPath expressions with regular expressions faster, by a cache of the answers.

lxml searches for each element anew, even if it has no such attribute, and most elements of a page share attributes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeAlias

from lxml import etree

CACHE_SIZE = 1024  # answers for one pattern
MAX_CACHED_CHARS = 500  # of a text

_NAMESPACE = "http://exslt.org/regular-expressions"
_TEST = re.compile(r"re:test\(\s*(@[\w|@-]+)\s*,\s*'([^']*)'\s*(?:,\s*'(i?)'\s*)?\)")

Answer = Callable[[object, str], bool]
Slot: TypeAlias = tuple[Any, str | int]
"""A list or a module's namespace, and the index or name of an expression in it."""


def slots(module: ModuleType) -> Iterator[Slot]:
    """Yield the slots of a module's expressions, in its namespace and its lists."""
    for name, value in vars(module).items():
        if isinstance(value, etree.XPath):
            yield vars(module), name
        elif isinstance(value, list):
            yield from ((value, number) for number, one in enumerate(value) if isinstance(one, etree.XPath))


@contextmanager
def faster_expressions(slots: Iterable[Slot]) -> Iterator[None]:
    """Put faster expressions into the slots for a while. They give other callers the same answers."""
    kept = [(holder, key, holder[key]) for holder, key in slots]
    try:
        for holder, key, expression in kept:
            holder[key] = faster(expression)
        yield
    finally:
        for holder, key, expression in kept:
            holder[key] = expression


@lru_cache(maxsize=256)
def faster(expression: etree.XPath) -> etree.XPath:
    """Return an equivalent expression, or `expression` if it has no pattern or uses one in another form."""
    answers: dict[tuple[str, str], Answer] = {}

    def call(test: re.Match[str]) -> str:
        pattern = re.compile(test[2], re.IGNORECASE if test[3] else 0)
        if pattern.search(""):  # matches an element without the attribute
            return test[0]
        name = f"test{len(answers)}"
        answers[_NAMESPACE, name] = _answer(pattern)
        return f"({test[1]} and re:{name}(string({test[1]})))"

    path = _TEST.sub(call, expression.path)
    if not answers or "re:test(" in path:
        return expression
    namespaces = {"re": _NAMESPACE}
    return etree.XPath(path, namespaces=namespaces, extensions=answers, regexp=False, smart_strings=False)


def _answer(pattern: re.Pattern[str]) -> Answer:
    def search(text: str) -> bool:
        return pattern.search(text) is not None

    cached = lru_cache(maxsize=CACHE_SIZE)(search)
    return lambda _, text: (cached if len(text) <= MAX_CACHED_CHARS else search)(text)
