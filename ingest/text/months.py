# ruff: noqa: RUF001 (Turkish, Cyrillic and Greek letters are meant)
"""The names of months and days of the week in the languages of news pages."""

from collections import Counter, defaultdict
from functools import cache

from ingest.text.words import fold

MIN_LETTERS = 3  # of a month's abbreviation

# In the form of dates: the genitive where a language has it. "de-AT" is Austrian and also has "maerz".
_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "de-AT": "jänner februar maerz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "da": "januar februar marts april maj juni juli august september oktober november desember",
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta"
    " marraskuuta joulukuuta",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "hu": "január február március április május június július augusztus szeptember október november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "el": "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου"
    " δεκεμβρίου",
}
# All forms of a day that a language has, but forms that are also other words.
_WEEKDAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "de": "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "de-AT": "sonnabend",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
    "da": "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    "fi": "maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina",
    "pl": "poniedziałek wtorek środę środa czwartek piątek sobotę sobota niedzielę niedziela",
    "cs": "pondělí úterý středu středa čtvrtek pátek neděli neděle",
    "tr": "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
    "ru": "понедельник вторник среду среда четверг пятницу пятница субботу суббота воскресенье",
    "uk": "понеділок вівторок середу середа четвер п'ятницю п'ятниця суботу субота неділю неділя",
}


def months(language: str) -> list[str]:
    """Return the names of the twelve months in a language (see `_MONTHS`), in lower case."""
    return _MONTHS[language].split()


def weekdays(language: str) -> list[str]:
    """Return the names of the days of the week in lower case, some in several forms. Some languages have none."""
    return _WEEKDAYS.get(language, "").split()


def month(name: str) -> int | None:
    """Return the number of a month, 1 to 12. Return None if `name` is not a month's, or may be that of two."""
    return _numbers().get(fold(name))


@cache
def _numbers() -> dict[str, int]:
    """Map each name and each of its abbreviations to the month that most languages mean by it."""
    meant: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for language in _MONTHS:
        for number, name in enumerate(map(fold, months(language)), 1):
            for letters in range(min(MIN_LETTERS, len(name)), len(name) + 1):
                meant[name[:letters]][number] += 1
    ranked = {name: numbers.most_common(2) for name, numbers in meant.items()}
    return {name: first[0] for name, (first, *others) in ranked.items() if not others or first[1] > others[0][1]}
