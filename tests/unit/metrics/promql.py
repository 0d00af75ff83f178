"""What a PromQL expression asks for: its series with their labels, and whether it adds up what all replicas show alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as promql

OF_TARGETS = frozenset({"job", "instance"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A selector of an expression. matchers: (label, value, whether the value is a pattern)."""

    name: str
    matchers: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Mistake(Exception):
    """An expression asks for what is not there."""

    words: str


def parts(expr: Any) -> Iterator[Any]:
    """Yield an expression's direct parts."""
    match expr:
        case promql.AggregateExpr():
            yield expr.expr
        case promql.BinaryExpr():
            yield from (expr.lhs, expr.rhs)
        case promql.Call():
            yield from expr.args
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield expr.expr


def selector(expr: Any) -> Asked | None:
    """Return the selector that an expression is, if it is one."""
    if isinstance(expr, promql.MatrixSelector):
        expr = expr.vector_selector
    if not isinstance(expr, promql.VectorSelector):
        return None
    matchers = [
        (matcher.name, matcher.value, matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe))
        for matcher in expr.matchers.matchers
    ]
    return Asked(str(expr.name), tuple(matchers))


def asked(expr: Any) -> Iterator[Asked]:
    """Yield all selectors."""
    found = selector(expr)
    if found is not None:
        yield found
    for part in parts(expr):
        yield from asked(part)


def labels_of(expr: Any, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the labels of an expression's result, from those of the metrics. Raises Mistake for a metric or label that is not there."""
    found = selector(expr)
    if found is not None:
        if found.name not in known:
            raise Mistake(f"there is no metric {found.name}")
        wrong = {label for label, _, _ in found.matchers} - known[found.name] - {"alertstate"}
        if wrong:
            raise Mistake(f"{found.name} has no label {sorted(wrong)}, only {sorted(known[found.name])}")
        return known[found.name]
    match expr:
        case promql.AggregateExpr():
            return _of_aggregate(expr, labels_of(expr.expr, known))
        case promql.BinaryExpr():
            return _of_binary(expr, known)
        case promql.Call():
            return _of_call(expr, known)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return labels_of(expr.expr, known)
    return frozenset()


def _of_aggregate(expr: Any, inner: frozenset[str]) -> frozenset[str]:
    by = frozenset(expr.modifier.labels) if expr.modifier is not None else frozenset()
    if by - inner:
        raise Mistake(f"by ({', '.join(sorted(by - inner))}): what is aggregated has only {sorted(inner)}")
    if expr.modifier is not None and expr.modifier.type != promql.AggModifierType.By:
        return inner - by
    return by


def _of_binary(expr: Any, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    left, right = (labels_of(side, known) for side in (expr.lhs, expr.rhs))
    matching = expr.modifier.matching if expr.modifier is not None else None
    if matching is not None:
        on = frozenset(matching.labels)
        if on - left or on - right:
            raise Mistake(f"on ({', '.join(sorted(on))}): the sides have {sorted(left)} and {sorted(right)}")
    elif str(expr.op) not in ("or",) and left and right and left != right:
        raise Mistake(f"{sorted(left)} and {sorted(right)} do not match")
    return left if left else right


def _of_call(expr: Any, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    inner: frozenset[str] = frozenset()
    for argument in expr.args:
        inner |= labels_of(argument, known)
    match expr.func.name:
        case "label_replace":
            return inner | {_text(expr.args[1])}
        case "histogram_quantile":
            if "le" not in inner:
                raise Mistake("histogram_quantile without le")
            return inner - {"le"}
        case "absent":
            found = next(asked(expr))
            return frozenset(label for label, _, pattern in found.matchers if not pattern)
        case "time":
            return frozenset()
    return inner


def _text(argument: Any) -> str:
    return str(argument.val)


def added_up(expr: Any, alike: frozenset[str], adding: bool = False) -> Iterator[str]:
    """Yield the metrics among ``alike``, which all replicas show, that are added once per replica: neither by max nor by instance."""
    found = selector(expr)
    if found is not None:
        if adding and found.name in alike:
            yield found.name
        return
    if isinstance(expr, promql.AggregateExpr):
        by = expr.modifier.labels if expr.modifier is not None else []
        if str(expr.op) in ("max", "min") or "instance" in by:
            return
        adding = True
    for part in parts(expr):
        yield from added_up(part, alike, adding)
