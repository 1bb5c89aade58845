"""CSS selectors of a site, which its user gives: what is cut out of a page before its text is chosen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selectors:
    """`keep`: only what is inside these elements is read. `drop`: these elements are cut out. Both are CSS."""

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


NO_SELECTORS = Selectors()


def selector_fault(selector: str) -> str | None:
    """Return why `selector` is not CSS that can be used. Return None if it is."""
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(selector)
    except SelectorError as error:
        return str(error)
    return None
