"""The guard: what a query is, and whether this service runs it, decided in one pass over its tokens.

A short text can bring a parser down, and a query can call other services, so size, depth and counts are bounded and
SERVICE, updates and vendor extensions are refused here. The guard only refuses; the grammar is left to the parser.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from sparqlgate.errors import GateError, QueryRefused, QuerySyntaxError
from sparqlgate.text.lexer import Lexer, Token, decode_escapes, escapes, mistaken, others_of, place, shape_of, wrong


@dataclass(frozen=True)
class Bounds:
    """How large a query may be. ``size`` is in characters with, ``plain`` without the data of VALUES blocks."""

    size: int = 1_000_000
    plain: int = 100_000
    depth: int = 64
    triples: int = 100
    optionals: int = 50
    path_steps: int = 64
    operators: int = 200


@dataclass(frozen=True)
class Screened:
    """A query that may be run. ``text`` has no byte order mark, ``canonical`` is it without comments and with one space
    between tokens, so that two texts with the same one mean the same; ``head`` is its prologue (BASE, PREFIX).

    ``from_default`` are the FROM clauses as written, ``graphs`` says whether GRAPH occurs, ``federated`` whether
    SERVICE does, ``volatile`` whether two runs may differ, ``delimiter_escape`` whether a codepoint escape stands for
    a quote, an angle bracket, a backslash or a line end, which not all services read alike. ``undeclared`` is the
    error to raise if the parser fails and a prefix seems not to be declared.
    """

    text: str
    form: str
    head: str
    from_default: tuple[str, ...] = ()
    from_named: tuple[str, ...] = ()
    graphs: bool = False
    volatile: bool = False
    federated: bool = False
    delimiter_escape: bool = False
    undeclared: QuerySyntaxError | None = None
    canonical: str = ""


FORMS: Final = ("select", "ask", "construct", "describe")
UPDATES: Final = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
#: Kinds of refusal.
_COMPLEX: Final = "query-too-complex"
_VENDOR: Final = "vendor-extension"
_VOLATILE: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
_NOT_OPERANDS: Final = ("DISTINCT", "IN", "NOT", "EXISTS", "AS", "SEPARATOR")
_COUNTED: Final = ("OPTIONAL", "UNION", "MINUS", "BIND", "FILTER", "EXISTS", "LATERAL", "SELECT", "GRAPH", "VALUES")
_OPERATORS: Final = frozenset(("||", "&&", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "!", "|", "^"))
_CLOSES: Final = {")": "(", "]": "[", "}": "{", "|}": "{|", ">>": "<<"}
_DELIMITERS: Final = "\"'<>\\\n\r"
_TERMS: Final = frozenset(("iri", "name", "var", "string", "number"))


@dataclass(slots=True)
class _Frame:
    """An open bracket: ``kind`` is top, pattern, template, data (terms only), values, expression or doubt."""

    opened: str
    kind: str
    start: int
    state: str = ""
    run: bool = False


@dataclass
class Pass:
    """The screen on its way through a text."""

    text: str
    bounds: Bounds
    federated: bool = False
    frames: list[_Frame] = field(default_factory=lambda: [_Frame("", "top", 0, "head")])
    counts: Counter[str] = field(default_factory=Counter)
    form: str = ""
    form_start: int = 0
    previous: Token = field(default_factory=lambda: Token("punct", "", 0))
    before: Token = field(default_factory=lambda: Token("punct", "", 0))
    from_default: list[str] = field(default_factory=list)
    from_named: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    values_size: int = 0
    suspect: Token | None = None
    prefixes: set[str] = field(default_factory=lambda: {"_"})
    undeclared: Token | None = None


def screen(text: str, bounds: Bounds | None = None, *, federated: bool = False) -> Screened:
    """Check a query text and say what it is. With ``federated``, SERVICE may stand as a word of its own in a pattern.

    Raises QueryRefused for updates, federation, vendor extensions and texts over ``bounds``; QuerySyntaxError, with
    line and column, for what cannot be SPARQL: lone surrogates, unclosed strings and brackets, no query form.
    """
    return _finish(*_passed(text, bounds or Bounds(), federated))


def _passed(text: str, limits: Bounds, federated: bool) -> tuple[Pass, str]:
    """Walk over a text; return what was seen and its canonical form."""
    text = text.removeprefix("\ufeff")
    if len(text) > limits.size:
        raise QueryRefused(f"the query is longer than {limits.size:,} characters", kind=_COMPLEX)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise wrong(text, error.start, f"U+{ord(text[error.start]):04X} is half a character; send UTF-8") from None
    state = Pass(text, limits, federated)
    lexer, words = Lexer(text), []
    for token in lexer:
        advance(state, lexer, token)
        frame = state.frames[-1]
        lexer.in_values = frame.kind == "values" and frame.opened == "{"
        words.append(token.text)
    return state, " ".join(words)


def advance(state: Pass, lexer: Lexer, token: Token) -> None:
    """Take one token, and tell the lexer what may follow it. Raises as ``screen`` does."""
    _step(state, token)
    lexer.less_than = state.frames[-1].kind == "expression" and _is_operand(state.previous)


def _finish(state: Pass, canonical: str) -> Screened:
    if not state.form:
        raise QuerySyntaxError("the query is empty: it needs SELECT, ASK, CONSTRUCT or DESCRIBE", line=1, column=1)
    if len(state.frames) > 1:
        frame = state.frames[-1]
        raise wrong(state.text, frame.start, f"'{frame.opened}' is opened here and never closed")
    if len(state.text) - state.values_size > state.bounds.plain:
        reason = f"the query is longer than {state.bounds.plain:,} characters, not counting its VALUES data"
        raise QueryRefused(reason, kind=_COMPLEX)
    return Screened(
        text=state.text,
        canonical=canonical,
        form=state.form,
        head=state.text[: state.form_start],
        from_default=tuple(state.from_default),
        from_named=tuple(state.from_named),
        graphs="graph" in state.flags,
        volatile="volatile" in state.flags or "federated" in state.flags,
        federated="federated" in state.flags,
        delimiter_escape="escape" in state.flags,
        undeclared=_undeclared(state),
    )


def _undeclared(state: Pass) -> QuerySyntaxError | None:
    if state.undeclared is None:
        return None
    prefix = state.undeclared.text.split(":", 1)[0]
    line, column = place(state.text, state.undeclared.start)
    reason = f"the prefix '{prefix}:' is not declared"
    return QuerySyntaxError(reason, kind="unknown-prefix", line=line, column=column, extra={"prefix": prefix})


def _step(state: Pass, token: Token) -> None:
    frame, kind = state.frames[-1], token.kind
    if state.suspect is not None:
        if token.text == "{":
            raise _federation(state, state.suspect)
        state.suspect = None
    if kind == "punct":
        _punct(state, frame, token)
    elif kind == "word":
        _word(state, frame, token)
    elif kind == "data":
        pass
    elif kind == "escaped":
        _escaped(state, token)
    else:
        _term(state, frame, token)
    state.before, state.previous = state.previous, token


def _word(state: Pass, frame: _Frame, token: Token) -> None:
    word = token.text.upper()
    if "SERVICE" in word:
        if word != "SERVICE" or not state.federated or frame.kind != "pattern":
            raise _federation(state, token)
        state.flags.add("federated")
    if word.startswith("DEFINE"):
        raise _refused(state, token, _VENDOR, "DEFINE is not SPARQL 1.1")
    if not state.form:
        _head_word(state, token, word)
        return
    for name in _counted(word):
        _count(state, token, name, state.bounds.optionals if name == "OPTIONAL" else state.bounds.operators)
    if word in _VOLATILE:
        state.flags.add("volatile")
    if word.endswith("GRAPH"):
        state.flags.add("graph")
    if "SELECT" in word and frame.kind == "pattern":
        frame.state = "select"
    elif word.endswith("VALUES"):
        frame.state = "values" if frame.state != "select" else frame.state
    elif frame.kind == "top" and word.endswith("WHERE"):
        frame.state = "where"
    if word in ("A", "TRUE", "FALSE", "UNDEF"):
        _begin_run(state, frame, token)
    elif frame.kind == "pattern":
        frame.run = False


@lru_cache(1024)
def _counted(word: str) -> tuple[str, ...]:
    return tuple(name for name in _COUNTED if name in word)


def _head_word(state: Pass, token: Token, word: str) -> None:
    """Read the prologue up to the query form; nothing stands between the parts in ``SELECT?x`` or ``ASK{``."""
    for form in FORMS:
        if word.startswith(form.upper()):
            state.form, state.form_start = form, token.start
            state.frames[0].state = "select" if form == "select" else "clause"
            return
    if word.startswith(UPDATES):
        raise _refused(state, token, "read-only", "this endpoint is read-only, and this is an update")
    if word not in ("BASE", "PREFIX", "VERSION"):
        if _ends(state.previous, "PREFIX"):
            raise mistaken(state.text, token.start, "prefix-colon", name=token.text[:40])
        if state.previous.text == "/":
            raise mistaken(state.text, state.text.rfind(" ", 0, state.previous.start) + 1, "prefix-iri")
        reason = f"'{token.text[:40]}' begins no query; expected SELECT, ASK, CONSTRUCT or DESCRIBE"
        raise wrong(state.text, token.start, reason)


def _term(state: Pass, frame: _Frame, token: Token) -> None:
    text, kind = token.text, token.kind
    escaped = "\\" in text
    if escaped and kind in ("iri", "string") and any(decode_escapes(item) in _DELIMITERS for item in escapes(text)):
        state.flags.add("escape")
    if kind == "iri":
        scheme = decode_escapes(text[1:64]) if escaped else text[1:5]
        if scheme.lower().startswith(("bif:", "sql:")):
            raise _refused(state, token, _VENDOR, f"{text[:40]} is a vendor extension, not SPARQL 1.1")
        if frame.kind == "doubt" and _is_operand(state.previous) and any(sign in text for sign in "#'"):
            raise wrong(state.text, token.start, "write a space after '<' if a comparison is meant here")
    elif kind == "name":
        _name(state, frame, token)
    if state.form:
        if frame.kind == "top":
            _from(state, token)
        if kind in _TERMS:
            _begin_run(state, frame, token)


def _name(state: Pass, frame: _Frame, token: Token) -> None:
    prefix = (declared := token.text.split(":", 1)[0]).upper()
    if not state.form:
        state.prefixes.update((declared, declared[6:]) if prefix.startswith("PREFIX") else (declared,))
    elif state.undeclared is None and declared not in state.prefixes:
        state.undeclared = token
    if prefix in ("BIF", "SQL"):
        raise _refused(state, token, _VENDOR, f"the prefix {declared}: is a vendor extension, not SPARQL 1.1")
    if "SERVICE" in prefix and frame.kind != "top" and not _ends(state.previous, "GRAPH"):
        state.suspect = token  # glued to its keyword a name can be a SERVICE clause: the next token tells
    if not state.form:
        for form in FORMS:
            if prefix.startswith(form.upper()) and not _ends(state.previous, "PREFIX"):
                state.form, state.form_start = form, token.start
                state.frames[0].state = "clause"
        if prefix.startswith(UPDATES) and not _ends(state.previous, "PREFIX"):
            raise _refused(state, token, "read-only", "this endpoint is read-only, and this is an update")


def _from(state: Pass, token: Token) -> None:
    """Keep the graphs of FROM and FROM NAMED as written."""
    if token.kind not in ("iri", "name"):
        return
    if _ends(state.previous, "NAMED"):
        state.from_named.append(token.text)
    elif _ends(state.previous, "FROM"):
        state.from_default.append(token.text)
    elif token.kind == "name" and token.text.upper().startswith("FROM"):
        raise wrong(state.text, token.start, "write a space after FROM")


def _escaped(state: Pass, token: Token) -> None:
    word = token.text.upper()
    if "SERVICE" in word:
        raise _federation(state, token)
    if "DEFINE" in word or word.startswith(("BIF:", "SQL:")):
        raise _refused(state, token, _VENDOR, "this is a vendor extension, not SPARQL 1.1")
    if not state.form and word.startswith(UPDATES):
        raise _refused(state, token, "read-only", "this endpoint is read-only, and this is an update")
    raise wrong(state.text, token.start, "a codepoint escape may stand in strings and IRIs only; write the character")


def _punct(state: Pass, frame: _Frame, token: Token) -> None:
    sign = token.text
    if sign in ("(", "[", "{", "{|", "<<"):
        _open(state, frame, token)
        return
    if sign in _CLOSES and (sign != ">>" or frame.opened == "<<"):
        _close(state, frame, token)
        return
    if sign in (".", ";", ","):
        frame.run = False
    elif sign in _OPERATORS and frame.kind != "values":
        if frame.kind == "expression":
            _count(state, token, sign, state.bounds.operators)
        elif sign in ("/", "|", "^"):
            _count(state, token, "path steps", state.bounds.path_steps)
        else:
            _count(state, token, sign, state.bounds.operators)


def _open(state: Pass, frame: _Frame, token: Token) -> None:
    if len(state.frames) > state.bounds.depth:
        raise _refused(state, token, _COMPLEX, f"the query is nested deeper than {state.bounds.depth}")
    if token.text == "(":
        kind = _parenthesis(state, frame)
    elif token.text == "{":
        kind = _brace(state, frame)
    else:
        kind = "data"
    if state.form and token.text in ("[", "(") and kind == "data":
        _begin_run(state, frame, token)
    state.frames.append(_Frame(token.text, kind, token.start))


def _parenthesis(state: Pass, frame: _Frame) -> str:
    """Tell an expression from a list of terms or a path by what stands before the parenthesis."""
    if _ends(state.previous, "VALUES") or frame.state == "values":
        return "data"
    if frame.kind == "values":
        return "values"
    if frame.kind in ("data", "template"):
        return "data"
    if state.form and _ends(state.previous, "EXISTS"):
        raise mistaken(state.text, state.previous.start, "exists-braces")
    if state.previous.text == "<<":
        return "data"
    if frame.kind == "expression" or frame.state in ("select", "modifiers") or frame.kind == "top":
        return "expression"
    if frame.kind == "doubt":
        return "doubt"
    if state.previous.kind == "word":
        return "data" if state.previous.text.upper() in ("A", "TRUE", "FALSE", "UNDEF") else "expression"
    if state.previous.kind in ("iri", "name") and _ends(state.before, "FILTER"):
        return "expression"
    if state.previous.kind == "name" and "FILTER" in state.previous.text.split(":", 1)[0].upper():
        state.flags.add("doubt")
        return "doubt"
    return "data"


def _brace(state: Pass, frame: _Frame) -> str:
    if frame.state == "values":
        return "values"
    if frame.kind == "top" and frame.state == "clause" and _ends(state.previous, "CONSTRUCT"):
        frame.state = "where"
        return "template"
    frame.run = False
    return "pattern"


def _close(state: Pass, frame: _Frame, token: Token) -> None:
    if frame.opened != _CLOSES[token.text]:
        opened = f"; '{frame.opened}' of line {place(state.text, frame.start)[0]} is still open" if frame.opened else ""
        raise wrong(state.text, token.start, f"'{token.text}' closes nothing here{opened}")
    state.frames.pop()
    outer = state.frames[-1]
    if token.text == "}":
        outer.run = False
        if frame.kind == "values":
            state.values_size += token.start - frame.start
            outer.state = "modifiers" if outer.kind == "top" else ""
        elif frame.kind == "pattern" and (outer.kind == "top" or outer.state == "select"):
            outer.state = "modifiers"


def _begin_run(state: Pass, frame: _Frame, token: Token) -> None:
    """Count a triple pattern where its terms begin; each item of a list makes two."""
    in_list = frame.kind == "data" and frame.opened == "("
    if frame.run and not in_list:
        return
    no_place = frame.state or frame.kind in ("top", "expression", "values", "template", "doubt")
    if no_place or any(item.kind in ("template", "values") for item in state.frames[-3:]):
        return
    if in_list:
        if state.previous.text not in ("/", "|", "^", "!"):
            _count(state, token, "triple patterns", state.bounds.triples)
        return
    frame.run = True
    _count(state, token, "triple patterns", state.bounds.triples)


def _count(state: Pass, token: Token, what: str, limit: int) -> None:
    state.counts[what] += 1
    if state.counts[what] > limit:
        shown = what if " " in what else f"'{what}'"
        raise _refused(state, token, _COMPLEX, f"the query has more than {limit} {shown}")


def _is_operand(token: Token) -> bool:
    if token.kind == "punct":
        return token.text in (")", "}", "]", ">>")
    return token.kind != "word" or not token.text.upper().endswith(_NOT_OPERANDS)


def _ends(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper().endswith(word)


def _federation(state: Pass, token: Token) -> QueryRefused:
    off = "federation is off: this endpoint does not run SERVICE; whoever runs it can allow some with --allow-service"
    apart = "federation reads SERVICE as a word of its own, at its place in a pattern"
    if state.federated:
        return _refused(state, token, "federation-refused", apart)
    return _refused(state, token, "federation-off", off)


def _refused(state: Pass, token: Token, kind: str, reason: str) -> QueryRefused:
    line, column = place(state.text, token.start)
    return QueryRefused(reason, kind=kind, line=line, column=column)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the guard says of all texts of one shape; ``canonical`` and ``head`` have %s where each has its own.

    ``first`` is how many of these stand in the head.
    """

    found: Screened
    canonical: str
    head: str
    first: int


@lru_cache(1024)
def _shape(shape: str, federated: bool) -> _Shape | None:
    """Screen a shape; None where what it says of one text may be wrong for another."""
    try:
        state, canonical = _passed(shape, Bounds(), federated)
        found = _finish(state, canonical)
    except GateError:
        return None  # the error of a text names its own places
    if found.from_default or found.from_named or found.federated or found.undeclared or "doubt" in state.flags:
        return None
    head = _form(found.head)
    return _Shape(found, _form(canonical), head, head.count("%s"))


def _form(shape: str) -> str:
    return shape.replace("<>", "%s").replace("?v", "%s")


def screen_short(text: str, *, federated: bool = False) -> Screened:
    """Screen a short text as ``screen`` does, with its errors.

    Of one that differs from another by IRIs and variables alone, which the guard does not look into, no token is read.
    """
    plain = text.removeprefix("\ufeff")
    shape = None if plain.startswith("\ufeff") else shape_of(plain)
    known = _shape(shape, federated) if shape is not None and _is_whole(plain) else None
    if known is None:
        return screen(text, federated=federated)
    others, found = others_of(plain), known.found
    head = known.head % tuple(others[: known.first])
    canonical = known.canonical % tuple(others)
    return Screened(plain, found.form, head, graphs=found.graphs, volatile=found.volatile, canonical=canonical)


def _is_whole(text: str) -> bool:
    """Say whether a text has no half of a character in it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


#: Texts up to so many characters are read where they are, which takes three milliseconds at the most.
SHORT: Final = 4096


def is_short(text: str) -> bool:
    """Say whether a text is read where it is."""
    return len(text) <= SHORT


def verdict(text: str, bounds: Bounds, *, federated: bool) -> Screened:
    """Screen a text and return what the screen says, without the text; of a long canonical one only the digest."""
    found = screen(text, bounds, federated=federated)
    canonical = found.canonical
    if not is_short(canonical):
        canonical = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    return replace(found, text="", canonical=canonical)
