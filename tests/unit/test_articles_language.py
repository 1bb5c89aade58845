"""Which language an article has, by what page and feed declare and by its text."""
# ruff: noqa: RUF001 (the letters of other scripts are meant)

import pytest

from ingest.articles.language import choose

# One notice of a town council; none is a translation that a library could have learned from.
TEXTS = {
    "bg": "Общинският съвет реши в понеделник да запази ферибота и пристанището въпреки високите разходи. Корабът ще"
    " пътува всеки ден до края на септември, а билетът няма да поскъпне, каза кметът след гласуването.",
    "cs": "Městská rada v pondělí rozhodla, že přívoz i přístav zůstanou zachovány navzdory vysokým nákladům. Loď bude"
    " jezdit každý den až do konce září a jízdné se nezvýší, řekl starosta po hlasování.",
    "da": "Byrådet besluttede mandag at beholde færgen og havnen på trods af de høje udgifter. Skibet sejler hver dag"
    " frem til udgangen af september, og billetten bliver ikke dyrere, sagde borgmesteren efter afstemningen.",
    "de": "Der Stadtrat hat am Montag beschlossen, die Fähre und den Hafen trotz der hohen Kosten zu behalten. Das"
    " Schiff fährt bis Ende September jeden Tag, und die Karte wird nicht teurer, sagte der Bürgermeister.",
    "el": "Το δημοτικό συμβούλιο αποφάσισε τη Δευτέρα να διατηρήσει το πορθμείο και το λιμάνι παρά το υψηλό κόστος. Το"
    " πλοίο θα ταξιδεύει κάθε μέρα ως το τέλος Σεπτεμβρίου, είπε ο δήμαρχος μετά την ψηφοφορία.",
    "en": "The town council decided on Monday to keep the ferry and the harbour in spite of the high costs. The ship"
    " will sail every day until the end of September, and fares will not rise, the mayor said after the vote.",
    "es": "El consejo municipal decidió el lunes conservar el transbordador y el puerto a pesar de los altos costes. El"
    " barco navegará todos los días hasta finales de septiembre y el billete no subirá, dijo el alcalde.",
    "fr": "Le conseil municipal a décidé lundi de garder le bac et le port malgré les coûts élevés. Le bateau naviguera"
    " tous les jours jusqu’à la fin de septembre et le billet n’augmentera pas, a dit le maire après le vote.",
    "ja": "市議会は月曜日、高い費用にもかかわらず渡し船と港を維持することを決めた。船は九月末まで毎日運航し、"
    "運賃は上がらないと、採決のあとで市長が述べた。",
    "ko": "시의회는 월요일에 높은 비용에도 불구하고 여객선과 항구를 유지하기로 결정했다. 배는 9월 말까지 매일"
    " 다니며 요금은 오르지 않을 것이라고 시장이 표결 뒤에 말했다.",
    "nb": "Bystyret bestemte mandag å beholde fergen og havnen til tross for de høye utgiftene. Skipet skal gå hver dag"
    " fram til slutten av september, og billetten blir ikke dyrere, sa ordføreren etter avstemningen.",
    "pl": "Rada miasta zdecydowała w poniedziałek, że prom i port zostaną zachowane mimo wysokich kosztów. Statek"
    " będzie pływał codziennie do końca września, a bilet nie podrożeje, powiedział burmistrz po głosowaniu.",
    "pt": "A câmara municipal decidiu na segunda-feira manter a balsa e o porto apesar dos custos elevados. O navio vai"
    " navegar todos os dias até ao fim de setembro e o bilhete não vai subir, disse o presidente da câmara.",
    "ru": "Городской совет решил в понедельник сохранить паром и порт, несмотря на высокие расходы. Судно будет ходить"
    " каждый день до конца сентября, и билет не подорожает, сказал мэр после голосования.",
    "sk": "Mestská rada v pondelok rozhodla, že kompa aj prístav zostanú zachované napriek vysokým nákladom. Loď bude"
    " jazdiť každý deň až do konca septembra a cestovné sa nezvýši, povedal primátor po hlasovaní.",
    "tr": "Belediye meclisi pazartesi günü yüksek maliyete rağmen vapuru ve limanı korumaya karar verdi. Gemi eylül"
    " sonuna kadar her gün sefer yapacak ve bilet pahalanmayacak, dedi belediye başkanı oylamadan sonra.",
    "uk": "Міська рада в понеділок вирішила зберегти пором і порт, незважаючи на високі витрати. Судно ходитиме щодня"
    " до кінця вересня, і квиток не подорожчає, сказав міський голова після голосування.",
    "zh": "市议会星期一决定，尽管费用高昂，仍然保留渡轮和港口。市长在表决后说，渡轮将每天航行到九月底，票价不会上涨。",
}
HEARD = {"nb": "no"}  # the model knows one Norwegian and Nynorsk
NEIGHBOURS = [("ru", "uk"), ("uk", "ru"), ("cs", "sk"), ("da", "nb"), ("nb", "da"), ("pt", "es"), ("bg", "ru")]
CODE = (
    "import numpy as np\ndef load(path: Path) -> dict[str, float]:\n    with path.open('rb') as file:\n"
    "        return np.load(file)\n$ docker run --rm nginx:latest"
)


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_is_in_its_own_language_whatever_its_template_declares(language):
    assert choose(["en-US", "en_US"], TEXTS[language]) == (
        "en-US" if language == "en" else HEARD.get(language, language)
    )
    assert choose([], TEXTS[language]) == HEARD.get(language, language)


@pytest.mark.parametrize("language", ["de", "nb", "uk", "zh"])
def test_the_declared_language_is_kept_with_its_region_if_the_text_agrees(language):
    assert choose([f"{language}_xx"], TEXTS[language]) == f"{language}-XX"


@pytest.mark.parametrize(("language", "quoted"), NEIGHBOURS)
def test_a_quotation_in_a_neighbouring_language_is_no_contradiction(language, quoted):
    texts = [TEXTS[quoted], TEXTS[language], TEXTS[language]]
    for order in (texts, texts[::-1]):
        assert choose([language], "\n".join(order)) == language


def test_a_russian_article_with_a_ukrainian_quotation_is_russian_even_undeclared():
    assert choose(["ru", None], f"{TEXTS['ru']}\n«{TEXTS['uk'][:90]}»\n{TEXTS['ru']}") == "ru"
    assert choose([], f"{TEXTS['ru']}\n«{TEXTS['uk'][:90]}»\n{TEXTS['ru']}") == "ru"


@pytest.mark.parametrize("between", [CODE, TEXTS["en"]], ids=["a listing", "a quotation"])
def test_english_between_german_paragraphs_makes_no_english_article(between):
    text = "\n".join([between, TEXTS["de"], between, TEXTS["de"], TEXTS["de"]])
    assert choose(["de-DE"], text) == "de-DE"
    assert choose(["en-US", "de-AT"], text) == "de-AT"


def test_the_first_declared_language_that_the_text_backs_is_taken():
    assert choose(["en", "fr_FR", "fr-CA"], TEXTS["fr"]) == "fr-FR"
    assert choose(["fr", "fr_FR"], TEXTS["fr"]) == "fr"


def test_the_declared_language_is_kept_if_the_text_is_not_clear():
    assert choose([None, "DE_at"], "Kurz.") == "de-AT"
    assert choose(["de"], "Apple MacBook Air M4") == "de"
    assert choose(["en"], "12:30 – 14:00\n+ 3,5 %") == "en"
    assert choose([], "Kurz.") is None
    assert choose([], "") is None


def test_a_short_text_in_another_script_contradicts_its_template():
    assert choose(["en"], "日本の首相は月曜日に東京で記者会見を開いた。") == "ja"
    assert choose(["en"], "中国政府周一宣布了一项新的经济政策。") == "zh"


def test_a_text_in_capitals_is_in_its_own_language():
    assert choose(["en"], TEXTS["de"].upper()) == "de"


def test_a_language_that_the_model_does_not_know_is_believed_unless_the_text_is_clearly_another():
    xhosa = "URhulumente uthabatha indlela eyiyo yokunceda abantu abatsha emaphandleni, utshilo umphathiswa ngoMvulo."
    assert choose(["xh-ZA"], xhosa) == "xh-ZA"
    assert choose(["eng"], TEXTS["en"]) == "en"
