"""What a page declares of its access: JSON-LD, microdata and <meta> elements.

`isAccessibleForFree` and `hasPart` are those of https://schema.org. Sites write them in many ways: `false`, "False",
"http://schema.org/False", one part or a list of parts, one selector or several.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from ingest.articles.tree import Element
from ingest.text.words import squeeze

Node = Mapping[str, object]
Tier = Literal["free", "metered", "locked"]

MIN_PROBE_CHARS = 30  # of a line without spaces; a shorter line may stand anywhere in a page
MAX_SELECTORS = 20
MAX_STEPS = 6  # of a selector
MAX_ELEMENTS = 100  # that a selector finds

_MARKED = etree.XPath("//@itemprop[. = 'isAccessibleForFree']/..")  # quicker than to ask each element
_TIERS: dict[str, Tier] = {
    **dict.fromkeys("free open public gratuit gratis kostenlos abierto".split(), "free"),
    **dict.fromkeys("metered meter metering soft freemium registration registered".split(), "metered"),
    **dict.fromkeys(
        "locked premium paid subscriber subscribers subscription subscriber-only subscribers-only exclusive restricted"
        " payant paying plus abo abonnes abonnés members member premium-content hard paywall".split(),
        "locked",
    ),
}
_YES, _NO = frozenset(("true", "yes", "1")), frozenset(("false", "no", "0"))
# Names of <meta> elements, in lower case, that say a tier; that say whether the article is paid; whether it is free.
_TIER_META = re.compile(
    r"(?:.*[:._-])?(?:article[:._-])?content_?-?tier|cxenseparse:.*tier|(?:article[:._-])?access(?:_|-)?(?:level|tier)"
    r"|lp[.:]type|article[:._-]access"
)
_PAID_META = re.compile(
    r"cxenseparse:.*(?:is_?paid(?:_?content)?|is_?premium|premium|paywall)|k5a:paid|lp[.:]premium|bad:paywall"
    r"|subscribers?[_-]only|requiressubscription|(?:article[:._-])?(?:is[_-]?)?(?:premium|paywalled|paywall|paid)"
)
_FREE_META = re.compile(r"isaccessibleforfree|cxenseparse:.*is_free|(?:article[:._-])?is[_-]free")
_ATTRIBUTE = r"""\[([\w-]+)(?:=["']?([\w./:-]+)["']?)?\]"""
_COMPOUND = re.compile(rf"(?:[a-z][\w-]*|\*)?(?:[.#][\w-]+|{_ATTRIBUTE})*", re.IGNORECASE)
_SIMPLE = re.compile(rf"([.#])([\w-]+)|{_ATTRIBUTE}")


@dataclass(frozen=True, slots=True)
class Declared:
    """`free` is None if the page does not say. `source` names what says that it is not free.

    `selectors` are the CSS selectors of the elements that are not free. `words` is the number of words that the
    structured data give.
    """

    free: bool | None = None
    source: str = ""
    tier: Tier | None = None
    selectors: tuple[str, ...] = ()
    words: int | None = None

    @property
    def is_paid(self) -> bool:
        """Whether the page says that its text is not free, or metered."""
        return self.tier in ("metered", "locked") or (self.free is False and self.tier != "free")

    @property
    def reason(self) -> str:
        return f"{self.source} is {self.tier or 'false'}"

    @property
    def is_free(self) -> bool:
        return not self.is_paid and (self.free is True or self.tier == "free")


NOTHING_SAID = Declared()


def of_nodes(nodes: Sequence[Node], by_id: Mapping[str, Node]) -> Declared:
    """Read the first node that says anything: the article's, or its page's. `by_id` has the nodes by their @id."""
    for node in nodes:
        free = _flag(node.get("isAccessibleForFree"))
        named = (part for part in _list(node.get("hasPart")) if isinstance(part, dict))
        parts = [by_id.get(str(part.get("@id")), part) for part in named]
        paid = [part for part in parts if _flag(part.get("isAccessibleForFree")) is False]
        if free is None and not paid:
            continue
        selectors = [text for part in paid for text in _list(part.get("cssSelector")) if isinstance(text, str)]
        is_free = free if free is not None else False
        source = "" if is_free else "isAccessibleForFree"
        return Declared(is_free, source, None, tuple(selectors[:MAX_SELECTORS]), _number(node.get("wordCount")))
    return NOTHING_SAID


def declared(of_data: Declared, metas: Mapping[str, Sequence[str]], tree: Element) -> Declared:
    """Add to what the structured data say what <meta> elements and microdata say."""
    free, source, tier = of_data.free, of_data.source, None
    for name, contents in metas.items():
        value = contents[0].strip().lower()
        if _TIER_META.fullmatch(name):
            found = _TIERS.get(value)
            if found and tier is None:
                tier = found
                source = name if found != "free" else source
        elif value in _YES | _NO:
            if _PAID_META.fullmatch(name) and value in _YES:
                free, source = (False, name) if free is None else (free, source)
            elif _FREE_META.fullmatch(name) and free is None:
                free, source = value in _YES, name
    marked = [node for node in _MARKED(tree) if node.tag != "meta"]
    if free is None and marked:
        value = marked[0].get("content") or marked[0].get("href") or marked[0].text_content()
        free, source = _flag(value), "isAccessibleForFree"
    selectors = of_data.selectors
    if free is False and not selectors:
        selectors = tuple(node.get("content", "") for node in tree.xpath("//meta[@itemprop='cssSelector']"))
    return Declared(free, source, tier, selectors, of_data.words)


def holds_text(tree: Element, selectors: Iterable[str], lines: Sequence[str]) -> bool | None:
    """Return whether an element that a selector names has lines of the text. None if no selector can be read."""
    probes = [flat for line in lines if len(flat := squeeze(line)) >= MIN_PROBE_CHARS]
    paths = [path for text in selectors for one in text.split(",") if (path := xpath_of(one))]
    if not paths:
        return None
    texts = (squeeze(node.xpath("string()")) for path in paths for node in tree.xpath(path)[:MAX_ELEMENTS])
    return any(any(probe in text for probe in probes) for text in texts)


def xpath_of(selector: str) -> str | None:
    """Return the XPath of a CSS selector of tags, classes, ids and attributes, nested or not. None if it is another."""
    steps = []
    for compound in selector.replace(">", " ").split():
        if not _COMPOUND.fullmatch(compound):
            return None
        tag = found[0] if (found := re.match(r"[a-z][\w-]*", compound, re.IGNORECASE)) else "*"
        conditions = []
        for kind, name, attribute, value in _SIMPLE.findall(compound):
            if kind == ".":
                conditions.append(f"[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")
            elif kind:
                conditions.append(f"[@id='{name}']")
            else:
                conditions.append(f"[@{attribute}='{value}']" if value else f"[@{attribute}]")
        steps.append(f"//{tag.lower()}{''.join(conditions)}")
    return "".join(steps) if 0 < len(steps) <= MAX_STEPS else None


def _flag(value: object) -> bool | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value")
    text = str(value).strip().lower().rpartition("/")[2]
    return True if text in _YES else False if text in _NO else None


def _number(value: object) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]
