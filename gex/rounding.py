"""An exact number of contracts as a whole one: the one place where contracts are rounded."""

import enum
import math


class ContractRounding(enum.Enum):
    """How a fractional number of contracts becomes a whole one."""

    NEAREST = "nearest"  # half away from zero: 2.5 → 3, −2.5 → −3 (Python's `round` takes both to even)
    TOWARD_ZERO = "toward_zero"


def whole_contracts(exact: float, rounding: ContractRounding = ContractRounding.NEAREST) -> int:
    """The whole number by the rule: NEAREST takes 2.5 to 3 and −2.5 to −3."""
    size = math.floor(abs(exact)) if rounding is ContractRounding.TOWARD_ZERO else math.floor(abs(exact) + 0.5)
    return int(math.copysign(size, exact)) if size else 0
