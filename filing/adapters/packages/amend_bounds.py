"""What no change may do to a document, whoever makes it.

The package as received and what signs it stay closed, also to the removal of what holds
them. A declaration of a name space is no value: with another one an element would no
longer be what it is called, and a check would not see it. What comes new is known to the
schema.

Who may change which field is not decided here; see filing.ingest.guarded.
"""

from collections.abc import Iterable

from filing.adapters.packages.amend_tree import Tree
from filing.adapters.packages.names import what_is_unsafe
from filing.adapters.packages.schemas import grammar
from filing.errors import BadRequest

#: Elements no correction enters: the package as received, and what signs it.
_CLOSED = frozenset(("原封装包", "电子签名块", "锁定签名"))


def must_be_open(names: Iterable[str]) -> None:
    """Raises BadRequest where one of these elements is closed."""
    if closed := _CLOSED.intersection(names):
        name = min(closed)
        raise BadRequest(f"nothing in {name} may be changed", f"“{name}”之内不得改动")


def must_hold_open(tree: Tree, at: int) -> None:
    """Raises BadRequest where a closed element stands somewhere in the element ``at``."""
    stop = tree.ends[at]
    for one in range(at, len(tree.names)):
        if tree.starts[one] >= stop:
            break
        must_be_open((tree.names[one],))


def must_be_value(schema: str, attribute: str, after: str | None) -> None:
    """Raises BadRequest for a declaration of a name space, but for that of the schema itself."""
    if attribute == "xmlns" and after == grammar(schema).namespace:
        return
    if attribute == "xmlns" or attribute.startswith("xmlns:"):
        raise BadRequest("a name space is not a value", "命名空间声明不是元数据，不得改动")


def must_know(schema: str, element: str, attribute: str) -> None:
    """Raises BadRequest for an attribute that ``element`` does not have; "" is none."""
    if attribute and attribute != "xmlns" and attribute not in _attributes(schema, element):
        raise BadRequest(
            f"{element} has no attribute {attribute[:80]!r}",
            f"“{element}”没有属性“{attribute[:80]}”",
        )


def _attributes(schema: str, element: str) -> Iterable[str]:
    return grammar(schema).attributes.get(element, {})


def must_be_name(name: str) -> None:
    """Raises BadRequest for what must not be the name of a file brought in."""
    if "/" in name or what_is_unsafe(name):
        raise BadRequest(f"{name[:80]!r} is no name for a file", f"文件名“{name[:80]}”不合规定")
