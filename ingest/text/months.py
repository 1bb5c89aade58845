"""The names of months as pages write them, whole or cut short."""

from collections import Counter, defaultdict

from ingest.text.words import fold

SHORTEST = 3  # letters of a month cut short

# One line a language, one word a month, in the form that dates take.
_NAMES = """
january february march april may june july august september october november december
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
januar februar marz april mai juni juli august september oktober november dezember
janner februar maerz april mai juni juli august september oktober november dezember
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts april maj juni juli august september oktober november desember
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia
ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince
januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
gener febrer marc abril maig juny juliol agost setembre octubre novembre desembre
ocak subat mart nisan mayıs haziran temmuz agustos eylul ekim kasım aralık
januari februari maret april mei juni juli agustus september oktober november desember
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου
"""  # noqa: E501, RUF001


def _by_name() -> dict[str, int]:
    """Each name and each of its beginnings, for the month that most languages mean by it."""
    meant: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for line in _NAMES.strip().split("\n"):
        for number, name in enumerate(line.split(), 1):
            folded = fold(name)
            for length in range(min(SHORTEST, len(folded)), len(folded) + 1):
                meant[folded[:length]][number] += 1
    ranked = {name: numbers.most_common(2) for name, numbers in meant.items()}
    return {name: first[0] for name, (first, *others) in ranked.items() if not others or first[1] > others[0][1]}


_MONTHS = _by_name()


def month(name: str) -> int | None:
    """1 to 12; None for what names no month, or might name two."""
    return _MONTHS.get(fold(name))
