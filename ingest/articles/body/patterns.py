"""XPath expressions with regular expressions → the same ones, asked sooner.

lxml reads a pattern anew for each element that it is asked of, with attribute or without, and pages say the same of
their elements over and over.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from lxml import etree

REMEMBERED = 1024  # answers to one pattern

_NAMESPACE = "http://exslt.org/regular-expressions"
_TEST = re.compile(r"re:test\(\s*(@[\w|@-]+)\s*,\s*'([^']*)'\s*(?:,\s*'(i?)'\s*)?\)")

Answer = Callable[[object, str], bool]


@contextmanager
def sooner(lists: Iterable[list[etree.XPath]]) -> Iterator[None]:
    """Put the quicker expressions into the lists for a while. Both answer alike, whoever asks meanwhile."""
    kept = [(one, one[:]) for one in lists]
    try:
        for one, expressions in kept:
            one[:] = map(quick, expressions)
        yield
    finally:
        for one, expressions in kept:
            one[:] = expressions


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
    search = lru_cache(maxsize=REMEMBERED)(lambda text: pattern.search(text) is not None)
    return lambda _, text: search(text)
