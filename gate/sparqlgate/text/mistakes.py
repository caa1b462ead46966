"""Common mistakes in SPARQL: what was probably meant where the parser gave up, at its word, with the remedy (errors).

The parser says where it stopped, not what is wrong. Each rule here looks for one mistake that people make who begin, or
come from SQL or another store, and writes the query as it would be without it. The rule is believed only when the
parser gets further with that text than with the query: a message that is not sure says only what was not expected.
Nothing is evaluated, and each rule reads the tokens once.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice, pairwise
from typing import Final

from sparqlgate.errors import QueryError, QueryRefused, QuerySyntaxError
from sparqlgate.text.lexer import mistaken
from sparqlgate.text.outline import (
    AGGREGATES,
    FUNCTIONS,
    INSTEAD,
    KEYWORDS,
    OPERATORS,
    ORDER,
    SHOWN,
    TERMS,
    UNKNOWN,
    Guess,
    Parse,
    Query,
    Select,
    Spaced,
)
from sparqlgate.text.writing import Edit, Steps, edited

#: What is told where no rule is sure.
UNSURE: Final = ("unexpected", "too-short")
#: Texts up to so many characters are looked through, which are more than people write, and so many remedies are tried.
_LONGEST: Final = 20_000
_TRIED: Final = 24
#: How alike a word has to be that is meant.
_ALIKE: Final = 0.8
_GROUPS: Final = ("OPTIONAL", "MINUS", "EXISTS")
_COMPARED: Final = ("=", "!=", ">", "<=", ">=", "<")
_JOINED: Final = (*_COMPARED, "&&", "||", "+", "-", "*", "/", "!")
_CONNECTED: Final = {"AND": "&&", "OR": "||"}
_SEPARATORS: Final = ((".", "dot-missing"), (";", "semicolon-missing"), (",", "comma-missing"))
#: Words in an expression that is an error when one of its variables has no value; nothing stands for other tokens.
_STRICT: Final = frozenset(("", "DISTINCT", "STR", "ABS", "ROUND", "CEIL", "FLOOR", "STRLEN", "LCASE", *AGGREGATES))
_NOT_IN_IRIS: Final = frozenset('<>"{}|^`\\ \t\r\n')


def find(text: str, parse: Parse) -> QuerySyntaxError | None:
    """Return what is wrong with a screened text that the parser does not read; None where it is too long to be told.

    The error's ``extra`` has the ``mistake``: where no rule is sure, it is ``unexpected`` or ``too-short``.
    """
    if len(text) > _LONGEST:
        return None
    try:
        steps = Steps(text)
    except QueryError:
        return None
    spaced = Spaced(steps)
    at = spaced.stop((), parse)
    query = Query(steps, at)
    for guess in islice((guess for rule in _RULES for guess in rule(query)), _TRIED):
        if spaced.stop(guess.edits, parse) > at:
            return mistaken(text, guess.start, guess.mistake, **guess.names)
    if at >= query.size:
        return mistaken(text, len(text.rstrip()), "too-short")
    return mistaken(text, query.place(at), "unexpected", word=query.shown(at, at + 1))


def hidden(text: str) -> QueryRefused | None:
    """Return an error for a HAVING by a name that SELECT gives, where no group can ever pass it (SPARQL 1.1, 18.2.4).

    The name has its value after HAVING, so a comparison with it is an error. It is left alone beside ``||`` and
    functions that make something of an error.
    """
    if "HAVING" not in text.upper() or len(text) > _LONGEST:
        return None
    try:
        query = Query(Steps(text), 0)
    except QueryError:
        return None
    return next((found for select in query.selects() for found in _hidden(query, select)), None)


def _hidden(query: Query, select: Select) -> Iterator[QueryRefused]:
    steps, named = query.steps, dict[str, str]()
    for n in query.level(select.word + 1, select.projected):
        name = steps.partner[n] - 1 if steps.sign(n) == "(" else -1
        if name > n and steps.word(name - 1) == "AS":
            expression = query.span(n + 1, name - 1)
            alone = (query.after(n + 2) if steps.sign(n + 2) == "(" else n + 2) == name - 1
            named[query.text(name)[1:]] = expression if alone else f"({expression})"
    for word, first, stop in query.segments(select):
        inside = range(first + 1, stop)
        if word != "HAVING" or any(steps.sign(n) == "||" or steps.word(n) not in _STRICT for n in inside):
            continue
        until, found = -1, list[int]()
        for n in inside:
            if steps.word(n) in AGGREGATES and steps.sign(n + 1) == "(":
                until = max(until, steps.partner[n + 1])
            if steps.kind(n) == "var" and n > until and query.text(n)[1:] in named:
                found.append(n)
        if found:
            edits = [(steps.start(n), steps.end(n), named[query.text(n)[1:]]) for n in found]
            right = " ".join(edited(steps.text, edits, steps.start(first), steps.end(stop - 1)).split())
            names = {"name": query.text(found[0])[:SHOWN], "expression": right[: 2 * SHOWN]}
            told = mistaken(steps.text, query.place(found[0]), "having-name", **names)
            yield QueryRefused(told.reason, line=told.line, column=told.column, extra=told.extra)


def _clause(word: str) -> str:
    return f"{word} BY" if word in ("GROUP", "ORDER") else word


def _head(query: Query) -> Iterator[Guess]:
    """Lines of the prologue as Turtle has them."""
    steps = query.steps
    for n in range(query.size):
        if steps.all[n].form:
            return
        if steps.kind(n) == "lang" and query.text(n).lower() == "@prefix":
            edits = [query.put(n, "PREFIX")]
            edits += [query.put(n + 3, "")] if steps.sign(n + 3) == "." else []
            yield Guess("turtle-prefix", query.place(n), tuple(edits), {"name": query.text(n + 1)[:SHOWN]})
        elif steps.sign(n) in (".", ";") and steps.kind(n - 1) == "iri":
            yield Guess("prefix-end", query.place(n), (query.put(n, ""),), {"sign": query.text(n)})


def _projection(query: Query) -> Iterator[Guess]:
    """What stands between SELECT and its pattern."""
    steps = query.steps
    for select in query.selects():
        level = list(query.level(select.word + 1, select.projected))
        commas = [n for n in level if steps.sign(n) == ","]
        if commas:
            yield Guess("comma-in-select", query.place(commas[0]), tuple(query.put(n, "") for n in commas))
        if all(steps.word(n) in ("DISTINCT", "REDUCED") for n in level):
            yield Guess("select-nothing", query.place(select.projected), (query.insert(select.projected, "*"),))
        for n in level:
            yield from _projected(query, n)


def _projected(query: Query, n: int) -> Iterator[Guess]:
    steps, word, kind = query.steps, query.steps.word(n), query.steps.kind(n)
    before = steps.word(n - 1)
    if steps.sign(n) == "(":
        yield from _named(query, n, "expression-without-name")
    elif word == "TOP" and steps.kind(n + 1) == "number":
        many = query.text(n + 1)
        yield Guess("top", query.place(n), (query.put(n, "", n + 2),), {"many": many[:20]})
    elif (word and word not in ("DISTINCT", "REDUCED", "AS") and before != "AS") or kind == "var":
        end = query.after(n + 1) if word and steps.sign(n + 1) == "(" else n + 1
        if steps.word(end) == "AS" and steps.kind(end + 1) == "var":
            expression = query.shown(n, end + 2)
            yield Guess("as-brackets", query.place(n), query.wrap(n, end + 2), {"expression": expression})
        elif end > n + 1:
            name = query.new()
            edits = (query.insert(n, "("), (steps.end(end - 1), steps.end(end - 1), f" AS {name} )"))
            mistake = "aggregate-brackets" if word in AGGREGATES else "call-brackets"
            names = {"expression": query.shown(n, end), "name": name}
            yield Guess(mistake, query.place(n), edits, names)
        elif word and word not in KEYWORDS - {"A"}:
            near = get_close_matches(word[:40], ("DISTINCT", "REDUCED", "WHERE", "FROM"), 1, _ALIKE)
            if near:
                yield _near(query, n, near[0])
            else:
                yield _bare_variable(query, n)


def _near(query: Query, n: int, right: str) -> Guess:
    edit = (query.place(n), query.steps.end(n), right)
    return Guess("near-word", query.place(n), (edit,), {"wrong": query.text(n)[:SHOWN], "right": right})


def _named(query: Query, opened: int, mistake: str) -> Iterator[Guess]:
    """An expression in brackets that is to get a name."""
    steps, closed = query.steps, query.steps.partner[opened]
    at = next((n for n in query.level(opened + 1, closed) if steps.word(n) == "AS"), -1)
    if at < 0:
        name = query.new()
        names = {"expression": query.shown(opened + 1, closed), "name": name}
        yield Guess(mistake, query.place(opened), (query.insert(closed, f"AS {name}"),), names)
    elif steps.kind(at + 1) == "word":
        yield _bare_variable(query, at + 1)


def _bare_variable(query: Query, n: int) -> Guess:
    name = query.text(n)
    return Guess("variable-mark", query.place(n), (query.put(n, f"?{name}"),), {"name": name[:SHOWN]})


def _aggregates(query: Query) -> Iterator[Guess]:
    """Aggregates of more than one expression."""
    steps = query.steps
    for n, word in query.words():
        if word not in AGGREGATES or steps.sign(n + 1) != "(":
            continue
        closed = steps.partner[n + 1]
        level = [at for at in query.level(n + 2, closed) if steps.word(at) != "DISTINCT"]
        end = next((at for at in level if steps.sign(at) == ";"), closed)
        commas = [at for at in level if steps.sign(at) == ","]
        pairs = [at for before, at in pairwise(level) if steps.kind(before) == steps.kind(at) == "var"]
        if not commas and not pairs:
            continue
        cut = min([*commas, *pairs])
        if word == "GROUP_CONCAT" and commas and steps.kind(cut + 1) == "string":
            right = f"{word}({query.shown(n + 2, cut)}; SEPARATOR={query.text(cut + 1)[:SHOWN]})"
            yield Guess("use-instead", query.place(cut), (query.put(cut, "; SEPARATOR="),), {
                "wrong": query.shown(n, closed + 1), "right": right
            })  # fmt: skip
        else:
            edit = (query.place(cut), query.place(end), " ")
            yield Guess("one-expression", query.place(cut), (edit,), {"function": word})


def _brackets(query: Query) -> Iterator[Guess]:
    """FILTER, HAVING, BIND and IN without their brackets, and groups without their braces."""
    steps = query.steps
    for n, word in query.words():
        kind, sign = steps.all[n].kind, steps.sign(n + 1)
        if (word == "FILTER" and kind == "pattern") or (word == "HAVING" and kind in ("top", "pattern")):
            yield from _constraint(query, n, word)
        elif word == "BIND" and kind == "pattern":
            if sign == "(":
                yield from _named(query, n + 1, "bind-name")
            else:
                stop = next((at + 2 for at in query.level(n + 1, query.size) if steps.word(at) == "AS"), n + 1)
                if n + 1 < stop <= query.size:
                    names = {"expression": query.shown(n + 1, stop)}
                    yield Guess("bind-brackets", query.place(n), query.wrap(n + 1, stop), names)
        elif word == "IN" and kind == "expression" and sign != "(" and n + 1 < query.size:
            edits = _other_brackets(query, n + 1, "(", ")") if sign in ("{", "[") else query.wrap(n + 1, n + 2)
            yield Guess("in-brackets", query.place(n), edits)
        elif word == "VALUES" and steps.kind(n + 1) == "var" and steps.sign(n + 2) == "(":
            yield Guess("values-braces", query.place(n + 2), _other_brackets(query, n + 2, "{", "}"), {
                "name": query.text(n + 1)[:SHOWN]
            })  # fmt: skip
        elif word in _GROUPS and kind in ("pattern", "expression") and sign != "{":
            end = query.end_of_group(n + 1)
            if n + 1 < end:
                yield Guess("group-braces", query.place(n), query.wrap(n + 1, end, "{", "}"), {"word": word})
        elif word == "GRAPH" and kind == "pattern" and sign == "{":
            yield Guess("graph-name", query.place(n), (query.insert(n + 1, query.new("g")),))
        elif word == "SELECT" and kind == "pattern" and steps.sign(n - 1) != "{":
            end = query.end_of_group(n)
            yield Guess("select-braces", query.place(n), query.wrap(n, end, "{", "}"))
        elif word == "UNION" and kind == "pattern":
            begin, end = query.begin_of_group(n), query.end_of_group(n)
            edits = query.wrap(n + 1, end, "{", "}") if sign != "{" and n + 1 < end else ()
            if steps.sign(n - 1) != "}" and begin + 1 < n:
                edits = (*query.wrap(begin + 1, n, "{", "}"), *edits)
            if edits:
                yield Guess("union-braces", query.place(n), edits)
    yield from _commas_in_values(query)


def _other_brackets(query: Query, opened: int, new: str, end: str) -> tuple[Edit, ...]:
    return (query.put(opened, new), query.put(query.steps.partner[opened], end))


def _constraint(query: Query, n: int, word: str) -> Iterator[Guess]:
    steps, first = query.steps, n + 1
    if steps.sign(first) == "{":
        names = {"word": word, "expression": query.shown(first + 1, steps.partner[first])}
        yield Guess("constraint-brackets", query.place(n), _other_brackets(query, first, "(", ")"), names)
        return
    ends = KEYWORDS - OPERATORS if word == "FILTER" else ORDER.keys()
    stop = first
    for at in query.level(first, query.size):
        if steps.sign(at) in (".", "{", ";") or steps.word(at) in ends:
            break
        stop = query.after(at)
    whole = steps.sign(first) == "(" and query.after(first) >= stop
    if first < stop and not whole and any(steps.sign(at) in _JOINED for at in query.level(first, stop)):
        names = {"word": word, "expression": query.shown(first, stop)}
        yield Guess("constraint-brackets", query.place(n), query.wrap(first, stop), names)


def _commas_in_values(query: Query) -> Iterator[Guess]:
    steps = query.steps
    commas = [n for n in range(query.size) if steps.sign(n) == "," and steps.all[n].kind == "values"]
    if commas:
        yield Guess("comma-in-values", query.place(commas[0]), tuple(query.put(n, "") for n in commas))


def _operators(query: Query) -> Iterator[Guess]:
    """Operators of other languages."""
    steps = query.steps
    for n in range(query.size):
        word, sign, kind = steps.word(n), steps.sign(n), steps.all[n].kind
        if sign in ("=", "!=") and steps.sign(n + 1) == "=" and steps.end(n) == steps.start(n + 1):
            yield _instead(query, n, n + 2, sign, sign)
        elif sign == "=" and steps.sign(n + 1) == ">" and steps.end(n) == steps.start(n + 1):
            yield _instead(query, n, n + 2, ">=", ">=")
        if kind != "expression" or not word:
            continue
        subject, next_word = query.text(n - 1)[:SHOWN] or "?x", steps.word(n + 1)
        if word == "BETWEEN":
            ends = [at for at in query.level(n + 1, query.size) if steps.word(at) == "AND"]
            if ends:
                low, high = query.shown(n + 1, ends[0]), query.shown(ends[0] + 1, ends[0] + 2)
                right = f"{subject} >= {low} && {subject} <= {high}"
                both = (query.put(n, ">="), query.put(ends[0], f"&& {subject} <="))
                yield Guess("use-instead", query.place(n), both, {"wrong": "BETWEEN", "right": right})
        elif word in ("AND", "OR"):
            level = query.level(query.begin_of_group(n) + 1, query.size)
            edits = tuple(query.put(at, _CONNECTED[steps.word(at)]) for at in level if steps.word(at) in _CONNECTED)
            yield Guess("use-instead", query.place(n), edits, {"wrong": word, "right": _CONNECTED[word]})
        elif word == "IS" and next_word in ("NULL", "NOT"):
            denied = next_word == "NOT"
            right = f"{'' if denied else '!'}BOUND({subject})"
            end = n + 3 if denied else n + 2
            yield _instead(query, n, end, right, "= 1")
        elif word in ("LIKE", "ILIKE", "RLIKE") or (word == "NOT" and next_word in ("LIKE", "ILIKE", "RLIKE")):
            name = "LIKE" if word == "NOT" else word
            edit = query.put(n, "!=" if word == "NOT" else "=", n + 2 if word == "NOT" else n + 1)
            yield Guess("like", query.place(n), (edit,), {"word": name, "name": subject})
        elif word == "NOT" and next_word not in ("IN", "EXISTS"):
            yield _instead(query, n, n + 1, "!", "!")


def _instead(query: Query, first: int, stop: int, right: str, written: str) -> Guess:
    names = {"wrong": query.shown(first, stop), "right": right}
    return Guess("use-instead", query.place(first), (query.put(first, written, stop),), names)


def _modifiers(query: Query) -> Iterator[Guess]:
    """Solution modifiers: their order, their place, and how they are written."""
    steps = query.steps
    for select in query.selects():
        segments = query.segments(select)
        for n, (word, first, stop) in enumerate(segments):
            earlier = next((one for one, _, _ in segments[:n] if ORDER[one] > ORDER[word]), None)
            if earlier is not None:
                begin, end = query.place(segments[0][1]), steps.end(select.stop - 1)
                texts = [query.span(at, until) for _, at, until in sorted(segments, key=lambda one: ORDER[one[0]])]
                names = {"first": _clause(word), "second": _clause(earlier)}
                yield Guess("clause-order", query.place(first), ((begin, end, " ".join(texts)),), names)
            yield from _modifier(query, select, word, first, stop)
    for n, word in query.words():
        if word in ORDER and word != "VALUES" and steps.all[n].kind == "pattern" and steps.all[n].mode != "modifiers":
            closed = query.end_of_group(n)
            if closed < query.size:
                moved = query.span(n, closed)
                edits = (
                    (query.place(n), query.place(closed), " "),
                    (steps.end(closed), steps.end(closed), f" {moved}"),
                )
                yield Guess("clause-outside", query.place(n), edits, {"clause": _clause(word)})


def _modifier(query: Query, select: Select, word: str, first: int, stop: int) -> Iterator[Guess]:
    steps = query.steps
    level = list(query.level(first, stop))
    if word in ("LIMIT", "OFFSET"):
        yield from _number(query, word, first, stop)
    elif word in ("GROUP", "ORDER"):
        if steps.word(first + 1) != "BY":
            yield Guess("by-missing", query.place(first), (query.insert(first + 1, "BY"),), {"clause": _clause(word)})
        commas = [n for n in level if steps.sign(n) == ","]
        if commas:
            edits = tuple(query.put(n, "") for n in commas)
            yield Guess("comma-in-clause", query.place(commas[0]), edits, {"clause": _clause(word)})
        for n in level[2:]:
            yield from _sorted_by(query, n)
            called = steps.word(n)
            if word == "GROUP" and called in AGGREGATES:
                variables = " ".join(
                    query.text(at) for at in query.level(select.word, select.projected) if steps.kind(at) == "var"
                )
                edit = query.put(n, f"{variables} {query.new()}", query.after(n + 1))
                yield Guess("group-by-aggregate", query.place(n), (edit,), {"function": called})
            elif called and called not in KEYWORDS and steps.sign(n + 1) != "(":
                yield _bare_variable(query, n)


def _sorted_by(query: Query, n: int) -> Iterator[Guess]:
    """ASC and DESC before or after what they are about."""
    steps, word = query.steps, query.steps.word(n)
    if word not in ("ASC", "DESC") or steps.sign(n + 1) == "(":
        return
    if steps.kind(n - 1) == "var" or steps.sign(n - 1) == ")":
        first = n - 1 if steps.kind(n - 1) == "var" else steps.partner[n - 1]
        if steps.kind(first - 1) == "word" and steps.word(first - 1) != "BY" and first != n - 1:
            first -= 1
        yield _instead(query, first, n + 1, right := f"{word}({query.shown(first, n)})", right)
    elif steps.kind(n + 1) == "var":
        yield _instead(query, n, n + 2, right := f"{word}({query.text(n + 1)})", right)


def _number(query: Query, word: str, first: int, stop: int) -> Iterator[Guess]:
    steps = query.steps
    if steps.kind(first + 1) == "number" and query.text(first + 1).isdecimal():
        if steps.sign(first + 2) == "," and steps.kind(first + 3) == "number":
            right = f"LIMIT {query.text(first + 3)[:20]} OFFSET {query.text(first + 1)[:20]}"
            yield _instead(query, first, first + 4, right, "LIMIT 1 OFFSET 1")
        return
    end = min(stop, first + (3 if steps.sign(first + 1) in ("-", "+") else 2))
    yield Guess("whole-number", query.place(min(first + 1, query.size - 1)), (query.put(first, f"{word} 1", end),), {
        "word": word
    })  # fmt: skip


def _clauses(query: Query) -> Iterator[Guess]:
    """FROM without a graph, patterns without braces, and what stands after the end."""
    steps = query.steps
    for n, word in query.words():
        if word == "FROM" and steps.all[n].kind == "top":
            at = n + 2 if steps.word(n + 1) == "NAMED" else n + 1
            if steps.kind(at) not in ("iri", "name"):
                end = at + 1 if steps.kind(at) == "word" and steps.word(at) != "WHERE" else at
                yield Guess("from-graph", query.place(n), (query.put(n, "", end),))
    for select in query.selects():
        if select.opens >= 0:
            continue
        first = select.projected + 1 if steps.word(select.projected) == "WHERE" else select.projected
        end = next((at for _, at, _ in query.segments(select)), select.stop)
        if first < end:
            yield Guess("where-braces", query.place(select.projected), query.wrap(first, end, "{", "}"))
        else:
            yield Guess("no-pattern", query.place(select.word), (query.insert(first, "{}"),))
    last = query.size - 1
    if last > 0 and steps.all[last].kind == "top" and steps.sign(last) in (";", "."):
        yield Guess("end-sign", query.place(last), (query.put(last, ""),), {"sign": query.text(last)})


def _scopes(query: Query) -> Iterator[Guess]:
    """Names that are taken, variables that are not grouped, labels of blank nodes in two patterns."""
    steps, labels = query.steps, dict[str, list[int]]()
    for n in range(query.size):
        if steps.kind(n) == "name" and query.text(n).startswith("_:"):
            labels.setdefault(query.text(n), []).append(n)
        if steps.word(n) == "BIND" and steps.sign(n + 1) == "(":
            name = steps.partner[n + 1] - 1
            begin = query.begin_of_group(n)
            if steps.word(name - 1) == "AS" and query.text(name)[1:] in _variables(query, begin + 1, n):
                edit = query.put(name, query.new())
                yield Guess("taken-before-bind", query.place(name), (edit,), {"name": query.text(name)[:SHOWN]})
    for select in query.selects():
        yield from _taken(query, select)
        yield from _ungrouped(query, select)
    for label, places in labels.items():
        if len(places) > 1:
            edits = tuple(query.put(n, query.new("b")) for n in places)
            yield Guess("blank-label", query.place(places[-1]), edits, {"name": label[:SHOWN]})


def _variables(query: Query, first: int, stop: int) -> set[str]:
    """Return the variables among the tokens from one up to another, without their marks."""
    return {query.text(n)[1:] for n in range(first, stop) if query.steps.kind(n) == "var"}


def _taken(query: Query, select: Select) -> Iterator[Guess]:
    """Names that SELECT gives to expressions, and that have a value already."""
    steps, held, edits = query.steps, list[int](), list[Edit]()
    used = _variables(query, select.opens + 1, select.closes)
    for n in query.level(select.word + 1, select.projected):
        name = steps.partner[n] - 1 if steps.sign(n) == "(" else n
        if steps.kind(name) == "var":
            if steps.word(name - 1) == "AS" and query.text(name)[1:] in used:
                held.append(name)
                edits.append(query.put(name, query.new("n" + "_" * len(held))))
            used.add(query.text(name)[1:])
    if held:
        yield Guess("taken-in-select", query.place(held[0]), tuple(edits), {"name": query.text(held[0])[:SHOWN]})


def _ungrouped(query: Query, select: Select) -> Iterator[Guess]:
    """Variables beside aggregates that no group has one value of."""
    steps, keys, edits, first = query.steps, set[str](), list[Edit](), -1
    level = list(query.level(select.word + 1, select.projected))
    for word, begin, stop in query.segments(select):
        if word == "GROUP":
            for n in query.level(begin, stop):
                name = n if steps.kind(n) == "var" else steps.partner[n] - 1 if steps.sign(n) == "(" else begin
                if steps.kind(name) == "var":
                    keys.add(query.text(name)[1:])
    for n in level:
        inside = range(n + 1, steps.partner[n]) if steps.sign(n) == "(" else range(n, n + 1)
        until = -1
        for at in inside:
            if steps.word(at) in AGGREGATES and steps.sign(at + 1) == "(":
                until = max(until, steps.partner[at + 1])
            if steps.kind(at) != "var" or at <= until:
                continue
            variable = query.text(at)
            if steps.word(at - 1) == "AS":
                keys.add(variable[1:])
            elif variable[1:] not in keys:
                first = at if first < 0 else first
                alone = f"(SAMPLE({variable}) AS {query.new('n' + '_' * len(edits))})"
                edits.append(query.put(at, f"SAMPLE({variable})" if steps.sign(n) == "(" else alone))
    if first >= 0:
        yield Guess("not-grouped", query.place(first), tuple(edits), {"name": query.text(first)[:SHOWN]})
    if any(word == "GROUP" for word, _, _ in query.segments(select)) and any(steps.sign(n) == "*" for n in level):
        star = next(n for n in level if steps.sign(n) == "*")
        yield Guess("star-grouped", query.place(star), (query.put(star, "(COUNT(*) AS ?n)"),))


def _names(query: Query) -> Iterator[Guess]:
    """Words that are none of SPARQL, IRIs without brackets, and languages of variables."""
    steps = query.steps
    for n in range(query.size):
        word, text = steps.word(n), query.text(n)
        if steps.kind(n) == "name" and text.split(":", 1)[0].lower() in ("http", "https") and steps.sign(n + 1) == "/":
            begin = end = query.place(n)
            while end < len(steps.text) and steps.text[end] not in _NOT_IN_IRIS:
                end += 1
            found = steps.text[begin:end].rstrip(".,;)")
            edit = (begin, begin + len(found), f"<{found}>")
            yield Guess("iri-brackets", begin, (edit,), {"iri": found[:SHOWN]})
        elif steps.kind(n) == "lang" and steps.kind(n - 1) == "var" and steps.end(n - 1) == steps.start(n):
            names = {"name": query.text(n - 1)[:SHOWN], "language": text[1:20]}
            yield Guess("language-of-variable", query.place(n), (query.put(n, ""),), names)
        elif word and steps.sign(n + 1) == "(" and word not in FUNCTIONS and word not in KEYWORDS:
            yield from _function(query, n, word)
    for n in (query.at, query.at - 1):
        word = steps.word(n)
        if not word or word in KEYWORDS or word in FUNCTIONS or steps.sign(n + 1) == "(":
            continue
        near = get_close_matches(word[:40], KEYWORDS, 1, _ALIKE)
        if near:
            yield _near(query, n, near[0])
        if word in UNKNOWN:
            for mended in (".", "<urn:x>"):
                yield Guess(UNKNOWN[word], query.place(n), (query.put(n, mended),), {"word": word})
        names = {"word": query.text(n)[:SHOWN]}
        yield Guess("bare-word", query.place(n), (query.put(n, "<urn:x>"),), names)


def _function(query: Query, n: int, word: str) -> Iterator[Guess]:
    names, edit = {"wrong": query.text(n)[:SHOWN]}, ((query.place(n), query.steps.end(n), "COALESCE"),)
    if word in INSTEAD:
        yield Guess("use-instead", query.place(n), edit, {**names, "right": INSTEAD[word]})
        return
    near = get_close_matches(word[:40], (*FUNCTIONS, *(KEYWORDS & {"FILTER", "BIND", "HAVING", "EXISTS"})), 1, _ALIKE)
    if near:
        yield _near(query, n, near[0])
    yield Guess("no-function", query.place(n), edit, names)


def _triples(query: Query) -> Iterator[Guess]:
    """What is missing between terms, where the parser stopped; and comparisons that stand in no FILTER."""
    steps, n = query.steps, query.at
    kind = steps.all[n].kind if n < query.size else ""
    if kind not in ("pattern", "template", "expression"):
        return
    starts = steps.kind(n) in TERMS or steps.sign(n) in ("[", "(")
    if kind != "expression" and starts and steps.kind(n - 1) != "punct":
        ends = (at for at in query.level(n, query.size) if steps.sign(at) in (".", ";", ",") or query.is_keyword(at))
        rest = len(list(query.level(n, next(ends, query.size))))
        end = steps.end(n - 1)
        for sign, mistake in sorted(_SEPARATORS, key=lambda one: one[0] != {1: ",", 2: ";"}.get(rest, ".")):
            names = {"before": query.text(n - 1)[:SHOWN], "after": query.text(n)[:SHOWN]}
            yield Guess(mistake, query.place(n), ((end, end, f" {sign} "),), names)
    elif kind == "pattern" and steps.sign(n) in _COMPARED and n > 0:
        last = query.after(n + 1)
        first = n - 1
        edits = query.wrap(first, min(last, query.size), "FILTER (", ")")
        yield Guess("filter-missing", query.place(n), edits, {"expression": query.shown(first, min(last, query.size))})
    elif kind != "expression" and steps.sign(n) == "." and steps.sign(n - 1) == ".":
        yield Guess("two-dots", query.place(n), (query.put(n, ""),))
    elif (
        kind != "expression"
        and steps.sign(n) in (".", ";", "}")
        and (steps.kind(n - 1) in TERMS or steps.word(n - 1) == "A")
    ):
        names = {"before": query.text(n - 1)[:SHOWN]}
        yield Guess("value-missing", query.place(n), (query.insert(n, "<urn:x>"),), names)
    elif kind == "expression" and starts and steps.word(query.begin_of_group(n) - 1) == "IN":
        names = {"before": query.text(n - 1)[:SHOWN], "after": query.text(n)[:SHOWN]}
        yield Guess("comma-missing", query.place(n), (query.insert(n, ","),), names)


_RULES: Final = (
    _head, _projection, _aggregates, _operators, _brackets, _modifiers, _clauses, _scopes, _names, _triples
)  # fmt: skip
