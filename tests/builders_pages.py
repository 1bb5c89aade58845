# ruff: noqa: RUF001 (Chinese has commas of its own)
"""Pages as sites build them: an article, and everything else that is on its page."""

from collections.abc import Callable
from html import escape


def written(text: str) -> tuple[str, ...]:
    """Paragraphs that blank lines divide; line ends within one are spaces."""
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


FRENCH_TITLE = "La Poste teste des tournées de livraison en triporteur à Nantes"
FRENCH = written(
    """
Depuis le début du mois, six facteurs nantais ont rangé leur camionnette au profit d’un triporteur électrique,
une première pour une agglomération de cette taille.

L’expérience, baptisée « Dernier kilomètre », doit durer jusqu’au printemps.

« Nous voulions savoir si l’on peut tenir les délais sans moteur thermique », explique Hélène Garrec, directrice
du projet.

Les premiers chiffres sont encourageants : 92 % des colis arrivent avant midi, contre 88 % l’an passé.

Tout n’est pas réglé pour autant. Les pavés de l’île Feydeau, les pistes encombrées, la pluie… Les facteurs ont
appris à composer avec la météo.

Un itinéraire particulier a été dessiné avec la métropole, qui prête deux garages et une borne de recharge.

Coût de l’opération : 240 000 euros, dont un tiers est pris en charge par la région.

Reste la question du bruit. Les riverains interrogés par nos soins se disent ravis de ne plus entendre les
livraisons de l’aube ; les commerçants, eux, attendent de voir.

D’autres villes observent l’essai de près (Rennes, Angers, Le Mans) et pourraient suivre dès l’automne prochain.

Le syndicat majoritaire demande de son côté une prime de risque et des vêtements adaptés aux intempéries.

La direction promet une réponse « avant l’hiver ». À suivre…

(Illustration : archives municipales de Nantes)
"""
)
ENGLISH_TITLE = "Harbour town votes to keep its last ferry running"
ENGLISH = written(
    """
Residents of the small harbour town voted on Tuesday to keep their last passenger ferry in service for another
ten years.

The vote was close: 1,204 in favour, 1,131 against.

“We are an island for half of the winter,” said Margaret Oyelaran, who has run the ticket office since 2009.
“Without the boat there is no school, no doctor, nothing.”

Opponents had argued that the money — about £3.2m a year — would be better spent on the bridge that engineers
proposed in the spring.

A decision on the bridge is not expected before next summer.

The council’s own figures show that the number of passengers fell by a fifth over the last decade, but rose
again after the fares were cut.

The ferry’s engine, built in 1987, will be replaced by an electric one, and the crew will be trained for it over
the winter.

Ms Oyelaran said she would celebrate by taking the first crossing on Wednesday morning.
"""
)
GERMAN_TITLE = "Warum die Stadtwerke ihre Straßenlaternen dimmen"
GERMAN = written(
    """
Seit Montag leuchten die Laternen in der Südstadt zwischen Mitternacht und fünf Uhr nur noch mit halber Kraft.

Die Stadtwerke wollen damit Strom sparen, aber auch Insekten schützen, wie ein Sprecher erklärte.

„Wir haben drei Monate lang gemessen, und niemand hat sich beschwert“, sagte Jürgen Weißmüller, der das Vorhaben
leitet.

Rund 40 Prozent weniger Energie verbrauche die neue Anlage; die Kosten von 310.000 Euro seien in vier Jahren
wieder eingespielt.

Ganz ohne Kritik bleibt der Versuch nicht: Der Seniorenbeirat fürchtet dunkle Gehwege und mehr Stürze.

Nachgerüstet wird deshalb an zwölf Kreuzungen, an denen Bewegungsmelder das Licht wieder hochfahren.

Ob das Modell auf die ganze Stadt übertragen wird, entscheidet der Rat im Herbst.
"""
)
JAPANESE_TITLE = "港町の渡し船、住民投票で存続が決まる"
JAPANESE = written(
    """
小さな港町で火曜日、最後の渡し船を今後十年間運航し続けるかどうかを問う住民投票が行われ、存続が決まった。

賛成は千二百四票、反対は千百三十一票だった。

「冬の半分は島で暮らしているようなものです」と、切符売り場を十五年切り盛りしてきた中村恵子さんは話す。「船がなければ、学校にも病院にも行けません」

反対派は、年間およそ三億円の費用は、春に技術者らが提案した橋の建設に回すべきだと主張していた。

橋をめぐる結論は、来年の夏までは出ない見通しだ。

町の統計によると、利用者はこの十年で二割減ったが、運賃を引き下げてからは再び増えている。

一九八七年製のエンジンは電動のものに取り替えられ、乗組員は冬の間に訓練を受ける。
"""
)
CHINESE_TITLE = "滨海小镇投票决定保留最后一班渡轮"
CHINESE = written(
    """
周二，这座滨海小镇的居民投票决定，让镇上最后一班渡轮继续运营十年。

投票结果十分接近：赞成一千二百零四票，反对一千一百三十一票。

“一年里有半年，我们就像住在岛上，”在售票处工作了十五年的林秀英说，“没有船，就没有学校，没有医生，什么都没有。”

反对者认为，每年约三百二十万元的开支，不如用来修建工程师们在春天提出的那座大桥。

关于大桥的决定，预计要到明年夏天以后才会作出。

镇政府的统计显示，过去十年乘客人数下降了五分之一，但在票价下调之后又有所回升。

这艘渡轮一九八七年制造的发动机将换成电动的，船员们会在冬季接受培训。
"""
)
ARTICLES = {
    "fr": (FRENCH_TITLE, FRENCH),
    "en": (ENGLISH_TITLE, ENGLISH),
    "de": (GERMAN_TITLE, GERMAN),
    "ja": (JAPANESE_TITLE, JAPANESE),
    "zh": (CHINESE_TITLE, CHINESE),
}

(COOKIE_TEXT,) = written(
    """
Nous et nos 214 partenaires utilisons des cookies pour mesurer l’audience et afficher des publicités adaptées à
vos centres d’intérêt. Vous pouvez accepter, refuser ou régler vos choix à tout moment depuis le bas de la page.
"""
)
COOKIES = (
    f"<p>{COOKIE_TEXT}</p><button>Tout accepter</button> <button>Continuer sans accepter</button>"
    ' <a href="/cookies">En savoir plus</a>'
)
SECTIONS = ("Accueil", "Politique", "Économie", "Sports", "Culture")
MENU = "".join(f'<li><a href="/{name.lower()}">{name}</a></li>' for name in SECTIONS)
HEADS = (
    "Le marché de Talensac rouvre ses portes",
    "Tramway : la ligne 1 coupée tout l’été",
    "Un week-end pour goûter les muscadets",
)
LINES = (
    "Après huit mois de travaux, les étals retrouvent leur place sous la halle rénovée.",
    "Des navettes remplaceront les rames entre Commerce et Beaujoire, annonce l’exploitant.",
    "Quarante vignerons attendent les curieux samedi et dimanche, verre en main.",
)
READERS = ("Gwenaël44", "Mme Michu", "Paulo")
REMARKS = written(
    """
Très bonne initiative, mais il faudrait d’abord penser à refaire les pistes cyclables, qui sont dans un état
lamentable depuis des années.

Et qui paie ? Encore nous. On nous avait promis la même chose avec les navettes fluviales, et on attend toujours le
moindre résultat.

J’en ai croisé un hier rue Crébillon, c’est silencieux et ça passe partout. Bravo à eux, surtout sous la pluie que
nous avons eue !
"""
)
LEGAL = "© 2024 L’Écho du port. Tous droits réservés. Reproduction interdite sans l’accord écrit de la rédaction."

Frame = Callable[[str, str], str]
"""(headline, the text's markup) → the markup inside <body>."""
Setting = Callable[[list[str]], str]
"""Escaped paragraphs → the text's markup."""


def article_page(
    title: str,
    paragraphs: tuple[str, ...],
    *,
    template: str = "semantic",
    setting: str = "p",
    language: str = "fr",
    charset: str = "utf-8",
    declared: bool = True,
) -> bytes:
    """Return a page; `declared` says whether a <meta> names the charset."""
    text = SETTINGS[setting]([escape(paragraph, quote=False) for paragraph in paragraphs])
    meta = f'<meta charset="{charset}">' if declared else ""
    body = TEMPLATES[template](escape(title, quote=False), text)
    page = (
        f'<!DOCTYPE html>\n<html lang="{language}"><head>{meta}<title>{escape(title)} - L’Écho du port</title>'
        f'<meta property="og:title" content="{escape(title)}"><meta property="og:site_name" content="L’Écho du port">'
        f"<style>p {{ margin: 0 }}</style><script>var page = 1;</script></head><body>{body}</body></html>"
    )
    return page.encode(charset, "xmlcharrefreplace")


def _teasers(pattern: str) -> str:
    """`pattern` once for each teaser, with its {link} and {line}."""
    links = (f'<a href="/{number}">{head}</a>' for number, head in enumerate(HEADS))
    return "".join(pattern.format(link=link, line=line) for link, line in zip(links, LINES, strict=True))


def _remarks(pattern: str) -> str:
    return "".join(pattern.format(who=who, said=said) for who, said in zip(READERS, REMARKS, strict=True))


def _semantic(title: str, text: str) -> str:
    return f"""<div id="cookie-banner" role="dialog">{COOKIES}</div>
<header><a href="/">L’Écho du port</a><nav><ul>{MENU}</ul></nav></header>
<main><article><header><h1>{title}</h1><p class="byline">Par <a rel="author" href="/a">Anne Le Goff</a>,
<time datetime="2024-05-17T08:30:00+02:00">le 17 mai 2024 à 8 h 30</time></p></header>
{text}
<footer><ul class="tags"><li><a href="/t/velo">Vélo</a></li></ul></footer></article>
<aside><h2>À lire aussi</h2>{_teasers("<article><h3>{link}</h3><p>{line}</p></article>")}</aside>
<section id="comments"><h2>3 commentaires</h2>
<ol>{_remarks("<li><b>{who}</b><p>{said}</p></li>")}</ol></section></main><footer><p>{LEGAL}</p></footer>"""


def _wordpress(title: str, text: str) -> str:
    remark = '<li class="comment"><div class="comment-author">{who}</div><div class="comment-content">{said}</div></li>'
    related = _teasers('<div class="jp-relatedposts-post"><h4>{link}</h4><p>{line}</p></div>')
    return f"""<div id="page" class="site"><header id="masthead">
<p class="site-title"><a href="/">L’Écho du port</a></p>
<ul id="primary-menu">{MENU}</ul></header><div id="content"><main id="main">
<article id="post-12" class="post type-post"><header class="entry-header"><h1 class="entry-title">{title}</h1>
<div class="entry-meta">Publié le
<time class="entry-date published" datetime="2024-05-17T06:30:00+00:00">17 mai 2024</time>
par <span class="author vcard"><a href="/author/anne">Anne Le Goff</a></span></div></header>
<div class="entry-content">{text}
<div class="sharedaddy"><h3>Partager</h3><ul><li><a href="#">Facebook</a></li></ul></div>
<div id="jp-relatedposts"><h3>Articles similaires</h3>{related}</div></div></article>
<div id="comments" class="comments-area"><h2>3 réflexions sur « {title} »</h2>
<ol class="comment-list">{_remarks(remark)}</ol>
<form><p>Votre adresse e-mail ne sera pas publiée.</p><textarea></textarea></form></div></main></div>
<footer id="colophon"><p>{LEGAL}</p></footer></div>
<div id="cookie-law-info-bar"><span>{COOKIES}</span></div>"""


def _div_soup(title: str, text: str) -> str:
    return f"""<div class="top"><div class="logo">L’Écho du port</div><ul>{MENU}</ul></div>
<div class="wrap"><div class="col1"><h1>{title}</h1><div class="txt">{text}</div>
<div class="comments">{_remarks("<div><div>{who}</div><div>{said}</div></div>")}</div></div>
<div class="col2"><div class="related"><h4>Dans la même rubrique</h4>
{_teasers("<div>{link}<div>{line}</div></div>")}</div></div></div>
<div class="bottom footer">{LEGAL}</div><div class="cookies">{COOKIES}</div>"""


def _tables(title: str, text: str) -> str:
    return f"""<table width="980">
<tr><td colspan="2"><a href="/"><img src="/logo.gif" alt="L’Écho du port"></a></td></tr>
<tr><td width="180" valign="top"><ul>{MENU}</ul></td>
<td valign="top"><h1>{title}</h1>{text}</td></tr>
<tr><td colspan="2"><ul>{_teasers("<li>{link}</li>")}</ul><font size="1">{LEGAL}</font></td></tr></table>"""


def _item_property(title: str, text: str) -> str:
    return f"""<div class="consent-overlay">{COOKIES}</div><nav>{MENU}</nav>
<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{title}</h1>
<span itemprop="author">Anne Le Goff</span> <meta itemprop="datePublished" content="2024-05-17T08:30:00+02:00">
<div itemprop="articleBody">{text}</div></div>
<div class="related-articles"><h2>Sur le même sujet</h2>{_teasers("<h3>{link}</h3><p>{line}</p>")}</div>
<div id="commentaires"><h2>Vos réactions</h2>{_remarks("<ul><li>{who}</li><li>{said}</li></ul>")}</div>
<footer>{LEGAL}</footer>"""


def _headline_outside(title: str, text: str) -> str:
    remarks = _remarks('<div class="comment"><strong>{who}</strong><p>{said}</p></div>')
    return f"""<div class="hero"><h1>{title}</h1><div class="share"><a href="#">Partager</a></div></div>
<ul class="menu">{MENU}</ul><div class="layout"><article class="article">{text}</article>
<div class="sidebar"><h3>Les plus lus</h3><ul>{_teasers("<li>{link}<p>{line}</p></li>")}</ul></div></div>
<section class="comments-section"><h3>Commentaires</h3>{remarks}</section>
<div class="newsletter"><p>Recevez chaque matin l’essentiel de l’actualité nantaise dans votre boîte.</p></div>
<div class="site-footer">{LEGAL}</div><div id="onetrust-consent-sdk">{COOKIES}</div>"""


def _bare(title: str, text: str) -> str:
    """Nothing has a name: only headings, position and shape show what the article is."""
    return f"""<div>{COOKIES}</div><ul>{MENU}</ul><h1>{title}</h1><p>Par Anne Le Goff, publié le 17 mai 2024 à 8h30</p>
{text}<h2>À lire aussi</h2><ul>{_teasers("<li>{link}</li>")}</ul>
<h2>Commentaires</h2>{_remarks("<div><b>{who}</b><p>{said}</p></div>")}<hr><p><small>{LEGAL}</small></p>"""


def _all_inside(title: str, text: str) -> str:
    """Banner, teasers and comments are inside the article's own element."""
    teasers = _teasers("<h3>{link}</h3><p>{line}</p>")
    return f"""<nav>{MENU}</nav><main id="content"><div class="gdpr-cookie-notice">{COOKIES}</div>
<h1>{title}</h1><div class="article-meta">17 mai 2024 | Anne Le Goff</div><div class="article-body">{text}</div>
<div class="read-more"><h2>À lire aussi</h2>{teasers}</div>
<h2>Commentaires</h2><ul class="reactions">{_remarks("<li>{who} : {said}</li>")}</ul></main><footer>{LEGAL}</footer>"""


TEMPLATES: dict[str, Frame] = {
    "semantic": _semantic,
    "wordpress": _wordpress,
    "div soup": _div_soup,
    "tables": _tables,
    "item property": _item_property,
    "headline outside": _headline_outside,
    "bare": _bare,
    "all inside": _all_inside,
}
FIGURE = '<figure><img src="/port.jpg" alt=""><figcaption>Le port vu du ciel.</figcaption></figure>'
READ_ALSO = f'<p>Lire aussi : <a href="/1">{HEADS[0]}</a></p>'
SETTINGS: dict[str, Setting] = {
    "p": lambda text: "\n".join(f"<p>{one}</p>" for one in text),
    "div": lambda text: "".join(f"<div>{one}</div>" for one in text),
    "breaks": lambda text: "<div>" + "<br><br>\n".join(text) + "</div>",
    "wrapped lines": lambda text: "".join("<p>\n  " + "\n  ".join(one.split(" ")) + "\n</p>" for one in text),
    "standfirst": lambda text: f"<h2>{text[0]}</h2>" + "".join(f"<p>{one}</p>" for one in text[1:]),
    "credit": lambda text: "".join(f"<p>{one}</p>" for one in text[:-1]) + f'<p class="credit"><em>{text[-1]}</em></p>',
    "interrupted": lambda text: "".join(
        [f"<p>{one}</p>" for one in text[:3]] + [FIGURE, READ_ALSO] + [f"<p>{one}</p>" for one in text[3:]]
    ),
}
