"""The clock that a request interpolates in: sessions, idle days and named events."""

import math

from gexapi.v1 import common_pb2

from gex.variance_time import VarianceClock, VarianceEvent
from gex_server.errors import FieldError, TooManyError
from gex_server.wire.choices import one_of
from gex_server.wire.instants import instant_from_proto

CLOCKS = ("", "act_365", "variance_time")
MOST_EVENTS = 100
PLAIN = VarianceClock(calendar=None)


def clock_from_proto(settings: common_pb2.AnalysisSettings, calendar: str | None, path: str) -> VarianceClock:
    """The clock named by the settings, of an exchange's `calendar`; None is a market that never closes.

    An event brings the variance `log_move`²; what lies in it has the weight that is given, else that of the library.
    """
    one_of(settings.variance_clock, CLOCKS, (), f"{path}.variance_clock")
    if settings.variance_clock != "variance_time":
        for name, is_given in (
            ("events", len(settings.events) > 0),
            ("non_trading_day_weight", settings.HasField("non_trading_day_weight")),
        ):
            if is_given:
                raise FieldError('expected variance_clock "variance_time" with it', field=f"{path}.{name}")
        return PLAIN
    weight = VarianceClock.idle_day_weight
    if settings.HasField("non_trading_day_weight"):
        weight = settings.non_trading_day_weight
        if not 0.0 <= weight <= 1.0:
            seen = f"expected a share of a weekday from 0 to 1, got {weight}"
            raise FieldError(seen, field=f"{path}.non_trading_day_weight")
    if len(settings.events) > MOST_EVENTS:
        seen = f"expected at most {MOST_EVENTS}, got {len(settings.events)}"
        raise TooManyError(seen, field=f"{path}.events[{MOST_EVENTS}]")
    events = []
    for i, event in enumerate(settings.events):
        if not 0.0 < event.log_move < math.inf:
            seen = f"expected a positive standard deviation of ln(price), got {event.log_move}"
            raise FieldError(seen, field=f"{path}.events[{i}].log_move")
        at = instant_from_proto(event.at, f"{path}.events[{i}].at")
        events.append(VarianceEvent(name=event.name, at=at, variance=event.log_move**2))
    return VarianceClock(calendar=calendar, idle_day_weight=weight, events=tuple(events))
