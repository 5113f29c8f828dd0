"""Fill in somebody's template so that it ends: in a sandbox, with so many steps and no more.

An operator's template may loop over loops or include itself. A mail takes a few hundred steps and
some kilobytes; what wants far more is a mistake, and must not hold up the tickets behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateRuntimeError,
    TemplateSyntaxError,
    nodes,
    pass_context,
)
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MOST_STEPS = 20_000  # Turns of loops, calls and templates that are included.
LARGEST_TEXT = 512 * 1024
LARGEST_NUMBER = 1_000_000
_WIDE = re.compile(r"%[-+ #0]*\d{7}|\{[^{}]*:[^{}]*\d{7}")  # A field that wide fills the memory.
_left: ContextVar[list[int] | None] = ContextVar("steps left", default=None)


class TooMuchError(TemplateRuntimeError):
    """A template would take too long, or become too large, for a mail."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, in which loops, calls and products are counted as well."""

    intercepted_binops = frozenset({"+", "*", "**"})

    def __init__(self, loader: BaseLoader, autoescape: Callable[[str | None], bool]) -> None:
        super().__init__(
            loader=loader,
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.filters |= {"_counted": _counted, "_sized": _sized}
        del self.globals["lipsum"]  # It makes texts of any length.

    def fill_in(self, name: str, facts: Mapping[str, Any]) -> str:
        """Return what comes of a template; TooMuchError, or whatever its expressions raise."""
        with _allowance():
            return _joined(self.get_template(name).generate(facts))

    def get_template(self, *args: Any, **kwargs: Any) -> Template:
        _step()
        return super().get_template(*args, **kwargs)

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        _step()  # A macro may call itself, and twice each time.
        return _sized(context, super().call(context, called, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise TooMuchError("no mail needs a power")
        for text, times in ((left, right), (right, left)):
            if isinstance(text, str | tuple | list) and isinstance(times, int):
                if len(text) * times > LARGEST_TEXT:
                    raise _too_large()
                return text * times
        made = _sized(context, super().call_binop(context, operator, left, right))
        if isinstance(made, int | float) and abs(made) > LARGEST_NUMBER:
            raise TooMuchError("the number becomes too large for a mail")
        return made

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        made: nodes.Template = _Watch().visit(tree)
        return made


class _Watch(NodeTransformer):
    """Put a template's loops through `_counted`, and whatever makes texts through `_sized`.

    Jinja2 calls the methods by the names of its nodes.
    """

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.iter = _through("_counted", node.iter, node.lineno)
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through("_sized", node, node.lineno)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _through("_sized", node, node.lineno)

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.filter = _through("_sized", node.filter, node.lineno)
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802
        value = node.value
        large = isinstance(value, int) and abs(value) > LARGEST_NUMBER
        if large or (isinstance(value, str) and _WIDE.search(value)):
            raise TemplateSyntaxError("the number is too large for a mail", node.lineno)
        return node


def _through(name: str, node: nodes.Node | None, line: int) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=line)


@pass_context  # With it, nothing is worked out while a template is only being read.
def _sized(_context: Context, value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > LARGEST_TEXT:
        raise _too_large()
    return value


@pass_context
def _counted(_context: Context, values: Iterable[Any]) -> Iterator[Any]:
    for each in values:
        _step()
        yield each


@contextmanager
def _allowance() -> Iterator[None]:
    token = _left.set([MOST_STEPS])
    try:
        yield
    finally:
        _left.reset(token)


def _step() -> None:
    left = _left.get()
    if left is None:
        return
    left[0] -= 1
    if left[0] < 0:
        raise TooMuchError("it goes round too often for a mail")


def _joined(pieces: Iterable[str]) -> str:
    made, size = [], 0
    for each in pieces:
        size += len(each)
        if size > LARGEST_TEXT:
            raise _too_large()
        made.append(each)
    return "".join(made)


def _too_large() -> TooMuchError:
    return TooMuchError("it becomes far too large for a mail")
