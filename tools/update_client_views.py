"""Bring the fields that the Python client declares (gex_client) in line with the contract, after it has grown.

    python tools/update_client_views.py

Rewrites the annotations of every view in place; `tests/client/test_view.py` says when that is due. A message without a
view is named, for someone to write one.
"""

import inspect
import re
import sys
from pathlib import Path

from gex_client.view import VIEWS, Table, View  # importing the package declares every view
from google.protobuf.descriptor import FieldDescriptor as Field

SCALARS = {
    Field.TYPE_DOUBLE: "float",
    Field.TYPE_BOOL: "bool",
    Field.TYPE_STRING: "str",
    Field.TYPE_ENUM: "str",
    Field.TYPE_UINT32: "int",
    Field.TYPE_UINT64: "int",
    Field.TYPE_INT32: "int",
    Field.TYPE_INT64: "int",
}
COLUMNS = {
    Field.TYPE_DOUBLE: "Floats",
    Field.TYPE_FIXED64: "Instants",
    Field.TYPE_SFIXED32: "Ints",
    Field.TYPE_FIXED32: "Ints",
    Field.TYPE_BOOL: "Bools",
    Field.TYPE_ENUM: "Strings",
    Field.TYPE_STRING: "Strings",
}
missing: set[str] = set()


def declared_type(view: type[View], field: Field) -> str:
    """The annotation of a field, as it is written in the source."""
    kind = field.message_type
    is_right = field.enum_type is not None and field.enum_type.name == "Right"
    if kind is not None and kind.GetOptions().map_entry:
        return f"dict[str, {SCALARS[kind.fields_by_name['value'].type]}]"
    if kind is not None and kind.full_name == "google.protobuf.Timestamp":
        return "np.datetime64 | None"
    if kind is not None:
        if kind.full_name not in VIEWS:
            missing.add(kind.full_name)
        name = VIEWS[kind.full_name].__name__ if kind.full_name in VIEWS else kind.name
        return f"tuple[{name}, ...]" if field.is_repeated else f"{name} | None"
    if field.is_repeated:
        if field.type == Field.TYPE_STRING and not issubclass(view, Table):
            return "tuple[str, ...]"
        return "Signs" if is_right else "Dates" if field.name == "expiry" else COLUMNS[field.type]
    scalar = "int" if is_right else "np.datetime64" if field.name == "expiry" else SCALARS[field.type]
    return f"{scalar} | None" if field.has_presence else scalar


def updated(text: str, view: type[View]) -> str:
    """The source of a module with the fields of one of its views as the contract has them."""
    computed = {name for name, value in vars(view).items() if isinstance(value, property)}
    lines = [
        f"    {field.name}: {declared_type(view, field)}\n"
        for field in view.of[0].DESCRIPTOR.fields
        if field.name not in computed
    ]
    block = re.compile(
        rf"(^class {view.__name__}\(.*?__slots__ = \(\)\n\n)(?:    \w+: [^\n]*\n)*", re.DOTALL | re.MULTILINE
    )
    return block.sub(lambda match: match[1] + "".join(lines), text, count=1)


def main() -> int:
    """Rewrite the modules whose views have changed."""
    for view in sorted(set(VIEWS.values()), key=lambda cls: cls.__name__):
        path = Path(inspect.getfile(view))
        before = path.read_text(encoding="utf-8")
        after = updated(before, view)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.name}: {view.__name__}")
    for name in sorted(missing):
        print(f"no view is declared for {name}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
