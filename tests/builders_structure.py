"""An article over two pages that has every kind of structure once, and the Markdown that it stands for."""

from pathlib import Path

from tests.builders_pages import COOKIES, LEGAL, MENU
from tests.site import Site

MARKDOWN = Path(__file__).with_name("texts") / "structure.md"
TITLE = "How a small workshop keeps old clocks running"
CALL = "Sign up for the morning letter and get our best pieces in your inbox."  # a line that the site repeats
LISTING = "def tick(n):\n    # one & only <b>\n\n    if n > 1:\n\treturn `n`  \n    return 0"

HEAD = """<base href="/clocks/"><meta property="og:image" content="/lead.jpg">"""
FIRST = """
<p>The workshop in Mill Lane has repaired clocks since 1911, and it has never owned a computer of its own. Customers
bring what nobody else will open, and they wait for as long as it takes.</p>
<figure><img class="lazy" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/p/front.jpg"
 srcset="/p/front-480.jpg 480w, /p/front-1600.jpg 1600w" alt="The [front] *door*">
<figcaption>The front door in the spring. <span class="credit">Photo: Ada Lund</span></figcaption></figure>
<h2>The <em>first</em> room #</h2>
<p>Links stand in sentences: <a href="tools.html">the tools</a>, <a href="../old/list.html?a=1&amp;b=2">the list</a>,
<a href="#notes">the notes</a>, <a href="https://a.example/a (b) c">odd (names)</a>,
<a href="mailto:info@clocks.example">a letter</a>, <a href="javascript:alert(1)">a script</a> and
<a href="https://anna:secret@b.example/in">a door</a>.</p>
<p>Emphasis is <em>light</em>, <strong>heavy</strong>, <strong><em>both</em></strong> or
<em>light with <strong>heavy</strong> inside</em>; it is in wo<em>rd</em>s, beside “<strong>quotes</strong>”,
<em>(in brackets)</em>, <strong>before a colon:</strong>then a word, and in <b><a href="/bold">a bold link</a></b>.</p>
<p>日本の<strong>「時計」</strong>は古い。<em>とても、</em>静かだ。</p>
<p>Use <code>wind --spring=`full`</code> and <kbd>Ctrl</kbd>.<br>The next line follows a break.</p>
<h3>What stands on the bench</h3>
<ul>
<li>a lamp</li>
<li>tools, of which
<ul><li>files</li><li>tweezers, in two sizes:
<ol start="3"><li>number three, which is for the springs of wrist watches</li>
<li>number four, for everything that is larger</li></ol></li></ul></li>
<li><p>oil</p><p>which dries after five years</p></li>
</ul>
<ol start="7"><li>open the case</li><li>listen for a while before anything is touched</li></ol>
<blockquote><p>My father said it every day:</p><blockquote><p>A clock is never late, only tired.</p></blockquote>
<p>He was mostly right.</p></blockquote>
<div class="highlight"><pre><code class="language-python">def <span class="k">tick</span>(n):
    # one &amp; only &lt;b&gt;

    if n &gt; 1:
	return `n`  \n    return 0
</code></pre></div>
<h4>Prices</h4>
<table><thead><tr><th>clock</th><th>hours</th><th>price | net</th></tr></thead><tbody>
<tr><td>A carriage clock that stands still</td><td></td><td>90 pounds without the case</td></tr>
<tr><td><a href="/long-case">A long case clock</a> that is late</td><td>12 to 15</td><td><b>400</b> pounds</td></tr>
<tr><td>A wall clock <img src="/p/wall.png" alt="A wall clock"></td><td>3</td><td>75 pounds with a new cord</td></tr>
</tbody></table>
<table><tr><td><p>A table that only lays out its page has one column, and so the sentence in it stays a
paragraph.</p></td></tr></table>
"""
SECOND = """
<p>Signs of Markdown are text: *stars*, _lines_, snake_case_name, 2*3*4, &lt;b&gt;tags&lt;/b&gt;, &amp;amp;amp;, a|b,
`ticks`, [brackets](here), ~~waves~~, a \\ and https://c.example/x_y_z.</p>
<p># no heading</p>
<p>1. no list</p>
<p>+ no list either</p>
<p>&gt; no quote</p>
<p>| no | table |</p>
<p>Emoji 🕰️👩‍🔧 and entities &eacute;&nbsp;&mdash;&#8239;caf&#233;&hellip; stay what they are, with hard&nbsp;spaces.</p>
<div class="gallery"><figure><img src="/p/one.jpg" alt="One"><figcaption>The bench at nine.</figcaption></figure>
<figure><img src="/p/two.jpg" alt="Two"><figcaption>The bench at noon.</figcaption></figure></div>
<p>The town has filmed the workshop twice, and a radio has recorded the sound of its hundred clocks.</p>
<figure><video controls><source src="/v/bench.mp4" type="video/mp4"></video><figcaption>The bench, moving.</figcaption>
</figure>
<iframe src="https://www.youtube.com/embed/abc123" title="A tour"></iframe>
<audio controls src="/s/ticking.mp3"></audio>
<p>Whoever wants to hear them may come on Thursday morning, when all of them strike eleven at nearly the same time.</p>
"""


def clock_page(text: str, *, head: str = "") -> str:
    """Return a page of the site: the article's markup among everything else that its pages have."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE} - The Echo</title>{head}</head>'
        f"<body><div class='cookies'>{COOKIES}</div><header><nav><ul>{MENU}</ul></nav></header><main><article>"
        f"<h1>{TITLE}</h1>{text}<p>{CALL}</p></article></main><footer><p>{LEGAL}</p></footer></body></html>"
    )


def expected(site: Site) -> str:
    """Return the article's Markdown with the site's address."""
    return MARKDOWN.read_text(encoding="utf-8").rstrip("\n").replace("{base}", site.url(""))
