"""Bot checks by their headers and by their bodies."""

import pytest

from ingest.web.botcheck import MAX_BODY_BYTES, bot_check
from tests.builders_feeds import page

HEADERS = {
    "Cloudflare": [{"cf-mitigated": "challenge", "server": "cloudflare"}],
    "DataDome": [
        {"x-datadome": "protected"},
        {"x-dd-b": "2"},
        {"server": "DataDome"},
        {"set-cookie": "a=b; path=/, datadome=xyz; Max-Age=31536000"},
    ],
    "PerimeterX": [{"x-px-block": "1"}],
    "Imperva": [{"x-iinfo": "9-1-2 NNNN"}, {"set-cookie": "incap_ses_1_2=abc"}, {"x-cdn": "Imperva"}],
    "Akamai": [{"server": "AkamaiGHost", "set-cookie": "_abck=1"}, {"set-cookie": "ak_bmsc=1"}],
    "AWS WAF": [{"x-amzn-waf-action": "challenge"}, {"x-amzn-waf-action": "captcha"}],
    "Kasada": [{"x-kpsdk-ct": "abc"}],
}
BODIES = {
    "Cloudflare": [
        "<title>Just a moment...</title><script>window._cf_chl_opt={cvId:'3'}</script>",
        "<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>",
        "error code: 1020",
        "<title>Access denied | gazette.example used Cloudflare to restrict access</title><h1>Error 1020</h1>",
    ],
    "DataDome": [
        (
            "<p>Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c','cid':'A'}</script>"
            "<script src='https://ct.captcha-delivery.com/c.js'></script>"
        ),
        "<iframe src='https://geo.captcha-delivery.com/captcha/?initialCid=A'></iframe>",
    ],
    "Akamai": [
        (
            "<TITLE>Access Denied</TITLE><H1>Access Denied</H1>You don't have permission to access this server."
            "<P>Reference&#32;&#35;18&#46;2d9e1302&#46;1700000000&#46;1a2b3c"
        ),
        "<p>https://errors.edgesuite.net/18.2d9e1302.1700000000.1a2b3c</p>",
        "<div id='sec-if-cpt-container'></div>",
    ],
    "PerimeterX": [
        (
            "<title>Access to this page has been denied</title><script>window._pxAppId='PXabc'</script>"
            "<div id='px-captcha'></div>"
        ),
        "<p>Press &amp; Hold to confirm you are a human (and not a bot).</p>",
    ],
    "Imperva": [
        (
            "<iframe id='main-iframe' src='/_Incapsula_Resource?CWUDNSAI=9&incident_id=1-2'>"
            "Request unsuccessful. Incapsula incident ID: 1-2</iframe>"
        ),
    ],
    "AWS WAF": ["<script>window.gokuProps = {};</script><script>AwsWafIntegration.checkForceRefresh()</script>"],
    "Kasada": ["<script>window.KPSDK={};</script><script src='/149e9513/ips.js?x=1'></script>"],
    "Sucuri": ["<title>Sucuri WebSite Firewall - Access Denied</title>"],
}
CHALLENGES = {"Cloudflare", "AWS WAF"}
# What vendors put into the pages behind their checks.
TRACES = (
    "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
    "<script>window._pxAppId = 'PXabc'</script>",
    "<script src='/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3'></script>",
    "<script src='https://js.datadome.co/tags.js'></script>",
    "<script src='https://abc.edge.sdk.awswaf.com/challenge.js'></script>",
)
WORDS_OF_REFUSALS = {*BODIES["Cloudflare"][1:], BODIES["Akamai"][1]}
EACH_HEADER = [(vendor, headers) for vendor, each in HEADERS.items() for headers in each]
EACH_BODY = [(vendor, body) for vendor, bodies in BODIES.items() for body in bodies]


@pytest.mark.parametrize(("vendor", "headers"), EACH_HEADER)
@pytest.mark.parametrize("status", [403, 429])
def test_headers_of_a_refusal_name_the_vendor(vendor, headers, status):
    assert bot_check(status, headers, b"<p>No.") == vendor


@pytest.mark.parametrize(("vendor", "body"), EACH_BODY)
@pytest.mark.parametrize("status", [200, 202, 403, 429, 503])
def test_a_body_names_the_vendor_with_any_status(vendor, body, status):
    if status in {200, 202, 503} and body in WORDS_OF_REFUSALS:
        return  # they may stand in a page, or in an error page of the site
    assert bot_check(status, {}, body.encode()) == vendor


@pytest.mark.parametrize(("vendor", "headers"), EACH_HEADER)
def test_a_page_behind_a_check_is_a_page(vendor, headers):
    is_challenge = vendor in CHALLENGES
    assert bot_check(200, headers, page(1).encode()) == (vendor if is_challenge else None)


@pytest.mark.parametrize("trace", TRACES)
def test_an_article_with_a_vendors_script_is_an_article(trace):
    assert bot_check(200, {}, page(1, head=trace).encode()) is None
    assert bot_check(200, {}, page(1, head=trace).encode() + b" " * MAX_BODY_BYTES) is None


@pytest.mark.parametrize("trace", BODIES["PerimeterX"] + BODIES["DataDome"])
def test_an_article_that_shows_the_markup_of_a_check_is_an_article(trace):
    assert (
        bot_check(
            200,
            {},
            page(1, text=". ".join(f"Line {n} of a long text about checks" for n in range(60)), head=trace).encode(),
        )
        is None
    )


@pytest.mark.parametrize(("vendor", "headers"), EACH_HEADER)
@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_error_of_a_site_behind_a_check_is_no_check(vendor, headers, status):
    if vendor not in CHALLENGES:
        assert bot_check(status, headers, b"<h1>Error</h1>") is None


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_other_refusals_name_nobody(status):
    for body in (b"", b"<h1>Forbidden</h1>", page(1).encode(), b"\xff\xfe\0"):
        assert bot_check(status, {"server": "cloudflare", "cf-ray": "1"}, body) is None
        assert bot_check(status, {"server": "AkamaiGHost"}, body) is None
