"""Element names of feeds that readers do not know: under a prefix nobody declares, in a namespace of another kind."""

import re

_CORE = (
    rb"rss|channel|image|item|feed|entry|title|link|description|guid|pubDate|author|category|comments|enclosure|id|summary"
    rb"|content|published|updated|issued|modified|created"
)
_PREFIXED = re.compile(rb"(</?)[A-Za-z_][\w.-]*:(?=(?:" + _CORE + rb")[\s/>])", re.IGNORECASE)
_DEFAULT_NAMESPACE = re.compile(
    rb"(<(?:rdf:RDF|" + _CORE + rb")(?:\s[^<>]*?)?)\sxmlns\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*')", re.IGNORECASE
)


def bare(body: bytes) -> bytes:
    """Return the document with the names of RSS and Atom in no namespace.

    It is for documents of which nothing could be read: an extension's `media:title` becomes a title too.
    """
    return _DEFAULT_NAMESPACE.sub(rb"\1", _PREFIXED.sub(rb"\1", body))
