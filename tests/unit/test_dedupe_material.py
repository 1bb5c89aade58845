import pytest

from ingest.dedupe.material import material_change, stable_hash, stable_text

TEXT = "The council has closed the bridge to lorries until the inspection is done.\nResidents are relieved."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("12 comments", "147 comments"),
        ("Comments (12)", "Comments (13)"),
        ("5 min read · 1.2k views", "5 min read · 3k views"),
        ("Updated: March 3, 2026 at 10:30 a.m. EST", "Updated: March 4, 2026 at 9:00 p.m. EST"),
        ("Mis à jour le 3 mars 2026 à 10h30", "Mis à jour hier"),
        ("Stand: 12.03.2026, 10:30 Uhr", "Stand: 13.03.2026, 08:05 Uhr"),
        ("By Ann Lee | Updated 3 March 2026", "By Ann Lee | Updated 5 March 2026"),
        ("Ann Lee · 5 min read · 12 comments", "Ann Lee · 5 min read · 13 comments"),
        ("2 hours ago", "Yesterday"),
        ("Il y a 3 heures", "Il y a 2 jours"),
        ("2026-03-01T10:30:00Z", "2026-03-02T11:00:00Z"),
        ("12 comments", ""),
    ],
)
def test_counters_and_dates_in_lines_of_their_own_are_not_a_change(before, after):
    assert not material_change("T", f"{TEXT}\n{before}", "T", f"{TEXT}\n{after}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The blast has killed five people.", "The blast has killed seven people."),
        ("At least 5 people were killed in the blast.", "At least 7 people were killed in the blast."),
        ("He died on 3 March 2026.", "He died on 4 March 2026."),
        ("12.5", "13.5"),
        ("", "Correction: an earlier version named the wrong bridge."),
        ("Residents are angry.", "Residents are relieved."),
    ],
)
def test_words_and_the_figures_in_them_are_a_change(before, after):
    assert material_change("T", f"{TEXT}\n{before}", "T", f"{TEXT}\n{after}")


def test_another_headline_is_a_change_and_another_typesetting_is_not():
    assert material_change("Bridge closed", TEXT, "Bridge open again", TEXT)
    assert not material_change("Bridge closed", TEXT, "BRIDGE  closed!", TEXT)
    assert not material_change(None, TEXT, "", TEXT)


def test_other_paragraph_breaks_are_not_a_change():
    assert not material_change("T", TEXT, "T", TEXT.replace("\n", " "))


def test_the_hash_is_of_the_stable_text():
    assert stable_hash("T", f"{TEXT}\n12 comments") == stable_hash("t", f"{TEXT}\n13 comments")
    assert stable_hash("T", TEXT) != stable_hash("T", f"{TEXT}\nMore.")
    assert stable_hash(None, None).startswith("1:")
    assert stable_text("2 hours ago") == ""
