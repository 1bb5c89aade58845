"""The documents keep their form, and name only files, scripts and options that exist."""

import re
import tomllib

import pytest

from tests.documents import CHANGELOG, CHECKOUT, README, READMES, ROOM_READMES, room, rows

GONE = re.compile(
    r"\b(look|looks|looked|looking|visits?|told|telling|furniture|elsewhere|standing|trailing|numbered|parts|whole"
    r"|plain|nature|facts|together|around)\b",
    re.IGNORECASE,
)
CODE = re.compile(r"`[^`\n]*`")
PATH = re.compile(r"(?<![\w/])(?:ingest|storage|scripts|tests|config|\.ci)/[\w/]*[a-z]\w*(?:\.\w+)?")
SCRIPT = re.compile(r"(?<![\w/.])scripts/[\w/]+\.\w+")


def test_the_readme_is_short():
    assert len(README.text.splitlines()) < 200


@pytest.mark.parametrize("document", ROOM_READMES, ids=str)
def test_a_rooms_readme_begins_with_a_table_of_its_contents(document):
    contents = document.text.partition("\n## ")[0]
    listed = re.findall(r"^- \[.+?\]\(#(.+?)\)$", contents, re.MULTILINE)
    assert listed == [anchor for anchor in document.anchors if anchor in listed]
    level_two = re.findall(r"^## (.+)$", document.prose, re.MULTILINE)
    assert len(listed) == len(level_two)


@pytest.mark.parametrize("document", READMES, ids=str)
def test_every_link_leads_to_a_file_and_a_heading(document):
    for link in document.links:
        path, _, anchor = link.partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        assert target.exists(), link
        if anchor:
            headings = next(other.anchors for other in READMES if other.path == target)
            assert anchor in headings, link


def test_the_readme_leads_to_every_rooms_readme():
    linked = {(CHECKOUT / link.partition("#")[0]).resolve() for link in README.links}
    assert {document.path for document in ROOM_READMES} <= linked


@pytest.mark.parametrize("document", [*READMES, CHANGELOG], ids=str)
def test_every_file_that_is_named_is_there(document):
    names = set(PATH.findall(document.text))
    assert [name for name in sorted(names) if not (CHECKOUT / name).exists()] == []


def test_every_script_that_the_code_names_is_there():
    files = [file for folder in ("ingest", "storage", "tests", "scripts") for file in (CHECKOUT / folder).rglob("*.py")]
    named = {name for file in files for name in SCRIPT.findall(file.read_text(encoding="utf-8"))}
    assert [name for name in sorted(named) if not (CHECKOUT / name).exists()] == []


@pytest.mark.parametrize("document", [*READMES, CHANGELOG], ids=str)
def test_gone_words_are_not_used(document):
    prose = CODE.sub("", document.prose)
    assert [match[0] for match in GONE.finditer(prose)] == []


def test_every_script_takes_the_options_that_are_named_for_it():
    for script in (CHECKOUT / "scripts").glob("**/*.py"):
        code = script.read_text(encoding="utf-8")
        path = script.relative_to(CHECKOUT).as_posix()
        usage = [line for line in code.split('"""')[1].splitlines() if f"python {path}" in line]
        for text in (document.text for document in READMES):
            usage += re.findall(rf"(?<!\w){re.escape(path)}[^`\n]*", text)
        for line in usage:
            for option in re.findall(r"(?<!\w)--[a-z-]+", line):
                assert f'"{option}"' in code, f"{path} has no {option}"


def test_every_bench_and_proof_is_described():
    described = room("scripts").text
    for folder in ("benches", "proofs"):
        for script in (CHECKOUT / "scripts" / folder).glob("*.py"):
            assert f"scripts/{folder}/{script.name}" in described


def test_every_script_at_the_top_is_described():
    described = {cells[0].strip("`").removeprefix("./") for cells in rows(room("scripts").section("For newcomers"))}
    shells = {f"scripts/{path.name}" for path in (CHECKOUT / "scripts").iterdir() if path.is_file() and not path.suffix}
    assert described == shells


def test_the_source_distribution_has_the_documents():
    included = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    folders = [name.strip("/") for name in included["include"]]
    for document in [*READMES, CHANGELOG]:
        assert any(str(document) == name or str(document).startswith(f"{name}/") for name in folders), str(document)


def test_the_changelog_keeps_its_form():
    versions = re.findall(r"^## (.+)$", CHANGELOG.text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", version) for version in versions[1:])
    kinds = set(re.findall(r"^### (.+)$", CHANGELOG.text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_readmes_figures_of_quality_are_those_of_the_articles_room():
    measured = {
        (cells[1].replace("product", "ingest"), cells[0]): cells[3]
        for cells in rows("".join(room("ingest/articles").text.partition("| set | tool |")[1:]))
    }
    sets = ("articles", "newspapers", "worldnews", "snippets")
    tools = [cells for cells in rows(README.section("How good, and at what cost")) if cells[1] != "–"]
    assert len(tools) == 4
    for tool, *figures in tools:
        assert figures[:4] == [measured[tool.split()[0], name] for name in sets], tool


def test_the_way_of_an_entry_is_short_and_names_real_files_and_shapes():
    table = rows(room("ingest").section("The way of an entry"))
    files = {name for cells in table for name in re.findall(r"`([^`]+)`", cells[2])}
    shapes = {name for cells in table for name in re.findall(r"`([^`]+)`", cells[3])}
    assert [name for name in sorted(files) if not (CHECKOUT / name).is_file()] == []
    assert len(files) < 25
    assert len(shapes) < 12
    code = "".join(path.read_text() for folder in ("ingest", "storage") for path in (CHECKOUT / folder).rglob("*.py"))
    assert [name for name in sorted(shapes) if f"class {name}" not in code] == []
