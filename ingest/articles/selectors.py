"""CSS selectors of a site, which its user gives: what is cut out of a page, and where its text is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selectors:
    """`keep`: the text of these elements is the article's. `drop`: these elements are cut out. Both are CSS."""

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


NO_SELECTORS = Selectors()


def selector_fault(selector: str) -> str | None:
    """Return why `selector` is not CSS that can be used. Return None if it is."""
    from cssselect import HTMLTranslator, SelectorError
    from lxml import etree

    try:
        etree.XPath(HTMLTranslator().css_to_xpath(selector))(etree.Element("html"))
    except (SelectorError, etree.XPathError) as error:
        return str(error)
    except RecursionError:
        return "it is too long; split it"
    except ValueError:  # of lxml
        return "it has a control character"
    return None
