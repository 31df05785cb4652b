"""Rates and counts per client, with a clock that the test turns."""

import contextlib

import pytest
from gex_server.errors import OverloadedError, RateLimitError
from gex_server.limits import Allowance, Limits, host_of, take_rows
from gex_server.roles import Role
from gex_server.settings import Settings
from gex_server.tokens import KnownClient

ONE, TWO = (KnownClient(name=name, role=Role.READ, digest=name.encode()) for name in ("one", "two"))


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def limits(clock, **settings):
    return Limits(Settings(**settings), clock)


def test_a_rate_allows_a_second_of_burst_and_then_its_pace(clock):
    allowance = Allowance(10.0, clock)
    assert [allowance.take(1.0) for _ in range(10)] == [0.0] * 10
    assert allowance.take(1.0) == pytest.approx(0.1)
    clock.now += 0.125
    assert allowance.take(1.0) == 0.0
    assert allowance.take(1.0) > 0.0
    clock.now += 1e6
    assert sum(allowance.take(1.0) == 0.0 for _ in range(100)) == 10


def test_a_request_above_the_burst_passes_once_and_its_debt_is_waited_for(clock):
    allowance = Allowance(1_000.0, clock)
    assert allowance.take(5_000.0) == 0.0
    assert allowance.take(1.0) == pytest.approx(4.001)
    clock.now += 4.002
    assert allowance.take(1.0) == 0.0


def test_a_clock_that_steps_back_takes_nothing_away(clock):
    allowance = Allowance(10.0, clock)
    allowance.take(1.0)
    clock.now -= 1_000.0
    assert allowance.take(1.0) == 0.0


def test_clients_have_their_own_rates_and_do_not_share(clock):
    chosen = limits(clock, client_calls_per_second=2.0)
    generous = KnownClient(name="three", role=Role.READ, digest=b"3", calls_per_second=50.0)
    for client, count in ((ONE, 2), (TWO, 2), (generous, 50)):
        for _ in range(count):
            with chosen.call("m", client, "ipv4:127.0.0.1:1"):
                pass
        with pytest.raises(RateLimitError, match="calls a second") as caught, chosen.call("m", client, "x"):
            pass
        assert 0.0 < caught.value.retry_after_seconds <= 0.5


def test_callers_without_a_name_are_told_apart_by_address_not_by_port(clock):
    chosen = limits(clock, client_calls_per_second=1.0)
    with chosen.call("m", None, "ipv4:10.0.0.1:1000"):
        pass
    with pytest.raises(RateLimitError), chosen.call("m", None, "ipv4:10.0.0.1:1001"):
        pass
    with chosen.call("m", None, "ipv4:10.0.0.2:1000"):
        pass
    assert host_of("ipv6:%5B::1%5D:77") == "ipv6:%5B::1%5D"
    assert host_of("unix:/run/x") == "unix:/run/x"


def test_rows_are_counted_across_calls(clock):
    chosen = limits(clock, client_rows_per_second=100.0)
    with chosen.call("m", ONE, "") as account:
        take_rows(account, 80)
        take_rows(account, 80)
        with pytest.raises(RateLimitError, match="rows a second"):
            take_rows(account, 1)


def test_calls_at_once_are_given_back_also_after_an_error(clock):
    chosen = limits(clock, client_calls_at_once=1)
    for _ in range(3):
        with contextlib.suppress(ZeroDivisionError), chosen.call("m", ONE, ""):
            with pytest.raises(RateLimitError, match="in work"), chosen.call("m", ONE, ""):
                pass
            raise ZeroDivisionError
    assert chosen.in_flight["m"] == 0


def test_a_method_takes_so_many_calls_of_everyone_together(clock):
    chosen = limits(clock, max_calls_per_method=1)
    with chosen.call("m", ONE, ""):
        with pytest.raises(OverloadedError), chosen.call("m", TWO, ""):
            pass
        with chosen.call("n", TWO, ""):
            pass


def test_accounts_of_strangers_are_forgotten_but_not_those_in_use(clock):
    chosen = limits(clock, client_calls_at_once=1)
    chosen.size = 3
    with chosen.call("m", None, "ipv4:1.1.1.1:1"):
        for i in range(50):
            with chosen.call("m", None, f"ipv4:2.2.2.{i}:1"):
                pass
        with pytest.raises(RateLimitError), chosen.call("m", None, "ipv4:1.1.1.1:2"):
            pass
    assert len(chosen._accounts) <= 4
