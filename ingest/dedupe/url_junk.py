"""Junk in URLs, which does not choose the page: tracking and session parameters, and punctuation at the end.

A parameter name is listed if no site is known to choose a page by it. A name that some site chooses a page by (`ref`,
`source`, `session_id`) counts as tracking only with a value that pages do not have.
"""

import re

_TRACKING_NAMES = frozenset(
    # advertisers' click identifiers
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid twclid ttclid yclid igshid igsh srsltid"
    " li_fat_id s_kwcid ef_id gad_source gad_campaignid _ga _gl"
    # newsletters and marketing suites
    " mc_cid mc_eid _hsenc _hsmi mkt_tok ml_subscriber ml_subscriber_hash ck_subscriber_id _bhlid spm"
    " wickedid"
    # web statistics: Adobe, AT Internet (BBC, the French press), comScore, Webtrends, Matomo
    " s_cid sc_cid intcmp intcid xtor at_medium at_campaign at_campaign_type at_format at_ptr_name"
    " at_bbc_team ns_campaign ns_mchannel ns_source ns_linkname ns_fee wt.mc wt_mc wt.mc_id wt_mc_id"
    " wt.tsrc wt.rss_f wt.rss_a pk_campaign pk_kwd pk_source pk_medium"
    # sessions, as servers write them for clients without cookies
    " phpsessid jsessionid aspsessionid cfid cftoken"
    # single publishers and platforms
    " cmpid ftag ocid ito smid smtyp guccounter guce_referrer guce_referrer_sig __twitter_impression"
    " ref_src ref_url taid sr_share".split()
)
_TRACKING_PREFIXES = ("utm_", "mtm_", "hsa_", "vero_", "oly_", "at_custom", "at_link_", "gaa_")
_CASED_NAMES = frozenset({"CMP"})  # the Guardian's; `cmp` in lower case compares products on other sites

_AMBIGUOUS_NAMES = frozenset("ref source src from via partner emc mod ncid icid cid cmp campaign".split())
# Sessions of servers, and of conferences.
_SESSION_NAMES = frozenset("session sessionid session_id sessid sess_id sid".split())
# A session's id on servers: PHP 26 or 32 letters and figures, Java and phpBB 32, Django 32. A page's identifier is a
# number, words, a UUID with its hyphens, or an ObjectId of 24.
_SESSION_VALUE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{26,}(?:\.\w+)?", re.IGNORECASE)
_FEED_VALUE = re.compile(r"(?:rss|atom)(?:$|[^a-z])", re.IGNORECASE)
_DOMAIN_VALUE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)

_JUNK_AT_END = re.compile(
    r"(?:[.,;:&]"
    r"|%(?:0[9AD]|20|3[CE]|60|C2%A0|C2%BB|E2%80%(?:8[B-F]|9[89CD]|AF)|E2%81%A0|EF%BB%BF)"  # white, zero-width, quotes
    r"|&(?:quot|apos|lt|gt|nbsp);)$",
    re.IGNORECASE,
)
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("%5B", "%5D"), ("%7B", "%7D"))
_QUOTES = ("'", "%27", "%22")
_ABBREVIATION = re.compile(r"(?:^|[/_.=+-])[A-Z][A-Za-z]{0,3}\.$")


def is_tracking(name: str, value: str) -> bool:
    """Return whether a percent-normalised parameter says how the reader came, not which page is wanted.

    `ref=<a domain>` names the referring site, as Ghost writes it.
    """
    lower = name.lower()
    return (
        lower in _TRACKING_NAMES
        or lower.startswith(_TRACKING_PREFIXES)
        or name in _CASED_NAMES
        or (lower in _SESSION_NAMES and _SESSION_VALUE.fullmatch(value) is not None)
        or (lower in _AMBIGUOUS_NAMES and _FEED_VALUE.match(value) is not None)
        or (lower == "feed" and value == "rss")  # only this value: WordPress chooses a feed's format by `feed=rss2`
        or (lower == "ref" and _DOMAIN_VALUE.fullmatch(value) is not None)
    )


def without_junk(text: str) -> str:
    """Return a percent-escaped path, query or URL without punctuation, quotes and white space at its end.

    They come from text that the URL was cut out of. A bracket with a partner before it stays (`/wiki/Alien_(film)`),
    and so do the second of two quotes and the stop of an abbreviation (`/wiki/Washington,_D.C.`).
    """
    while (shorter := _without_last_junk(text)) != text:
        text = shorter
    return text


def _without_last_junk(text: str) -> str:
    for opening, closing in _BRACKETS:
        if text.endswith(closing) and text.count(opening) < text.count(closing):
            return text.removesuffix(closing)
    for quote in _QUOTES:
        before = text.removesuffix(quote)
        if before != text and (before.count(quote) % 2 == 0 or before.endswith(quote)):
            return before
    return text if _ABBREVIATION.search(text) else _JUNK_AT_END.sub("", text)
