"""Recognises error pages that were sent as if they were the article: "Page not found", "Service unavailable".

Patterns for titles must match all of a title but the site's name: a headline may begin with these words.
"""

import re

MAX_MISSING_WORDS = 300  # of a "not found" page, which may list popular articles
MAX_TEXT_WORDS = 120  # of a page whose text says that there is no such page; a longer text is about it
MAX_BRIEF_WORDS = 60  # of a page that is known by several hints
MIN_HINTS = 3
MAX_FAULT_WORDS = 80  # of a page that says that its site is out of order
MAX_QUOTED_CHARS = 80

_FAULT = "the page says that its site is out of order"
_END = re.compile(r"\s*(?:\.\.\.|…|[?!.])*\s*(?:\s[|–—·:-]+\s.*|\|.*)?$")  # of a title: the site's name


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_MISSING_TITLE = _any(
    r"(?:http )?(?:(?:error|erreur|fehler|errore|erro|fout|błąd|fel) )?404(?: error| not found)?",
    r"404\s*[-–—:]\s*(?:error|(?:page )?not found)",
    r"(?:(?:error|erreur|fehler)[ :-]+)?(?:the )?(?:page|article|file)? ?(?:was |is |could |can ?)?not (?:be )?found",
    "oops.{0,30}not found.{0,10}|page (?:introuvable|non trouvée|inexistante)|seite (?:wurde )?nicht gefunden",
    "(?:página|artículo) no encontrad[ao]|(?:página|artigo) não encontrad[ao]|(?:pagina|articolo) non trovat[ao]",
    "(?:404 )?(?:pagina|artikel) niet gevonden|sidan (?:hittades inte|kunde inte hittas)",
    r"(?:this |the )?(?:article|page|story|content) (?:is )?(?:no longer available|not available|removed"
    r"|has been removed)",
    r"(?:cet |l')?(?:article|page|contenu) (?:n'est )?plus disponible|(?:dieser |der )?(?:artikel|beitrag|seite)"
    r" (?:ist )?(?:leider )?nicht (?:mehr )?verfügbar",
    r"(?:artículo|página|contenido|noticia) (?:ya )?no (?:está )?disponible|(?:articolo|pagina"
    r"|contenuto) non (?:è )?più"
    r" disponibile|(?:artikel|pagina) (?:is )?niet (?:meer|langer) beschikbaar|(?:artigo|página|conteúdo|matéria)"
    r" (?:já )?(?:não (?:está )?(?:mais )?disponível|(?:está )?indisponível)",
    "страница не найдена|nie znaleziono strony|ページが見つかりません.{0,10}|页面不存在|页面未找到",
)
_MISSING_TEXT = _any(
    r"\b(?:page|article|content|url) (?:that )?you(?:'re| are| were|'ve| have)? ?(?:look\w*|try\w*|request\w*"
    r"|want\w*)[^.\n]{0,60}(?:not exist|n't exist|not be found|n't be found|n't find|not found|moved|removed|deleted"
    r"|no longer)",
    r"(?:requested|this) (?:page|article|url) (?:does not|doesn't) exist",
    r"(?:requested|this) (?:page|article|url) (?:(?:could not|cannot) be|was not) found",
    r"(?:can't|cannot|couldn't|could not) find (?:the|that|this) page",
    r"link you (?:followed|clicked)[^.\n]{0,40}(?:broken|expired|out of date|no longer|incorrect)",
    r"(?:page|contenu|article) que vous (?:recherchez|cherchez|demandez|avez demandée?|tentez"
    r"|souhaitez)[^.\n]{0,50}(?:introuvable|n'existe|déplacée|supprimée)",
    r"(?:gesuchte|angeforderte|aufgerufene|gewünschte)r? (?:seite|artikel|beitrag"
    r"|inhalt)[^.\n]{0,60}(?:nicht (?:gefunden|mehr|vorhanden)|existiert nicht)",
    r"(?:página|contenido|artículo|noticia) que (?:buscas|busca|estás? buscando|intentas?)[^.\n]{0,60}(?:no existe"
    r"|no se encuentra|eliminad)",
    r"(?:pagina|contenuto|articolo) (?:che (?:stai|hai) cerca\w+|richiest[ao])[^.\n]{0,60}(?:non esiste"
    r"|non è stata trovata|rimossa)",
    r"(?:pagina die|artikel dat) (?:u|je) (?:zoekt|zocht|opvraagt|probeert)[^.\n]{0,60}(?:bestaat niet|niet gevonden"
    r"|verwijderd|niet meer)",
    r"(?:página|conteúdo|artigo|matéria|notícia) que (?:você )?(?:procura|está procurando|tentou"
    r"|está tentando)[^.\n]{0,60}(?:não existe|não foi encontrad|removid)",
)
# At the beginning of a text. News say it of others.
_GONE = _any(
    r"(?:(?:we're |we are )?sorry, (?:but )?)?(?:this|the) (?:article|page|story|content) (?:you [\w ]{3,30} )?(?:is no"
    r" longer|is not currently|has (?:been |now )?(?:removed|deleted|expired|taken down))",
    r"(?:désolé, )?(?:cet|cette|l'|ce) ?(?:article|page|contenu) (?:n'est plus (?:disponible|en ligne|accessible)"
    r"|a été (?:supprimée?|retirée?|dépubliée?))",
    r"(?:dieser?|der|dieses) (?:artikel|beitrag|inhalt|seite) (?:ist|wurde|steht) (?:leider )?(?:nicht (?:mehr"
    r" |länger )|gelöscht|entfernt)",
    r"(?:lo sentimos, )?(?:este|esta) (?:artículo|noticia|contenido|página) (?:ya no (?:está|se encuentra)|ha sido"
    r" (?:eliminad|retirad))",
    r"(?:spiacenti, )?quest[oa] ?(?:articolo|pagina|contenuto) (?:non è più|è stat[oa] (?:rimoss|eliminat|cancellat))",
    r"(?:helaas, )?(?:dit|deze) (?:artikel|pagina|bericht) (?:is )?(?:helaas )?(?:niet (?:meer|langer)|verwijderd)",
    r"(?:desculpe, )?(?:este|esta) (?:artigo|página|conteúdo|matéria|notícia) (?:já não|não está mais|foi (?:removid"
    r"|excluíd|eliminad))",
)
_WRONG = _any(
    r"(?:(?:oops|whoops|sorry)[^a-z]{1,4})?(?:something(?:'s gone| has gone| went) wrong|an? (?:unexpected"
    r" |unknown )?error (?:has )?occurred|we(?:'re| are) having trouble)",
    r"(?:oups[^a-z]{1,4})?(?:une erreur (?:inattendue |technique )?(?:s'est produite|est survenue)"
    r"|un problème est survenu)",
    r"(?:ups[^a-z]{1,4}|hoppla[^a-z]{1,4})?(?:(?:es ist )?(?:leider )?ein (?:unerwarteter )?fehler (?:ist"
    r" )?aufgetreten|(?:da |hier )?(?:ist )?(?:etwas |was )(?:ist )?schief ?gelaufen)",
    r"(?:vaya[^a-z]{1,4}|ups[^a-z]{1,4})?(?:se ha producido un error|ha ocurrido un error|ocurrió un error"
    r"|algo (?:salió"
    r"|ha salido|ha ido|fue) mal)",
    r"(?:ops[^a-z]{1,4})?(?:si è verificato un (?:errore|problema)|qualcosa è andato storto)",
    r"(?:oeps[^a-z]{1,4})?er (?:is (?:iets|een fout) (?:mis ?gegaan|fout gegaan|opgetreden)|ging iets (?:mis|fout))",
    r"(?:ops[^a-z]{1,4}|ups[^a-z]{1,4})?(?:ocorreu um (?:erro|problema)|algo (?:deu errado|correu mal))",
)
_FAULT_TITLE = _any(
    r"(?:http )?(?:error|erreur|fehler|errore|erro|fout)?[ :#-]*(?:50[0-4]|52[0-7])(?:[ :-]+(?:error|server|bad"
    r"|gateway|service|internal|temporarily|unavailable|time-?out|timed out|origin|connection))*",
    r"(?:internal server|server|database|application|runtime) error|bad gateway|gateway time-?out"
    r"|service (?:is )?(?:temporarily )?unavailable",
    r"error establishing a database connection|(?:temporarily|site|website) (?:is )?(?:temporarily )?(?:unavailable"
    r"|offline|down)",
    r"(?:(?:the |this |our )?(?:web ?)?site |we are |we're )?(?:is )?(?:currently |down )?(?:under|for"
    r"|in) (?:\w+ )?maintenance|maintenance mode|we'll be (?:right )?back(?: soon)?|be right back",
    r"(?:le |ce |notre )?site (?:est )?(?:actuellement )?(?:en (?:cours de )?maintenance|(?:temporairement "
    r"|momentanément )?indisponible)|maintenance en cours|en maintenance|service (?:temporairement "
    r"|momentanément )?indisponible|erreur (?:interne )?(?:du |de )?serveur|erreur (?:interne"
    r"|de connexion à la base de données)",
    r"(?:die |diese |unsere )?(?:web)?(?:site|seite) (?:ist )?(?:im wartungsmodus|in wartung|offline)|wartungsmodus"
    r"|(?:interner )?server-?fehler|datenbank-?fehler|(?:der )?(?:dienst|service|seite"
    r"|server) (?:ist )?(?:vorübergehend |derzeit |zurzeit |momentan )?nicht (?:verfügbar|erreichbar)",
    r"(?:el |este )?(?:sitio|página)(?: web)? (?:está )?(?:en mantenimiento|(?:temporalmente )?(?:no disponible"
    r"|fuera de servicio))|en mantenimiento|error (?:interno )?del servidor|servicio (?:temporalmente )?no disponible"
    r"|error (?:de|al conectar con) la base de datos",
    r"(?:il |questo )?sito (?:è )?(?:in manutenzione|(?:temporaneamente |momentaneamente )?non (?:disponibile"
    r"|raggiungibile))|in manutenzione|errore (?:interno )?del server|servizio (?:temporaneamente "
    r"|momentaneamente )?non disponibile|errore (?:del|di connessione al) database",
    r"(?:de |deze |onze )?(?:web)?site (?:is )?(?:in onderhoud|(?:tijdelijk )?niet (?:beschikbaar|bereikbaar))"
    r"|in onderhoud|(?:interne )?server-?fout|(?:dienst|service) (?:is )?(?:tijdelijk )?niet beschikbaar"
    r"|database-?fout",
    r"(?:o |este )?(?:site|sítio) (?:está )?(?:em manutenção|(?:temporariamente )?(?:indisponível|fora do ar))"
    r"|em manutenção|erro (?:interno )?(?:do|no|de) servidor|serviço (?:temporariamente )?indisponível|erro (?:no|de"
    r"|do|ao conectar ao) banco de dados",
)
# The words of servers, and of sites that ask to come back later.
_FAULT_TEXT = _any(
    r"error establishing a database connection|server encountered an internal error|upstream connect error",
    r"(?:server is |service )(?:temporarily )?(?:unable to service your request|unavailable)[^.]{0,60}(?:maintenance"
    r"|capacity)",
    r"^\s*(?:error )?(?:50[0-4]|52[0-7])[ :-]+(?:internal server error|bad gateway"
    r"|service (?:temporarily )?unavailable|gateway time-?out|server error)",
    r"^\s*(?:internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out)\W*$",
    r"(?:could not|cannot|can't|unable to) connect to (?:the |mysql |our )?(?:server|database)\b",
    r"(?:this|our|the) (?:web ?)?site is (?:currently |temporarily )?(?:under(?:going)? (?:\w+ )?maintenance"
    r"|down for (?:\w+ )?maintenance|unavailable|offline)|we(?:'re| are) (?:currently )?(?:down|offline|performing"
    r"|undergoing|under|doing)\b[^.]{0,30}maintenance",
    r"(?:notre|ce|le) site est (?:actuellement |momentanément |temporairement )?(?:en (?:cours de )?maintenance"
    r"|indisponible)",
    r"(?:unsere|diese|die) (?:web)?(?:seite|site) (?:ist|wird) (?:derzeit |zurzeit |gerade |momentan "
    r"|vorübergehend )?(?:nicht (?:erreichbar|verfügbar)|gewartet|wegen wartung|in wartung)|wir führen (?:gerade"
    r"|derzeit) wartungsarbeiten",
    r"(?:nuestr[oa]|est[ea]|el|la) (?:sitio|página|web)(?: web)? está (?:actualmente "
    r"|temporalmente )?(?:en mantenimiento|fuera de servicio|no disponible)",
    r"(?:il nostro|questo|il) sito è (?:attualmente |temporaneamente |momentaneamente )?(?:in manutenzione"
    r"|non (?:disponibile|raggiungibile))",
    r"(?:onze|deze|de) (?:web)?site is (?:momenteel |tijdelijk )?(?:in onderhoud|niet (?:beschikbaar|bereikbaar))",
    r"(?:nosso|este|o) (?:site|sítio) está (?:atualmente |temporariamente |momentaneamente )?(?:em manutenção"
    r"|indisponível|fora do ar)",
)
# A page that says so to its readers. News of an outage do not.
_LATER = _any(
    r"try again|come back|check back|be back|back (?:soon|shortly|online)|sorry|apologi[sz]e|inconvenience|patience"
    r"|refresh",
    r"réessay|revenez|de retour|désolé|excus|merci de votre|patien",
    r"versuchen sie|später|wieder (?:da|für sie|online|erreichbar)|entschuldig|verständnis|geduld",
    r"inténtel?[oa]|inténtal[oa]|intente|vuelv[ae]|volveremos|disculp|lamentamos|molestias|pacien",
    r"riprova|torn(?:a|eremo|ate|iamo)|scus|disagio|pazien",
    r"probeer|kom (?:later|straks)|terug|excuses|ongemak|geduld|sorry",
    r"tente (?:novamente|mais)|volt(?:e|amos|aremos)|desculp|lamentamos|transtorno|incómodo",
)  # fmt: skip


# What short error pages say in two or more ways: that the page is missing, and what to do. News say it of others.
_ABSENT = _any(
    r"no longer (?:available|exist)|(?:not|n't) (?:be )?(?:available|found|exist|find)|may have (?:expired|moved"
    r"|been \w+)"
    r"|(?:link|url|address)[^.]{0,30}(?:broken|typed|incorrect)|has expired|\berror\b",
    r"n'existe (?:pas|plus)|est introuvable|(?:plus |in)disponible|une erreur|a été (?:supprimée?|déplacée?)",
    r"nicht (?:mehr|gefunden|verfügbar|vorhanden)|existiert nicht|gibt es\b[^.]{0,20}?\bnicht|\bfehler|gelöscht",
    r"no (?:existe|está disponible|se encuentra|se ha encontrado)|un error|eliminad[ao]|caducad[ao]",
    r"non (?:è (?:più )?disponibile|esiste)|stat[ao] (?:trovat|rimoss|spostat)[ao]|un errore",
    r"bestaat niet|niet (?:meer )?(?:beschikbaar|gevonden)|\bfout\b|verwijderd|verplaatst",
    r"não (?:existe|está (?:mais )?disponível|foi encontrad)|indisponível|um erro\b|removid[ao]|excluíd[ao]",
)
_ADVICE = _any(
    r"\bour (?:web ?)?(?:site|home ?page)|\b(?:home ?page|front page)\b|use (?:the|our) (?:search|menu)|try (?:a search"
    r"|searching|our search)|(?:please |[.!] )(?:try again|go back|check (?:the|that|your))",
    r"page d'accueil|à l'accueil|réessayez|veuillez (?:ré|véri)\w+|nos équipes|moteur de recherche|vérifiez (?:l'|que)",
    r"startseite|suchfunktion|mit der suche\b|(?:versuchen|prüfen|überprüfen) sie",
    r"portada|página (?:de inicio|principal)|buscador|inténtal[oe]|vuelve a (?:la|intentar)|comprueba|te invitamos",
    r"home page|pagina (?:principale|iniziale)|motore di ricerca|riprova\b|torna alla|verifica (?:l'|che|di)",
    r"voorpagina|startpagina|zoek(?:functie|veld|balk)|probeer het|controleer (?:of|het|de)",
    r"página (?:inicial|principal)|(?:faça uma|nova|use a) busca|tente (?:novamente|mais)|verifique|volte (?:para|à)",
)
_SUBJECT = _any(
    r"\b(?:page|link|url|address|site|content|story|article|lien|adresse|contenu|(?:die|diese) seite|artikel|inhalt"
    r"|enlace|página"
    r"|contenido|artículo|noticia|pagina|articolo|contenuto|artigo|conteúdo|matéria)\b"
)
_AGAIN = _any(r"try again|réessay|versuchen sie|inténtal|riprova\b|probeer het|tente (?:novamente|mais)")


def error_of(text: str, words: int, titles: tuple[str, ...] = ()) -> str | None:
    """Return why a page with this text of so many words is an error page, None if it is not one."""
    text = text.replace("’", "'")
    bare = list(map(_bare, titles))
    if words < MAX_MISSING_WORDS and any(_MISSING_TITLE.fullmatch(title) for title in bare):
        return "the page's title says that there is no such page"
    if words < MAX_TEXT_WORDS and (_MISSING_TEXT.search(text) or _GONE.match(text.lstrip())):
        return "the text says that there is no such page"
    if words < MAX_FAULT_WORDS:
        if title := next((title for title in bare if _FAULT_TITLE.fullmatch(title)), None):
            return f"{_FAULT}: “{title[:MAX_QUOTED_CHARS]}”"
        vague = next((title for title in (text.lstrip(), *bare) if _WRONG.match(title)), None)
        if vague and _LATER.search(text):
            return f"{_FAULT}: “{' '.join(vague.split())[:MAX_QUOTED_CHARS]}”"
        found = _FAULT_TEXT.search(text)
        if found and (_LATER.search(text) or words < MAX_FAULT_WORDS // 4):
            return f"{_FAULT}: “{' '.join(found[0].split())[:MAX_QUOTED_CHARS]}”"
    return _by_hints(text) if words < MAX_BRIEF_WORDS else None


def is_title_of_missing(titles: tuple[str, ...]) -> bool:
    """Return whether one of the titles is that of a "not found" page, however long its text is."""
    return any(_MISSING_TITLE.fullmatch(_bare(title)) for title in titles)


def _bare(title: str) -> str:
    return _END.sub("", title.strip().replace("’", "'"))


def _by_hints(text: str) -> str | None:
    absent, advice = ({found[0].lower() for found in pattern.finditer(text)} for pattern in (_ABSENT, _ADVICE))
    if not absent or not advice or len(absent) + len(advice) < MIN_HINTS or not _SUBJECT.search(text):
        return None
    if again := _AGAIN.search(text):
        return f"{_FAULT}: “{again[0]}”"
    return "the text says that there is no such page"


def is_fault(reason: str | None) -> bool:
    """Return whether a reason of `error_of` is a fault that passes, as one with a status of 5xx does."""
    return bool(reason) and str(reason).startswith(_FAULT)
