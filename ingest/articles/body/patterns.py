"""XPath expressions with regular expressions → the same ones, asked sooner.

lxml reads a pattern anew for each element that it is asked of, with attribute or without, and pages say the same of
their elements over and over.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeAlias

from lxml import etree

REMEMBERED = 1024  # answers to one pattern
MAX_CHARS = 500  # of a text whose answer is remembered

_NAMESPACE = "http://exslt.org/regular-expressions"
_TEST = re.compile(r"re:test\(\s*(@[\w|@-]+)\s*,\s*'([^']*)'\s*(?:,\s*'(i?)'\s*)?\)")

Answer = Callable[[object, str], bool]
Place: TypeAlias = tuple[Any, str | int]
"""A list or a module's names, and the index or name there."""


def places(module: ModuleType) -> Iterator[Place]:
    """Where a module keeps its expressions: by name, or in lists."""
    for name, value in vars(module).items():
        if isinstance(value, etree.XPath):
            yield vars(module), name
        elif isinstance(value, list):
            yield from ((value, number) for number, one in enumerate(value) if isinstance(one, etree.XPath))


@contextmanager
def sooner(places: Iterable[Place]) -> Iterator[None]:
    """Put the quicker expressions into the places for a while. Both answer alike, whoever asks meanwhile."""
    kept = [(holder, key, holder[key]) for holder, key in places]
    try:
        for holder, key, expression in kept:
            holder[key] = quick(expression)
        yield
    finally:
        for holder, key, expression in kept:
            holder[key] = expression


@lru_cache(maxsize=256)
def quick(expression: etree.XPath) -> etree.XPath:
    """Return an expression that answers alike; itself where it has no pattern, or asks otherwise for one."""
    answers: dict[tuple[str, str], Answer] = {}

    def asked(test: re.Match[str]) -> str:
        pattern = re.compile(test[2], re.IGNORECASE if test[3] else 0)
        if pattern.search(""):  # true of an element without the attribute
            return test[0]
        name = f"test{len(answers)}"
        answers[_NAMESPACE, name] = _answer(pattern)
        return f"({test[1]} and re:{name}(string({test[1]})))"

    path = _TEST.sub(asked, expression.path)
    if not answers or "re:test(" in path:
        return expression
    namespaces = {"re": _NAMESPACE}
    return etree.XPath(path, namespaces=namespaces, extensions=answers, regexp=False, smart_strings=False)


def _answer(pattern: re.Pattern[str]) -> Answer:
    def search(text: str) -> bool:
        return pattern.search(text) is not None

    remembered = lru_cache(maxsize=REMEMBERED)(search)
    return lambda _, text: (remembered if len(text) <= MAX_CHARS else search)(text)
