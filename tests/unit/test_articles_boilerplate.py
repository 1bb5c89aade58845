import pytest

from ingest.articles.boilerplate import line_key, repeated, without

CALL = "Sign up for the morning letter and get our best pieces in your inbox."
RIGHTS = "This text may not be published, broadcast or rewritten without our written consent."
BOX = "Ruth Adeyemi covers courts and prisons; before that she wrote for The Lantern for ten years."
CHINESE = "欢迎订阅我们的每日新闻邮件、每天清晨为您送上最重要的消息。"
SUBJECTS = "harbour ferry,orchard pruning,tram tunnel,chess final,heath fire,glass bridge".split(",")


def article(number: int, *boilerplate: str) -> str:
    """A text of its own, with lines that are not."""
    subject = SUBJECTS[number]
    lines = [
        f"The {subject} was on every tongue in town number {number} when the council met last week."
        if line == 0
        else f"Paragraph {line} on the {subject} says what {'abcdef'[number] * 6} and {'uvwxyz'[line % 6] * 7} found."
        for line in range(8)
    ]
    return "\n".join([*lines[:4], *boilerplate, *lines[4:]])


@pytest.mark.parametrize("line", [CALL, RIGHTS, BOX, CHINESE])
def test_a_line_in_three_articles_of_a_site_is_boilerplate(line):
    assert repeated([article(n, line) for n in range(2)]) == {}
    assert repeated([article(n, line) for n in range(3)]) == {line_key(line): 3}


def test_the_same_article_three_times_teaches_nothing():
    assert repeated([article(0, CALL), f"{article(0, CALL)}\nUpdated.", article(0, CALL).replace("8", "9")]) == {}


@pytest.mark.parametrize(
    "line",
    [
        "Conclusion",
        "Frequently Asked Questions (FAQs)",
        "Why you should trust our long-term tests:",
        "What is the one book that has changed the way you think?",
        "from sklearn.model_selection import train_test_split",
        "const server = http.createServer((request, response) => {",
        "pip install --upgrade requests_toolbelt==1.2.3 --quiet --user",
        "8 GB | 256 GB",
        "结论与展望",
    ],
)
def test_headings_questions_labels_code_and_cells_may_repeat(line):
    assert repeated([article(n, line) for n in range(6)]) == {}


def test_the_background_of_a_running_story_is_not_boilerplate():
    background = "The harbour ferry was stopped in March after the council found that its harbour licence had ended."
    about = "The ferry is the council's affair, says the harbour master; its licence ended in March, as was found."
    common = f"{about}\n{background}\nStopped it stays"
    stories = [f"{article(0).replace('a', vowel)}\n{common}, said {vowel * 9}." for vowel in "eio"]
    assert line_key(background) not in repeated(stories + [article(n) for n in range(1, 6)])


def test_reports_of_one_template_lose_nothing():
    def report(week: int) -> str:
        figures = (f"{week}.{week + 3}", f"{4000 + 37 * week}", f"{week * 7 % 10}")
        return "\n".join(
            [
                "The index ended the week at {1} points, {0} per cent above the week before.",
                "Trading was calm, as brokers waited for the figures of the central bank.",
                "Banks gained {0} per cent; utilities and telecoms lost {2} per cent on average.",
                "The central bank meets on Thursday, and most brokers expect no change of its rates.",
                f"Broker number {week} said {'xyzuvw'[week] * 8}.",
            ]
        ).format(*figures)

    reports = [report(week) for week in range(6)]
    assert repeated(reports) == {}
    assert repeated([*reports, *(article(n) for n in range(6))]) == {}


def test_a_line_with_other_figures_says_something_of_its_own():
    counted = "So far {} people in this town have signed the petition for its bridge."
    assert repeated([article(n, counted.format(n * 100 + 7)) for n in range(6)]) == {}


def test_boilerplate_goes_whatever_its_case_spaces_and_year():
    line = "© 2024 The Kestrel Wire. No part of this may be used without asking."
    boilerplate = frozenset(repeated([article(n, line) for n in range(3)]))
    later = line.replace("2024", "2025").replace("Kestrel Wire", "KESTREL  WIRE")
    assert without(article(4, later), boilerplate) == article(4)


def test_a_text_that_would_lose_too_much_loses_nothing():
    short = f"The bridge opens on Sunday.\n{CALL}\n{RIGHTS}"
    assert without(short, frozenset(map(line_key, (CALL, RIGHTS)))) == short
