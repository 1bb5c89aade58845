"""Whether a later text of an article is another text, or the same with other counters and dates.

A reader would call a change of words an edit. Lines with a time or a count ("Updated 3 March, 10:30",
"12 comments", "3 min read") change by themselves and are ignored; figures in the text are not.
"""

import re

from ingest.dedupe.fingerprint import normalise, versioned_hash
from ingest.text.months import months, weekdays

VERSION = 1
"""The method's version. Hashes of two versions cannot be compared. A change of `stable_text` needs a new version."""

MAX_WORDS = 12  # of a line with a time or a count; a longer line is prose

# As `normalise` writes them, in English, French, German, Spanish, Italian and Dutch.
_STAMPED = frozenset(
    "updated update published posted modified edited actualisé publié modifié mis mise jour aktualisiert veröffentlicht"
    " stand geändert actualizado publicado modificado aggiornato pubblicato modificato bijgewerkt gepubliceerd".split()
)
_COMMENTS = frozenset("comments commentaires kommentare comentarios commenti reacties réactions".split())
_COUNTED = _COMMENTS | frozenset(
    "comment commentaire kommentar comentario reaction reactions reply replies réponse réponses response responses view"
    " views vue vues aufrufe visitas like likes share shares partages point points vote votes read reads lecture"
    " lesezeit lectura lettura".split()
)
_CALENDAR = {
    *(name for language in ("en", "fr", "de", "es", "it", "nl") for name in months(language)),
    *(name for language in ("en", "fr", "de") for name in weekdays(language)),
}
_TIMES = _CALENDAR | frozenset(
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun"
    " today yesterday now ago aujourd hui hier heute gestern hoy ayer oggi ieri second seconds minute minutes min mins"
    " hour hours day days week weeks seconde secondes heure heures jours semaine semaines minuten stunde stunden tag"
    " tage tagen uhr minuto minutos hora horas día días minuti ora ore giorni uur utc gmt est edt pst pdt cet".split()
)
_BETWEEN = frozenset(
    "a m am pm p on at the of last first à le la il y vor am um der den el hace hay de il alle fa del op om laatst"
    " dernière zuletzt última ultimo and et und | · • / h".split()
)
_MARKS = _STAMPED | _COMMENTS  # beside one of these, a line's figures are times or counts
_KEYWORDS = _STAMPED | _COUNTED | _TIMES
_CHANGING = _KEYWORDS | _BETWEEN
_FIGURE = re.compile(r"[~+]?\d[\d.,:/'-]*(?:[a-z]{1,2}|[th][\d:.]+z?|h\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:t[\d:.]+z?)?|\d\d?[./]\d\d?[./]\d{2,4}|\d\d?:\d\d(?::\d\d)?")


def material_change(old_title: str | None, old_body: str, new_title: str | None, new_body: str) -> bool:
    """Return whether a reader finds another text. Typesetting, case, paragraphs and Unicode form do not count."""
    return normalise(old_title or "") != normalise(new_title or "") or not (
        normalise(old_body) == normalise(new_body) or stable_text(old_body) == stable_text(new_body)
    )


def stable_text(text: str) -> str:
    """Return the words of `text` (`normalise`) without words that change by themselves."""
    return " ".join(filter(None, map(_stable_line, text.split("\n"))))


def stable_hash(title: str | None, text: str | None) -> str:
    """Return "VERSION:" and 32 hexadecimal digits."""
    return versioned_hash(f"{normalise(title or '')}\n{stable_text(text or '')}", VERSION)


def _stable_line(line: str) -> str:
    words = normalise(line).split()
    if len(words) > MAX_WORDS:
        return " ".join(words)
    left = [word for word in words if word not in _CHANGING and not _FIGURE.fullmatch(word)]
    if left:
        return " ".join(words if _MARKS.isdisjoint(words) else left)
    # Figures alone may be a table's cell.
    return "" if any(word in _KEYWORDS or _DATE.fullmatch(word) for word in words) else " ".join(words)
