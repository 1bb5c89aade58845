"""What `ingest show` prints of a text with structure: rendered on a terminal, Markdown in a pipe, the body if asked."""

import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from ingest.cli.output import text
from ingest.text.markup import columns_of

MARKDOWN = """## The *gate*

It [opens](https://a.example/gate_(1)) at **nine**.

> - one
>   - two
>
> 1. three

```python
def gate():
    return "open " * 40
```

| hour | who |
| --- | --- |
| nine | everybody who has come to see the orchard, and everybody who has come to see them |

![A gate](https://a.example/gate.jpg)\\
Photo: A. Person
"""
STYLE = re.compile(r"\x1b\[[\d;]*m")
HYPERLINK = re.compile(r"\x1b\]8;(?:id=\d+)?;([!-~]*)\x1b\\")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def copied(archived, folder):
    """A copy of the archive, to be written to. It is only read otherwise: nothing needs to be due or not."""
    shutil.copytree(archived.path, folder.path, dirs_exist_ok=True)
    return folder


@pytest.fixture
def article(copied):
    """Return a function that gives an archived article this Markdown and returns its id."""

    def write(markdown, **columns):
        with closing(sqlite3.connect(copied.archive)) as db, db:
            (id_,) = db.execute("SELECT min(id) FROM articles").fetchone()
            for name, value in {"markdown": markdown, **columns}.items():
                db.execute(f"UPDATE articles SET {name} = ? WHERE id = ?", [value, id_])
        return id_

    return write


@pytest.fixture
def on_terminal(copied):
    """Return a function that runs the command with stdout a terminal of so many columns, and returns what it gets."""

    def run(*words, columns=60):
        return copied.on_terminal(*words, columns=columns)

    return run


def test_a_pipe_gets_markdown_and_plain_is_the_body(copied, article):
    id_ = article(MARKDOWN)
    shown = copied.ingest("show", id_)
    assert shown.out.endswith(f"\n\n{MARKDOWN}\n")
    body = copied.ingest("show", id_, "--json").json["body"]
    assert copied.ingest("show", id_, "--plain").out.endswith(f"\n\n{body}\n")
    assert copied.ingest("show", id_, "--json").json["markdown"] == MARKDOWN


def test_an_article_without_markdown_is_its_body(copied, article):
    id_ = article(None)
    body = copied.ingest("show", id_, "--json").json["body"]
    assert copied.ingest("show", id_).out.endswith(f"\n\n{body}\n")


def test_a_terminal_gets_the_text_rendered_and_fitted(article, on_terminal):
    shown = on_terminal("show", article(MARKDOWN))
    assert set(HYPERLINK.findall(shown)) == {"", "https://a.example/gate_(1)", "https://a.example/gate.jpg"}
    shown = HYPERLINK.sub("", shown)
    assert "\x1b[1m" in shown
    lines = STYLE.sub("", shown).split("\n")
    assert not CONTROL.search("".join(lines))
    text_lines = lines[lines.index("", 2) :]
    assert max(map(columns_of, text_lines)) <= 60
    shown = "\n".join(text_lines)
    for piece in [
        "The gate\n",
        "It opens at nine.",
        "▌  • one",
        "▌     • two",
        "▌  1 three",
        " def gate():",
        "A gate\nPhoto",
    ]:
        assert piece in shown
    assert "everybody who has come to see the orchard" in " ".join(shown.split())
    assert not re.search(r"\*\*|```|\]\(|^#", shown, re.MULTILINE)


def test_a_picture_is_shown_as_its_alternative_text(article, on_terminal):
    shown = on_terminal("show", article("![The \\[old\\] *gate* &amp; `door`](https://a.example/gate.jpg)"))
    assert "The [old] gate & door" in STYLE.sub("", HYPERLINK.sub("", shown))


def test_access_and_its_reason_are_fields(copied, article):
    shown = copied.ingest("show", article(MARKDOWN, access="partial", access_reason="isAccessibleForFree")).out
    assert "        access  partial\n access_reason  isAccessibleForFree\n" in shown


HOSTILE = (
    "\x1b]0;owned\x07 &#27;[31m &#x9b;31m &#x202e;over \u202e `\x1b[2J` [a\x1b[31m](https://a.example/\x1b\\\x07;b)"
    " [b](https://a.example/&#27;\\&#7;c) ![\x9b](https://a.example/\x9b)\n\n```\x1b[31m\n\x1b[31m\tcode\x07\n```\n\n"
    "| \x1b[1m |\n| --- |\n| &#x9b; |\n\n# \x1b[5m\n\n<b\x1b[1m>\n\n"
    "[c](<https://a.example/ \x07>) [d](javascript:alert)"
)  # fmt: skip


def test_no_text_and_no_address_can_control_the_terminal(copied, article, on_terminal):
    id_ = article(HOSTILE)
    assert not CONTROL.search(copied.ingest("show", id_).out)
    shown = on_terminal("show", id_)
    addresses = HYPERLINK.findall(shown)
    assert len(addresses) > 4
    assert not CONTROL.search(STYLE.sub("", HYPERLINK.sub("", shown)).replace("\n", ""))
    assert not any(address.startswith("javascript") for address in addresses)


@pytest.mark.parametrize(
    "markdown",
    [
        f"{'> ' * 14}deep",
        f"{'- ' * 9}deep",
        f"| {'cell | ' * 30}\n|{' --- |' * 30}\n| {'cell | ' * 30}",
        f"| {'x' * 300} | y |\n| --- | --- |\n| {'z' * 300} | 1 |",
        f"```\n{'x' * 300}\n```",
        "w" * 300,
        "```nnn\nx\n```",
    ],
)
def test_no_text_is_lost_on_a_narrow_terminal(copied, article, monkeypatch, markdown):
    monkeypatch.setattr(text, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    id_ = article(markdown)
    shown = copied.ingest("show", id_).out
    for letter in "deeplxyzw":
        assert shown.split("bytes compressed")[-1].count(letter) >= markdown.count(letter)


def test_a_long_article_is_shown_to_its_end(article, on_terminal):
    shown = on_terminal("show", article(f"{MARKDOWN}\n" * 100 + "\nThe end."))
    assert shown.count("Photo: A. Person") == 100
    assert shown.endswith("The end.\n")
