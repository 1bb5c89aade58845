import pytest

from ingest.errors import Refused
from ingest.web.guard import ForbiddenAddress, Guard


@pytest.mark.parametrize(
    ("ip", "kind"),
    [
        ("0.0.0.0", "an unspecified"),
        ("10.1.2.3", "a private"),
        ("100.64.0.1", "a carrier's shared"),
        ("127.8.9.1", "a loopback"),
        ("169.254.169.254", "a link-local"),
        ("172.31.0.1", "a private"),
        ("192.0.0.192", "a reserved"),
        ("192.0.2.1", "a private"),
        ("192.88.99.1", "a reserved"),
        ("192.168.1.1", "a private"),
        ("198.18.0.1", "a benchmark"),
        ("224.0.0.1", "a multicast"),
        ("240.0.0.1", "a reserved"),
        ("255.255.255.255", "a reserved"),
        ("::", "an unspecified"),
        ("::1", "a loopback"),
        ("::ffff:127.0.0.1", "a loopback"),
        ("::127.0.0.1", "a loopback"),
        ("64:ff9b::a9fe:a9fe", "a link-local"),
        ("::ffff:0:127.0.0.1", "a reserved"),
        ("3fff::1", "a reserved"),
        ("5f00::1", "a reserved"),
        ("64:ff9b:1::a00:1", "a reserved"),
        ("64:ff9b:1:7f00:0:100:808:808", "a reserved"),
        ("2002:7f00:1::", "a loopback"),
        ("2001:0:7f00:1::", "a private"),
        ("168.63.129.16", "a cloud's own"),
        ("::ffff:168.63.129.16", "a cloud's own"),
        ("2001:db8::1", "a private"),
        ("fc00::1", "a private"),
        ("fe80::1", "a link-local"),
        ("fe80::1%eth0", "a link-local"),
        ("fec0::1", "a reserved"),
        ("ff02::1", "a multicast"),
    ],
)
def test_an_address_that_is_not_public_is_refused_by_its_kind(ip, kind):
    with pytest.raises(ForbiddenAddress) as caught:
        Guard(()).check_address(ip)
    assert f" is {kind} address; add it to web.allow_addresses to permit it" in caught.value.cause


@pytest.mark.parametrize("ip", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_public_addresses_pass(ip):
    Guard(()).check_address(ip)


@pytest.mark.parametrize("ip", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_an_allowed_network_passes_in_any_notation(ip):
    Guard(["127.0.0.0/8"]).check_address(ip)


def test_allowing_one_network_allows_no_other():
    guard = Guard(["127.0.0.0/8", "fd00::/8"])
    guard.check_address("fd12::1")
    for ip in ("10.0.0.1", "::1", "fc00::1"):
        with pytest.raises(ForbiddenAddress):
            guard.check_address(ip)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:7f00:1]", "169.254.169.254", "0",
     "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[2002:7f00:1::]", "[64:ff9b::127.0.0.1]",
     "\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021", "a:b@127.1"],
)  # fmt: skip
def test_a_url_that_spells_out_a_refused_address_is_refused(host):
    with pytest.raises(Refused, match="address; add it to"):
        Guard(()).check_url(f"http://{host}:8080/")


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "file:///etc/passwd", "gopher://x/", "data:text/plain,x", "nonsense", "http://"]
)
def test_only_http_urls_with_a_host_pass(url):
    with pytest.raises(Refused) as caught:
        Guard(()).check_url(url)
    assert caught.value.url == url


def test_a_name_is_judged_only_when_connecting():
    assert Guard(()).check_url("http://localhost/").host == "localhost"
