"""Numbers as people's spreadsheets write them."""

import re

_NUMBER = re.compile(r"[+-]?(?:\d[\d,.' ]*|[.,]\d+)(?:[eE][+-]?\d+)?\Z", re.ASCII)


def parse_number(text: str, *, decimal: str = ".") -> float | None:
    """The number a field shows, or None where it shows none; `decimal` is the decimal mark, the other marks group.

    "1,250.5" is 1250.5 with "." and None with ","; "1.250,5" the other way around; "82,3" is 82.3 with ",".
    Groups must have three digits: "82,3" with "." is None, never 823.
    """
    text = text.strip().replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ")
    if not _NUMBER.match(text):
        return None
    whole, mark, fraction = text.partition(decimal)
    groups = re.split(r"[,.' ]", whole)
    if len(groups) > 1 and (not 1 <= len(groups[0].lstrip("+-")) <= 3 or any(len(group) != 3 for group in groups[1:])):
        return None
    try:
        return float("".join(groups) + (f".{fraction}" if mark else ""))
    except ValueError:
        return None
