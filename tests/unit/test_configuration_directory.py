"""The configuration's folder: found, or written."""

from pathlib import Path

import pytest

from ingest.configuration import directory, feedlist, sites
from ingest.configuration.directory import BUNDLED
from ingest.errors import ConfigError


def test_the_folder_is_the_named_one_else_the_one_here_else_the_bundled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (directory.find_config_dir(None), directory.is_bundled(None)) == (BUNDLED, True)
    (tmp_path / "config").mkdir()
    assert (directory.find_config_dir(None), directory.is_bundled(None)) == (Path("config"), False)
    assert directory.find_config_dir(tmp_path) == tmp_path


def test_a_folder_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="there is no such folder"):
        directory.find_config_dir(tmp_path / "nope")


def test_init_writes_settings_and_an_empty_list_that_says_how_to_fill_it(tmp_path):
    target = tmp_path / "deep" / "config"
    assert directory.init(target) == [target / name for name in directory.FILES]
    assert sites.load(target) == sites.NO_SITES
    assert feedlist.load(target).feeds == ()
    assert all(line.startswith("#") for line in (target / "feeds.toml").read_text(encoding="utf-8").splitlines())
    assert "`ingest feeds add URL`" in (target / "feeds.toml").read_text(encoding="utf-8")
    example = [line.removeprefix("# ") for line in (target / "feeds.toml").read_text(encoding="utf-8").splitlines()[3:]]
    (target / "feeds.toml").write_text("\n".join(example))
    assert [feed.name for feed in feedlist.load(target).feeds] == ["Example"]


def test_init_with_the_sample_copies_the_bundled_list(tmp_path):
    directory.init(tmp_path / "config", sample=True)
    assert feedlist.load(tmp_path / "config").feeds == feedlist.load(BUNDLED).feeds


def test_init_overwrites_nothing(tmp_path):
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "feeds.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="exists already"):
        directory.init(tmp_path / "link")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "feeds.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"feeds\.toml: exists already"):
        directory.init(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feeds.toml", "link"]
    assert (tmp_path / "feeds.toml").read_text(encoding="utf-8") == "mine"


def test_init_where_nothing_can_be_written_is_a_fault(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        directory.init(tmp_path / "file" / "config")
