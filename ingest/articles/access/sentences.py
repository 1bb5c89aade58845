"""The sentences of walls, in English, French, German, Spanish, Italian, Dutch, Portuguese and some others.

A stop says that the text ends here for whom has not paid or signed in: "Subscribe to continue reading". An offer
(prices, "Already a subscriber?") means something beside a stop only. A meter counts the articles that were read. Each
pattern matches at the beginning of a sentence: news that quote a wall have its words in the middle of theirs.
"""

import re

MAX_SENTENCE_CHARS = 260
MAX_METER_CHARS = 200
MAX_END_CHARS = 600  # of a paragraph, in which a wall may begin
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。\uff01\uff1f])|\n|\s+[|•·]\s+")


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_READING = (
    r"(?:continue(?:\W*$| (?:reading|to read|viewing|with (?:your reading|this (?:article|story)))| this"
    r" (?:article|story))"
    r"|keep (?:on )?reading|finish reading|read (?:the (?:full|rest|entire|complete|article|story)|this|on\b|more\W*$)"
    r"|unlock (?:this|the (?:full|rest|article|story))|(?:access|view|see) (?:this (?:article|story|content|post|page)"
    r"|the (?:full|rest of the|rest of this|entire) (?:article|story|post|text|content)))"
)
_EN = _any(
    r"(?:please |or |just )?(?:subscribe|register|sign ?(?:in|up)|log ?in|upgrade|join|become an?|create (?:an?"
    r"|your)|start"
    rf" (?:your|a))\b[^.!?]{{0,60}}?[ ,](?:to|and) {_READING}",
    r"(?:subscribe|sign up|join|pay)\b[^.]{0,60}\b(?:for the full (?:story|article|text)|for full access to this)",
    r"(?:in order )?to (?:continue|keep|finish|go on|carry on) reading(?:\W*$|(?: this \w+| the \w+)?,"
    r"|.{0,60}\b(?:subscri"
    r"|log ?in|sign|regist|account|member|pay))",
    r"(?:keep|continue) reading(?: this| the)?(?: article| story| post)? (?:with|for|by)\b",
    r"to (?:read|view|access|unlock|see) (?:the|this) (?:full|entire|complete|rest|remainder|article|story)"
    r"[^.]{0,60}\b(?:subscri|log ?in|sign|regist|account|member)",
    r"(?:sorry, |the rest of |the remainder of |access to )?(?:this |the |full )+(?:premium )?(?:article|story"
    r"|content|post|page"
    r"|analysis|report|piece|text)(?: you [\w ]{2,30})? is (?:an? )?(?:only |exclusively |currently"
    r" )?(?:available |open "
    r"|accessible |reserved |exclusive |restricted |free )?(?:only |exclusively )?(?:for|to)\b[^.]{0,40}"
    r"\b(?:subscribers?\b|subscriptions?\b|members(?: only)?\W*$)",
    r"(?:this is an? )?(?:subscribers?|members?)[ -](?:only|exclusive)(?: (?:article|content|story|post"
    r"|analysis))?\W*$",
    r"(?:exclusive(?:ly)? )?for (?:our |paid |paying )?(?:subscribers|members)(?: only)?\W*$|exclusive to"
    r" subscribers\W*$",
    r"you(?:'ve| have) (?:reached|read|used|hit|exhausted) (?:your|all|the)\b[^.]{0,40}\b(?:limit|articles)\b",
    r"want to (?:(?:keep|continue) reading|read (?:more|on|the (?:rest|full)|this))\?",
    r"unlock (?:this|the (?:full|rest of (?:the|this)|entire|complete)) (?:article|story|piece|post|report)\b",
    r"read (?:this|the (?:full|rest of (?:the|this)|entire|complete)) (?:article|story|piece|post|report)(?:"
    r" for (?:free|only"
    r"|just|[$€£])| by (?:subscrib|regist|sign)| with an?\b)",
    r"you (?:need|must|have to)\b[^.]{0,30}\b(?:subscri\w+|logged in|signed in|register\w*|member)\b[^.]{0,20}\bto"
    rf" (?:{_READING}|read)|an? (?:\w+ )?(?:subscription|account|membership) is (?:required|needed) to {_READING}"
    r"|subscription (?:is )?required\W*$",
    r"become a paid subscriber\b.{0,40}\bto unlock|get full access to this (?:article|story)",
    r"(?:you have |there is |the remaining )?\d{1,2}(?:[.,]\d+)? ?(?:%|percent|per cent) of (?:this|the)"
    r" (?:article|story)"
    r" (?:left|remain|is )",
    r"if you(?:'re| are) (?:seeing this|already an? (?:\w+ )?(?:subscriber|member))[^.]{0,60}\b(?:subscriber"
    r"|member|log|sign)",
    r"this is (?:only )?(?:a preview|an excerpt|a teaser)\b[^.]{0,60}\b(?:subscri|member|sign|log)",
)
_FR = _any(
    r"il (?:vous )?reste (?:encore )?[\d.,]+ ?% (?:de (?:cet|l|ce)|à (?:lire|découvrir))",
    r"(?:la suite|l'intégralité|la totalité|le reste|la lecture)(?: de (?:cet? \w+|l'article|votre lecture))?"
    r"(?: vous)? (?:est )?(?:exclusivement |uniquement )?(?:réservée?|accessible (?:uniquement )?aux)",
    r"(?:désolé, )?(?:cet|l'|ce|cette) ?(?:article|contenu|texte|dossier|enquête|vidéo)(?: (?:vous )?est| n'est)?"
    r" (?:exclusivement |uniquement |strictement )?(?:réservée?|accessible (?:qu'|uniquement )?|disponible (?:qu'"
    r"|uniquement )?)\s?(?:à|aux|pour)\b",
    r"(?:article|contenu|enquête|accès)? ?(?:exclusivement )?(?:réservée?) (?:à (?:nos|tous nos)|aux) (?:abonn"
    r"|membres)",
    r"l'accès à (?:cet article|la (?:suite|totalité)|l'intégralité)[^.]{0,40} est réservé|lisez la"
    r" suite[^.]{0,30} (?:avec"
    r"|pour|en vous)|la suite (?:après|avec|en vous)",
    r"vous devez (?:être|vous)[^.]{0,30}(?:abonn|connect|inscri|identifi)[^.]{0,20}pour (?:lire|continuer|accéder)",
    r"(?:déjà plus [^.]{1,40} )?(?:abonnez|connectez|inscrivez|identifiez|enregistrez)-vous\b[^.]{0,60}"
    r"\b(?:pour|afin de|et) (?:lire|lisez|continue\w*|poursuiv\w*|accéde[rz](?! à (?:nos|notre))|découvrir (?:la suite"
    r"|cet)|débloque\w*)",
    r"(?:pour|afin de) (?:lire|continuer|poursuivre|accéder|débloquer)\b[^.]{0,80}"
    r"\b(?:abonne|connecte|inscri|créez|identifi|enregistr)",
    r"(?:créez|ouvrez) (?:un|votre) compte\b[^.]{0,40}\bpour (?:lire|continuer|poursuivre|accéder)",
    r"vous avez (?:lu|atteint|épuisé|consulté) (?:tous (?:vos|les)|la|votre|vos)[^.]{0,40}(?:articles|limite)",
    r"(?:envie de|vous souhaitez|vous voulez) (?:lire|connaître) la suite|(?:poursuivez|continuez) (?:la|votre) lecture"
    r"|pour lire la suite\W*$|débloquez (?:cet|l'|la)",
)
_DE = _any(
    r"(?:dieser?|der|den|das|diesen|weitere) (?:ganzen? |vollständigen? |komplette?n? |gesamten? |restliche[nr]? )?"
    r"(?:artikel|beitrag|text|inhalt|bericht|teil)\w*(?: (?:ist|sind|steht|gibt es|können|kann|lesen))?(?: \w+){0,2}?"
    r" (?:nur |exklusiv |ausschließlich |allein |lediglich )(?:für|von|unsere[nm]?|mit|als|im)\b[^.]{0,40}"
    r"(?:abonnent|mitglied|abo\b|plus|registrier|leser)",
    r"(?:nur|exklusiv|ausschließlich) für (?:unsere )?(?:(?:digital-?|plus-)?abonnent\w*|mitglieder)(?:\W*$| (?:zugäng"
    r"|verfüg|les|sicht))",
    r"(?:dieser?|der|das)[^.]{0,30}\b(?:artikel|beitrag|text|inhalt)\w* (?:ist|bleibt) (?:unseren )?(?:abonnent"
    r"|mitglied)\w*"
    r" vorbehalten|für diesen (?:artikel|beitrag|inhalt) (?:benötigen|brauchen) sie",
    r"jetzt weiter ?lesen\W*$|lesen sie (?:jetzt )?weiter (?:mit|im|als)",
    r"(?:jetzt )?weiter ?lesen (?:mit|für|im abo|und|nach)|(?:jetzt )?(?:abonnieren|anmelden|registrieren|einloggen"
    r"|freischalten|testen)\b[^.]{0,30}\b(?:und|um)\b[^.]{0,30}\b(?:weiter ?(?:zu)?lesen|lesen|zu lesen)",
    r"um (?:weiterzulesen|weiter zu lesen)\b|zum weiterlesen\b[^.:]{0,60}(?:abo|anmeld|melden|registrier|logg|testen)",
    r"um (?:diesen?|den|das|alle|die)\b[^.]{0,50}\b(?:lesen|sehen|freizuschalten)\b[^.]{0,60}(?:abo|anmeld|melden"
    r"|registrier|logg)",
    r"(?:bitte )?(?:melden|registrieren|loggen) sie sich\b[^.]{0,40}\b(?:um|damit)\b[^.]{0,50}\b(?:lesen|weiter"
    r"|nutzen)",
    r"(?:abonnieren|testen|bestellen|lesen|kaufen|sichern) sie\b[^.]{0,60}\b(?:weiterzulesen|weiter ?lesen|um"
    r" [^.]{0,40}"
    r"zu lesen|diesen artikel (?:mit|im))",
    r"sie (?:haben|können)\b[^.]{0,20}\b(?:alle |ihre |ihr |\d+ )[^.]{0,30}(?:kostenlosen?|freien?"
    r"|gratis)[^.]{0,20}artikel"
    r"[^.]{0,20}(?:gelesen|aufgebraucht|erreicht)",
    r"(?:es (?:verbleiben|fehlen) |(?:sie haben )?noch )\d{1,2} ?(?:%|prozent) (?:(?:des|dieses) (?:artikels"
    r"|textes|beitrags)|zu lesen)",
    r"(?:sie )?(?:möchten|wollen) (?:sie )?(?:weiter ?lesen|(?:diesen|den) artikel (?:weiter ?)?lesen|den"
    r" ganzen artikel)[^.]{0,30}[?.]?\W*$",
    r"mit [\w +-]{1,24} (?:weiter ?lesen|diesen artikel)|diesen artikel weiter ?lesen",
    r"(?:den )?(?:ganzen|vollständigen|kompletten) (?:artikel|text|beitrag) (?:lesen|freischalten)\b[^.]{0,20}"
    r"(?:mit|im|abo|\W*$)",
)
_ES = _any(
    r"(?:este|el|esta|la) (?:resto de (?:este|la|el) )?(?:artículo|contenido|noticia|texto|nota|reportaje|información)"
    r"[^.]{0,20} (?:es|está)(?: (?:de acceso|un contenido))? (?:solo|sólo|exclusiv[oa]|únicamente|reservad[oa]"
    r"|disponible)"
    r"[^.]{0,20}(?:para|a)\b[^.]{0,30}(?:suscriptor|abonad|soci|registrad)",
    r"(?:contenido |artículo |noticia )?(?:exclusiv[oa]|sólo|solo) para (?:nuestros )?(?:suscriptores|abonados"
    r"|socios)\W*$",
    r"(?:suscr[ií]be?te|suscríbase|suscribite|regístrate|regístrese|inici[ae] sesión|accede|identifícate|hazte"
    r" [\w ]{3,20}"
    r"|únete)\b[^.]{0,50}\b(?:para|y) (?:poder )?(?:leer|lee |seguir|sigue|continu\w+|acceder a (?:este|esta|la nota"
    r"|todo el)|desbloque\w+)",
    r"para (?:seguir|continuar) (?:leyendo|con la lectura)|para (?:leer|acceder a) (?:el|este|esta|la|más)[^.]{0,60}"
    r"(?:suscr|inici|regístr|registr)",
    r"(?:te|le) quedan? (?:aún |todavía |por leer )?(?:el |un )?\d{1,2}(?:[.,]\d+)? ?%[^.]{0,20}(?:leer"
    r"|artículo|nota|noticia)",
    r"(?:ya )?ha[sn]? (?:leído|alcanzado|superado|agotado|llegado)[^.]{0,40}(?:artículos|notas|límite)",
    r"¿?quiere?s? (?:seguir|continuar) leyendo\?|(?:sigue|continúa) leyendo (?:con|por|este|gratis)",
    r"(?:lee|desbloquea) (?:el|este) artículo completo\b",
)
_IT = _any(
    r"(?:questo |il resto (?:di questo|dell') ?|il |l')(?:articolo|contenuto|testo) (?:è|e') (?:riservat|esclusiv"
    r"|disponibile solo|accessibile solo|visibile solo|solo )\w*[^.]{0,30}(?:abbonat|iscritt|soci|registrat)",
    r"(?:contenuto |articolo )?(?:riservato|esclusivo|solo)(?: solo)? (?:agli|ai|per(?: gli)?) (?:nostri"
    r" )?(?:abbonat|iscritt)",
    r"(?:abbonati|accedi|registrati|iscriviti|effettua (?:il login|l'accesso))\b[^.]{0,50}\b(?:per|e) (?:poter"
    r" )?(?:legger"
    r"|leggi|continu|prosegui|sblocc)\w*",
    r"per (?:continuare|proseguire)(?: (?:a leggere|la lettura|nella lettura))?\b(?=[^.]{0,60}(?:abbon|acced"
    r"|regist|iscri)"
    r"|\W*$)|per leggere (?:l'|questo|il resto|tutto)[^.]{0,60}(?:abbon|acced|regist|iscri)",
    r"ti (?:resta|rimane|manca)(?: ancora)?(?: da leggere)?(?: il| l')? ?\d{1,2}(?:[.,]\d+)? ?%(?: da leggere"
    r"|[^.]{0,12}articolo|\W*$)|(?:resta|rimane) (?:da"
    r" leggere )?(?:il |l')\d{1,2} ?%",
    r"hai (?:letto|raggiunto|esaurito|superato)[^.]{0,40}(?:articoli|limite)",
    r"vuoi (?:continuare a leggere|leggere (?:tutto|l'articolo))|continua (?:a leggere|la lettura) (?:con|abbon"
    r"|per|su|gratis)"
    r"|la lettura (?:dell'articolo )?(?:continua|prosegue|è riservata)",
    r"(?:leggi|sblocca) (?:tutto )?l'articolo(?: completo)? (?:con|abbon|a \d)",
)
_NL = _any(
    r"(?:dit|deze|de rest van dit|het) (?:volledige )?(?:artikel|verhaal|bericht|inhoud|stuk) is (?:alleen"
    r"|exclusief|enkel"
    r"|uitsluitend|gereserveerd|slechts)? ?(?:toegankelijk |beschikbaar |te lezen )?(?:voor|met)\b[^.]{0,30}"
    r"(?:abonnee|leden|abonnement)",
    r"dit (?:artikel|verhaal) is voorbehouden aan|lees dit (?:artikel|verhaal) (?:met|als|via)|om dit"
    r" (?:artikel|verhaal) te",
    r"(?:alleen|exclusief|enkel|uitsluitend) voor (?:onze )?(?:abonnees|leden)\W*$",
    r"(?:abonneer|log (?:nu )?in|meld (?:je|u) aan|registreer|word (?:nu )?(?:lid|abonnee)|neem een|maak [\w"
    r" ]{0,20}account)"
    r"\b[^.]{0,60}\b(?:om|en)\b[^.]{0,30}\b(?:te lezen|verder(?: te)? ?lezen|lees|verder)\b",
    r"om (?:dit artikel )?(?:verder te lezen|door te lezen|te (?:blijven )?lezen)|om (?:dit|het) [\w ]{0,20}te"
    r" (?:kunnen )?lezen",
    r"(?:wil je|wilt u|wilt u graag) (?:dit artikel )?(?:verder|door|gratis|helemaal)\s?lezen|(?:lees|verder)"
    r" (?:verder|lezen)"
    r" (?:met|als|via|\?)|verder ?lezen\?",
    r"(?:je hebt |u hebt |u heeft |er (?:is|resteert) )?nog \d{1,2} ?% (?:van dit|te lezen|te gaan)",
    r"(?:je|u) (?:hebt|heeft) (?:al |je |uw |alle )[^.]{0,40}(?:gratis artikelen|limiet)",
)
_PT = _any(
    r"(?:este|esta|o|a) (?:restante deste )?(?:artigo|conteúdo|matéria|texto|reportagem|notícia) (?:é|está)"
    r" (?:exclusiv[oa]"
    r"|só|apenas|somente|reservad[oa]|restrit[oa]|disponível)[^.]{0,20}(?:para|a|aos?)\b[^.]{0,30}(?:assinante"
    r"|subscritor"
    r"|cadastrad)",
    r"(?:conteúdo|matéria|artigo) (?:exclusiv[oa]|restrit[oa]) (?:para|a) (?:assinantes|subscritores)"
    r"|(?:exclusivo|só|apenas) para (?:assinantes|subscritores)\W*$",
    r"(?:assine|faça (?:o )?(?:seu )?login|cadastre-se|entre|registe-se|registre-se|inicie sessão|torne-se [\w ]{3,20}"
    r"|subscreva)\b[^.]{0,50}\b(?:para|e) (?:poder )?(?:continu\w+|ler\b|leia|ter acesso (?:a est|ao (?:texto"
    r"|conteúdo))"
    r"|seguir|desbloque\w+)",
    r"para (?:continuar|prosseguir|seguir) (?:lendo|a ler|a leitura|com a leitura)|para ler (?:o|este|esta|a)[^.]{0,60}"
    r"(?:assin|login|cadastr|regist|subscr)",
    r"(?:ainda )?(?:restam|resta|faltam?)(?:-lhe)? (?:ler )?\d{1,2}(?:[.,]\d+)? ?%[^.]{0,16}(?:ler|leitura"
    r"|artigo|matéria|texto)|você ainda tem \d{1,2} ?%",
    r"(?:você )?(?:atingiu|já leu|leu|esgotou|chegou)[^.]{0,40}(?:limite|matérias|artigos|reportagens)",
    r"(?:quer|deseja) continuar (?:a ler|lendo)\?|continue (?:lendo|a ler|a leitura) (?:com|por|este|essa|esta)",
)
_OTHERS = _any(
    r"(?:ten|ta|pozostał\w+|dalsz\w+|pełn\w+)[^.]{0,30}(?:artykuł|treść|część|tekst)\w*[^.]{0,30}(?:tylko "
    r"|wyłącznie )?dla"
    r" (?:naszych )?(?:prenumerator|subskrybent|zalogowan)",
    r"(?:zaloguj się|wykup|kup|zarejestruj się|subskrybuj)\b[^.]{0,60}\b(?:aby|żeby|i) (?:czytaj|czytać|przeczytać)",
    r"aby (?:czytać dalej|przeczytać (?:cały|całość|dalszą))|pozostało (?:ci )?(?:do przeczytania )?\d{1,2} ?%",
    r"(?:den här |denna )?artikel(?:n)? är (?:bara |endast |exklusiv )?(?:för|låst)[^.]{0,20}prenumerant",
    r"(?:logga in|prenumerera|bli prenumerant|köp|skaffa)\b[^.]{0,50}\bför att (?:läsa|fortsätta)",
    r"för att (?:fortsätta läsa|läsa (?:vidare|hela|artikeln))|läs (?:vidare|hela artikeln) (?:med|som|för)",
    r"(?:denne )?artikk?el(?:en)? er (?:kun |bare |forbeholdt )?(?:for )?(?:våre |vores )?abonnenter",
    r"(?:logg? ind?|bliv abonnent|bli abonnent)\b[^.]{0,40}\bfor (?:å|at) (?:lese|læse|fortsette|fortsætte)",
    r"この(?:記事|コンテンツ)は[^。]{0,12}(?:会員|購読者)|(?:ログイン|会員登録|登録|購読)して?[^。]{0,10}(?:続き|全文)"
    r"|続きを(?:読む|お読み)[^。]{0,6}には|残り[\d,]+文字",
    r"(?:эта |полный |данная )?(?:статья|текст|материал)\w* доступ\w+ только[^.]{0,20}подписчик",
)
_STOPS = (_EN, _FR, _DE, _ES, _IT, _NL, _PT, _OTHERS)

_OFFER = _any(
    r"(?:[€$£]|\b(?:eur|usd|chf|r\$)) ?\d+(?:[.,]\d+)?\b.{0,60}|\d+(?:[.,]\d+)? ?(?:€|euros?\b|chf\b|\$)",
    r"\b(?:per|a|/) ?(?:month|week|year)\b|\b(?:par|/) ?(?:mois|an|semaine)\b|\b(?:pro|im|/) ?(?:monat|woche|jahr)\b",
    r"\b(?:al|/|por) ?(?:mes|mês|año|ano|mese)\b|\bper (?:maand|week|jaar)\b",
    r"\bsubscri(?:be|ber|bers|ption|ptions)\b|\babonn|\bsuscri|\bsuscrí|\babbon|\bassin(?:e|ante|atura)\b"
    r"|\bsubscritor|\babos?\b|\bpremium\b|\bprenumer|\bmembership\b",
    r"(?:already |not yet )(?:an? )?(?:subscriber|member|registered)|\b(?:log|sign) ?in\b|sign up|register\b"
    r"|join (?:now|us)",
    r"(?:start|try|get|begin)\b.{0,40}\b(?:free|trial|access|month|weeks?|days)|cancel any ?time|no commitment"
    r"|\b(?:unlimited|full|instant|exclusive) (?:digital )?access\b|\bfree trial\b",
    r"(?:déjà|pas encore) (?:abonn|inscrit|client)|\bse connecter|\bconnectez-vous|\bsans engagement"
    r"|\baccès illimité|\brésiliable",
    r"(?:sie sind |schon |bereits |noch kein)[^.]{0,16}(?:abonnent|kunde|registriert|konto|mitglied)|\banmelden\b"
    r"|\beinloggen\b|\bjederzeit kündbar|\bkündbar\b|\bunbegrenzten? zugriff|\bkostenlos testen",
    r"¿?ya (?:eres|soy|tienes|es)\b|\binicia(?:r)? sesión|\bsin (?:compromiso|permanencia)|\bcancel[ae] cuando"
    r"|\bacceso ilimitado",
    r"(?:sei |hai )già\b.{0,24}(?:abbonat|account|registrat)|\baccedi\b|\bdisdici quando|\bsenza vincoli",
    r"(?:al|ben je al|bent u al|heb je al)\b.{0,20}(?:abonnee|lid|account)|\blog in\b|\binloggen\b|\bmaandelijks"
    r" opzegbaar|\bopzegbaar",
    r"já (?:é|sou|tem)\b|\bfa(?:ça|zer) (?:o )?login|\bcancele quando|\bsem compromisso|\bacesso ilimitado",
    r"benefits? of\b|why subscribe|choose (?:your|a) plan|select a plan|monthly\W*$|annual(?:ly)?\W*$"
    r"|yearly\W*$|welcome back",
    r"(?:会員登録|ログイン|読み放題|月額|有料会員)",
)

# Each meter has one of these. All of a page's short blocks are searched, so that a quick test comes first.
_COUNTED = tuple("articles|stories|free story|free article|gratuit|offert|à lire|artikel|gratis|grátis".split("|"))
_METER = _any(
    r"you(?:'ve| have) (?:read )?(?:\d+|one|two|three|four|five)(?: (?:out )?of (?:your )?\d+)? (?:more |of your )?"
    r"(?:free |complimentary )?(?:articles|stories) (?:left|remaining|this month)",
    r"(?:this is your (?:last|first|second|third) free (?:article|story))|\d+ (?:of \d+ )?free (?:articles|stories)"
    r" (?:left|remaining)",
    r"il vous reste (?:encore )?(?:\d+|une?|deux|trois) (?:articles?|lectures?) (?:gratuit|à lire|offert)",
    r"sie (?:haben|können)(?: diesen monat)? noch (?:\d+|einen|zwei|drei)\b[^.]{0,20}(?:kostenlose|freie"
    r"|gratis)\w* ?artikel",
    r"(?:te|le) quedan? (?:\d+|un|dos|tres) (?:artículos?|notas?) (?:gratis|gratuit)",
    r"(?:hai|ti restano) (?:ancora |a disposizione )?(?:\d+|un|due|tre) articol\w (?:gratuit|gratis)",
    r"(?:je hebt|u hebt|u heeft) nog (?:\d+|een|twee|drie) gratis artikel",
    r"(?:você (?:ainda )?tem|restam-lhe|restam) (?:mais )?(?:\d+|uma?|dois|duas|três) (?:matérias?|artigos?"
    r"|reportagens)"
    r" (?:grátis|gratuit)",
)


def sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text.replace("’", "'")) if part]


def stop_in(text: str) -> str | None:
    """Return the first sentence of a wall that says that the text ends here."""
    short = (one for one in sentences(text[-MAX_END_CHARS:]) if len(one) <= MAX_SENTENCE_CHARS)
    return next((one for one in short if any(stop.match(one) for stop in _STOPS)), None)


def meter_in(text: str) -> str | None:
    """Return the first sentence of a short text that counts the articles that were read."""
    if len(text) > MAX_METER_CHARS or not any(map(text.lower().count, _COUNTED)):
        return None
    return next((one for one in sentences(text) if _METER.match(one)), None)


def is_offer(line: str) -> bool:
    """Return whether a line beside a stop is an offer: a price, a trial, a login."""
    return bool(_OFFER.search(line.replace("’", "'")))


def before_stop(line: str) -> str:
    """Return a line up to the first sentence of a wall in it."""
    stop = stop_in(line)
    at = line.replace("’", "'").find(stop) if stop else len(line)
    return line[:at].rstrip()
