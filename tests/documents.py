"""The documents of the checkout, as their tests read them."""

import re
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
ROOMS = "storage config ingest ingest/cli ingest/dedupe ingest/articles ingest/workers scripts".split()


@dataclass(frozen=True)
class Document:
    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(CHECKOUT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    @property
    def anchors(self) -> list[str]:
        """The anchors of its headings, as GitHub makes them."""
        titles = re.findall(r"^##+ (.+)$", self.prose, re.MULTILINE)
        return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]

    @property
    def links(self) -> list[str]:
        """The targets of its links, without those into the web."""
        return [link for link in re.findall(r"\]\(([^)\s]+)\)", self.prose) if "://" not in link]

    def section(self, title: str) -> str:
        """Return the text below a heading, down to the next heading of that level."""
        found = re.search(rf"^(#+) {re.escape(title)}$\n(.*?)(?=^\1 |\Z)", self.text, re.MULTILINE | re.DOTALL)
        assert found, f"{self} has no section {title!r}"
        return found[2]

    def blocks(self, language: str) -> list[str]:
        """Return its blocks of code in a language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)


README = Document(CHECKOUT / "README.md")
CHANGELOG = Document(CHECKOUT / "CHANGELOG.md")
ROOM_READMES = [Document(CHECKOUT / room / "README.md") for room in ROOMS]
READMES = [README, *ROOM_READMES]


def room(name: str) -> Document:
    return Document(CHECKOUT / name / "README.md")


def rows(text: str) -> list[list[str]]:
    """Return the cells of each row of the first table in `text`, without its head."""
    table = re.search(r"^\|.*?(?=^(?!\|)|\Z)", text, re.MULTILINE | re.DOTALL)
    assert table
    lines = table[0].splitlines()[2:]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
