import os
import re
import socket
import tomllib
from pathlib import Path

import pytest

from ingest.configuration import settings
from ingest.configuration.directory import BUNDLED
from ingest.errors import ConfigError


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in list(os.environ):
        if name.upper().startswith("INGEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> Path:
        (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def sections():
    return settings.SECTIONS


def faults(config_dir: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        settings.load(config_dir)
    return str(raised.value).splitlines()


def test_without_a_file_everything_is_at_its_default(tmp_path):
    loaded = settings.load(tmp_path)
    assert loaded == settings.Settings()
    assert loaded.archive.path == Path("news.db")
    assert loaded.poll.min_interval_s == 300
    assert re.fullmatch(r"ingest/[\d.]+ \(news archiver; postmaster@[a-z0-9.-]+\)", loaded.web.user_agent)
    assert loaded.articles.workers >= 1


def test_the_bundled_file_names_every_key_with_its_true_default():
    text = (BUNDLED / "settings.toml").read_text(encoding="utf-8").partition("# [[")[0]
    stated = tomllib.loads(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))
    true = settings.Settings().model_dump(mode="json", exclude=set(settings.TABLES))
    assert stated["articles"].pop("workers") >= 1  # the default is the cores of the machine
    stated["web"]["user_agent"] = stated["web"]["user_agent"].replace("@host", f"@{socket.gethostname().lower()}")
    del true["articles"]["workers"]
    assert stated == true


def test_the_bundled_file_changes_nothing():
    assert settings.load(BUNDLED) == settings.Settings()


def test_the_file_sets_what_it_names_and_nothing_else(written):
    loaded = settings.load(written('[web]\ntimeout_s = 5\nallow_addresses = ["127.0.0.0/8"]\n'))
    assert loaded.web.timeout_s == 5.0
    assert loaded.web.allow_addresses == ("127.0.0.0/8",)
    assert loaded.web.max_bytes == 10 * 1024 * 1024


def test_the_environment_beats_the_file_key_by_key(written, monkeypatch):
    monkeypatch.setenv("INGEST_POLL__CONCURRENCY", "7")
    monkeypatch.setenv("INGEST_WEB__ROBOTS", "false")
    monkeypatch.setenv("INGEST_DAEMON__HTTP", "")
    monkeypatch.setenv("INGEST_ARCHIVE__PATH", "/data/news.db")
    loaded = settings.load(written("[poll]\nconcurrency = 3\nmin_interval_s = 60\n"))
    assert (loaded.poll.concurrency, loaded.poll.min_interval_s) == (7, 60)
    assert loaded.web.robots is False
    assert loaded.daemon.http == ""
    assert loaded.archive.path == Path("/data/news.db")


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("127.0.0.0/8, fd00::/8", ("127.0.0.0/8", "fd00::/8")),
        ('["127.0.0.0/8"]', ("127.0.0.0/8",)),
        ("", ()),
    ],
)
def test_a_list_in_the_environment_is_json_or_has_commas(tmp_path, monkeypatch, text, networks):
    monkeypatch.setenv("INGEST_WEB__ALLOW_ADDRESSES", text)
    assert settings.load(tmp_path).web.allow_addresses == networks


def test_an_unknown_key_is_answered_with_the_known_ones(written):
    config_dir = written("[poll]\nmin_interval = 60\n")
    (result,) = faults(config_dir)
    where, _, what = result.partition(": ")
    assert where == f"{config_dir}/settings.toml"
    assert (
        what
        == "poll.min_interval: unknown key; [poll] knows concurrency, max_interval_s, min_interval_s, requests_per_day"
    )


def test_every_fault_is_shown_at_once(written):
    result = faults(written('[pol]\nx = 1\n[web]\ntimeout_s = "fast"\nrobots = 1\n[archive]\nname = "a"\n'))
    assert sorted(line.split(": ", 1)[1] for line in result) == [
        "archive.name: unknown key; [archive] knows keep_pages, path",
        "pol: unknown section; there are archive, poll, web, articles, daemon, backups, reports, exports, hooks",
        "web.robots: 1 is not true or false",
        'web.timeout_s: "fast" is not a number of seconds above 0',
    ]


def test_a_schedule_is_refused_with_the_reason_and_a_name_only_once(written):
    text = '[backups]\nschedule = "0 0 31 2 *"\n[[exports]]\nname = "Nightly"\n[[exports]]\nname = "nightly"\n'
    line = '"0 0 31 2 *" is not a crontab line such as "30 3 * * mon-fri", or ""'
    assert [line.split(": ", 1)[1] for line in faults(written(text))] == [
        f"backups.schedule: {line}: its day never comes: none of its months is so long",
        "exports: nightly: two exports have this name; give each its own",
    ]


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("archive", "path = 3"),
        ("poll", "concurrency = 0"),
        ("poll", 'concurrency = "64"'),
        ("poll", "concurrency = true"),
        ("poll", "min_interval_s = 0"),
        ("web", 'user_agent = ""'),
        ("web", 'user_agent = "a\\nX-Injected: b"'),
        ("web", 'user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"'),
        ("web", "timeout_s = 0"),
        ("web", "timeout_s = nan"),
        ("web", "per_host_interval_s = inf"),
        ("web", "max_bytes = 1.5"),
        ("web", 'allow_addresses = ["10.0.0.1/8"]'),
        ("web", "allow_addresses = [3]"),
        ("web", 'proxy = "proxy:3128"'),
        ("web", 'proxy = "socks5://proxy:1080"'),
        ("web", 'ca_file = "/nowhere/ca.pem"'),
        ("articles", "workers = 0"),
        ("articles", 'method = "readability"'),
        ("articles", 'cluster = "local:0"'),
        ("articles", 'cluster = "127.0.0.1:8786"'),
        ("articles", 'cluster = "tcp://host"'),
        ("articles", 'cluster = "tls://u:p@host:8786"'),
        ("daemon", 'http = "9464"'),
        ("daemon", 'http = "localhost:99999"'),
        ("daemon", 'http = "http://localhost:80"'),
    ],
)
def test_a_value_out_of_bounds_is_shown_with_its_key_and_what_is_allowed(written, section, line):
    key = line.partition(" = ")[0]
    (result,) = faults(written(f"[{section}]\n{line}\n"))
    assert f"settings.toml: {section}.{key}: " in result
    assert result.endswith(f" is not {sections()[section].model_fields[key].description}")


def test_every_key_says_what_it_allows():
    keys = [field for section in sections().values() for field in section.model_fields.values()]
    assert all(field.description for field in keys)


@pytest.mark.parametrize("http", ["", "127.0.0.1:0", "[::1]:9464", "localhost:80"])
def test_the_daemon_listens_on_a_host_and_port_or_nowhere(written, http):
    assert settings.load(written(f'[daemon]\nhttp = "{http}"\n')).daemon.http == http


@pytest.mark.parametrize("where", ["", "local:2", "tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tls://dask:8786"])
def test_the_cluster_of_the_command_line_comes_first(written, where):
    loaded = settings.load(written('[articles]\ncluster = "local:1"\n'))
    assert settings.with_cluster(loaded, where).articles.cluster == where
    assert settings.with_cluster(loaded, None).articles.cluster == "local:1"


def test_a_wrong_cluster_of_the_command_line_is_refused():
    with pytest.raises(ConfigError, match=r"^--cluster 'dask' is not a cluster: give \"local:N\" with"):
        settings.with_cluster(settings.Settings(), "dask")


def test_a_proxy_and_a_certificate_file_are_taken_as_written(written, tmp_path):
    (tmp_path / "ca.pem").touch()
    loaded = settings.load(written(f'[web]\nproxy = "http://u:p@proxy:3128"\nca_file = "{tmp_path}/ca.pem"\n'))
    assert loaded.web.proxy == "http://u:p@proxy:3128"
    assert loaded.web.ca_file == f"{tmp_path}/ca.pem"


def test_the_least_interval_cannot_be_above_the_most(written):
    (result,) = faults(written("[poll]\nmin_interval_s = 100_000\n"))
    assert result.endswith("settings.toml: poll: min_interval_s (100000) is above max_interval_s (86400)")


def test_a_fault_of_the_environment_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("INGEST_WEB__TIMEOUT_S", "fast")
    monkeypatch.setenv("INGEST_POLL__BOGUS", "1")
    monkeypatch.setenv("INGEST_POLL__A__B", "1")
    monkeypatch.setenv("INGEST_NOPE__KEY", "1")
    assert sorted(faults(tmp_path)) == [
        f"INGEST_NOPE__KEY: unknown section; there are {', '.join(settings.SECTIONS)}",
        "INGEST_POLL__A__B: unknown key; [poll] knows concurrency, max_interval_s, min_interval_s, requests_per_day",
        "INGEST_POLL__BOGUS: unknown key; [poll] knows concurrency, max_interval_s, min_interval_s, requests_per_day",
        'INGEST_WEB__TIMEOUT_S: "fast" is not a number of seconds above 0',
    ]


def test_intervals_crossed_by_the_environment_name_the_variable(written, monkeypatch):
    monkeypatch.setenv("INGEST_POLL__MIN_INTERVAL_S", "60")
    (result,) = faults(written("[poll]\nmax_interval_s = 50\n"))
    assert result.startswith("INGEST_POLL__MIN_INTERVAL_S: ")


def test_other_variables_of_the_prefix_are_not_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("INGEST_HOME", "/srv")
    monkeypatch.setenv("INGEST_WEB", "not json")
    assert settings.load(tmp_path) == settings.Settings()


def test_a_section_that_is_a_value_is_a_fault(written):
    (result,) = faults(written("web = 3\n"))
    assert result.endswith("settings.toml: web: 3 is not a section; write [web] and its keys below")


def test_a_syntax_error_names_its_line(written):
    (result,) = faults(written("[poll]\nconcurrency =\n"))
    assert "settings.toml: is not TOML: " in result
    assert "line 2" in result


def test_a_file_that_cannot_be_read_is_a_fault_and_not_a_default(tmp_path):
    (tmp_path / "settings.toml").mkdir()
    (result,) = faults(tmp_path)
    assert result.endswith("settings.toml: a folder, not a file; put a file in its place")


def test_a_long_value_is_cut_in_the_sentence():
    assert len(settings.shown("x" * 1000)) == 60


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        settings.Settings().web.timeout_s = 3.0  # type: ignore[misc]
