"""Rules of this house that a machine can see in the code; each returns where it is broken."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PACKAGE = CHECKOUT / "protestcoord"
CODE = (PACKAGE, CHECKOUT / "migrations", CHECKOUT / "scripts")

Look = Callable[[ast.AST], Iterator[ast.AST]]

# What fetches something from another host; smtplib is for the mail server of the settings.
CLIENTS = {"requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "ftplib"}
NAIVE = {"utcnow", "utcfromtimestamp", "today"}
TAKES_ZONE = {"now": 1, "fromtimestamp": 2}
READS_CODE = {"eval", "exec", "compile", "__import__"}
STARTS_PROGRAMS = {"system", "popen", "execv", "execvp", "spawnv", "posix_spawn"}
RUNS_SQL = {"text", "execute", "exec_driver_sql", "DDL", "literal_column", "executescript"}
UNSAFE_READERS = {"pickle", "marshal", "shelve", "dill", "yaml"}


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        says: What is forbidden.
        look: Yields the nodes of a syntax tree that break it.
        planted: Code that breaks it.
        except_in: Files of the checkout where it may be, each with the reason.
    """

    says: str
    look: Look
    planted: str
    except_in: dict[str, str] = field(default_factory=dict)


def _called(node: ast.AST) -> str:
    """Return the last name of what is called: ``run`` of ``subprocess.run(…)``."""
    if not isinstance(node, ast.Call):
        return ""
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _calls_plainly(names: set[str]) -> Look:
    def look(tree: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield node

    return look


def _imports(names: set[str]) -> Look:
    def look(tree: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import) and names & {alias.name for alias in node.names}:
                yield node
            if isinstance(node, ast.ImportFrom) and names & _brought_by(node):
                yield node

    return look


def _brought_by(node: ast.ImportFrom) -> set[str]:
    module = node.module or ""
    return {module} | {f"{module}.{alias.name}" for alias in node.names}


def _keyword_is(name: str, value: object) -> Look:
    def look(tree: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if not (isinstance(node, ast.keyword) and node.arg == name):
                continue
            if isinstance(node.value, ast.Constant) and node.value.value is value:
                yield node.value

    return look


def _naive_times(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        name = _called(node)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        given = len(node.args) + len(node.keywords)
        of_class = getattr(node.func.value, "id", getattr(node.func.value, "attr", ""))
        if of_class in ("datetime", "date") and (name in NAIVE or given < TAKES_ZONE.get(name, 0)):
            yield node


def _written_sql(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in RUNS_SQL:
            yield from (node for given in node.args[:1] if _is_put_together(given))


def _is_put_together(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return any(
            isinstance(side, ast.Constant | ast.JoinedStr) for side in (node.left, node.right)
        )
    return isinstance(node, ast.JoinedStr) or _called(node) == "format"


def _xml_readers(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if _called(node) in ("fromstring", "XML", "iterparse", "parseString", "XMLParser"):
            yield node


PATTERNS = {"compile", "match", "fullmatch", "search", "sub", "findall", "finditer", "split"}


def _put_together_patterns(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            is_re = getattr(node.func.value, "id", "") == "re" and node.func.attr in PATTERNS
            if is_re and _is_put_together(node.args[0]):
                yield node


def _programs(tree: ast.AST) -> Iterator[ast.AST]:
    yield from _imports({"subprocess", "pty", "commands"})(tree)
    for node in ast.walk(tree):
        if _called(node) in STARTS_PROGRAMS:
            yield node


def _shells(tree: ast.AST) -> Iterator[ast.AST]:
    yield from _keyword_is("shell", value=True)(tree)


def _guessable(tree: ast.AST) -> Iterator[ast.AST]:
    yield from _imports({"random", "numpy.random"})(tree)


def _weak_digests(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if _called(node) in ("md5", "sha1", "SHA1", "MD5"):
            yield node


def _short_comparisons(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield where a code or an HMAC is compared with ``==``, which ends at the first difference."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, *node.comparators]
            if any(_called(part) in COMPUTES_SECRET for side in sides for part in ast.walk(side)):
                yield node


COMPUTES_SECRET = {"code_at", "look_up_index", "_proof_of", "digest", "generate"}

RULES = (
    Rule("no print: whoever reads it is unknown", _calls_plainly({"print"}), "print(address)"),
    Rule(
        "nothing is fetched from another host",
        _imports(CLIENTS),
        "from urllib.request import urlopen",
    ),
    Rule("no time without a zone", _naive_times, "at = datetime.utcnow()"),
    Rule("no time of an unknown clock", _naive_times, "at = datetime.now()"),
    Rule(
        "no SQL is put together from texts",
        _written_sql,
        'session.execute(text(f"SELECT {name}"))',
        {
            "protestcoord/core/database.py": "pragmas of ours, a constant list",
            "protestcoord/organizers/models.py": "a constant of ours in a DDL",
            "protestcoord/publications/schemas.py": "text is a word of a schema there, no SQL",
            "migrations/versions/0005_chained_log.py": "two words of ours in the names of triggers",
        },
    ),
    Rule(
        "no escaping is turned off", _keyword_is("autoescape", value=False), "f(autoescape=False)"
    ),
    Rule("no certificate is taken unseen", _keyword_is("verify", value=False), "f(verify=False)"),
    Rule("no text is run as code", _calls_plainly(READS_CODE), "eval(text)"),
    Rule(
        "no object is read from bytes",
        _imports(UNSAFE_READERS),
        "import pickle",
        {"protestcoord/publications/apart.py": "from ourselves, by a pipe between two processes"},
    ),
    Rule("no XML is read", _xml_readers, "ET.fromstring(text)"),
    Rule(
        "no pattern is made of a text",
        _put_together_patterns,
        're.compile(f"^{name}$")',
        {
            "protestcoord/reports/rules.py": "from a constant of its own",
            "protestcoord/missions/persons.py": "from the lists of words beside it",
        },
    ),
    Rule(
        "no other program is started",
        _programs,
        'os.system("ls")',
        {
            "protestcoord/publications/apart.py": "Python itself, to draw apart",
            "protestcoord/publications/printers.py": "fc-match of fontconfig, with fixed words",
        },
    ),
    Rule("no shell", _shells, "run(command, shell=True)"),
    Rule("no chance that can be foretold", _guessable, "from random import choice"),
    Rule(
        "no weak digest",
        _weak_digests,
        "hashlib.md5(text)",
        {"protestcoord/organizers/totp.py": "RFC 6238 and the apps know no other"},
    ),
    Rule(
        "secrets are compared in constant time", _short_comparisons, "ok = code_at(s, n) == typed"
    ),
    Rule(
        "no text is called safe markup",
        _imports({"markupsafe.Markup", "markupsafe", "flask.Markup"}),
        "from markupsafe import Markup",
        {
            "protestcoord/publications/prints.py": "a style of our own numbers and names",
            "protestcoord/core/templates.py": "one tag around a name, which is escaped",
        },
    ),
)

# In templates and in our own scripts.
SAFE_FILTER = re.compile(r"\|\s*safe\b|{%-?\s*autoescape\s+false")
MAKES_MARKUP = re.compile(
    r"\.(innerHTML|outerHTML)\s*\+?=[^=]|insertAdjacentHTML|document\.write\b|"
    r"\beval\(|new Function\b|\.setHTML|createContextualFragment|setTimeout\(\s*[\"'`]"
)
KEEPS_IN_BROWSER = re.compile(r"\b(localStorage|sessionStorage|indexedDB)\b|document\.cookie")
# A name such as __proto__ would change all objects; a Map takes any name. This one reckons with
# arrays of numbers alone.
WITH_NUMBERS = frozenset({"proof-worker.js"})
WRITES_BY_NAME = re.compile(r"[\w)]\[(?=[A-Za-z_(`])[^\]]*\]\s*=[^=]|__proto__")
# These two speak with each other alone.
WITH_OWN_WORKER = frozenset({"proof.js", "proof-worker.js"})
LISTENS_TO_OTHERS = re.compile(r"postMessage|[\"']message[\"']|\bonmessage\b")


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def code_files() -> list[Path]:
    return sorted(file for folder in CODE for file in folder.rglob("*.py"))


def breaks(rule: Rule, files: list[Path]) -> list[str]:
    """Return where a rule is broken, as ``file:line``."""
    return [
        f"{name}:{node.lineno}"
        for file in files
        if (name := _name_of(file)) not in rule.except_in
        for node in rule.look(tree_of(file))
    ]


def _name_of(file: Path) -> str:
    return file.relative_to(CHECKOUT).as_posix() if file.is_relative_to(CHECKOUT) else file.name


def found_in_texts(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """Return where a pattern occurs, as ``file: text``."""
    return [
        f"{_name_of(file)}: {found.group()}"
        for file in files
        for found in pattern.finditer(file.read_text(encoding="utf-8"))
    ]


def templates() -> list[Path]:
    return sorted(file for file in (CHECKOUT / "templates").rglob("*") if file.is_file())


def own_scripts() -> list[Path]:
    """Return our scripts; those of others lie in ``vendor`` and are known by their hashes."""
    return sorted((PACKAGE / "static").glob("*.js"))
