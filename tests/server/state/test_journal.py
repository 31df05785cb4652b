"""Whatever moment a server dies at: what was acknowledged is there when the next one reads the journal."""

import asyncio
import contextlib
import threading

import pytest
from gex_server.state.journal import Durability
from gex_server.state.keeping import REVISION_GAP
from gex_server.state.records import StateError

from tests.server.state.failing_disk import FailingDisk, KilledError
from tests.server.state.sending import content, empty_state, lines, publish, send, small_chain, update

COUNT = 30  # updates of a life; long enough that the state is written whole in between
LONG_NAME = "feed" * 200  # so that few updates make a long journal
CHAIN = small_chain()


@pytest.fixture(autouse=True)
def dead_threads_are_silent(monkeypatch):
    before = threading.excepthook
    monkeypatch.setattr(threading, "excepthook", lambda args: None if args.exc_type is KilledError else before(args))


def message(number):
    count = {"open_interest": [float(number)]}
    return update(CHAIN, number, client=LONG_NAME, open_interest=lines(CHAIN, [0]) | count)


async def settled(receipt, disk):
    """The durability that was acknowledged; None where the process died before."""
    while not receipt.done():
        if disk.is_killed:
            return None
        await asyncio.sleep(0.0005)
    return receipt.result()


async def life(disk, durability=Durability.WRITTEN):
    """One life of a server: numbers of updates that were sent and acknowledged (0: the chain was)."""
    state, sent, acknowledged = (
        empty_state(disk, durability=durability, sync_seconds=1e9, compact_mebibytes=1e-3),
        -1,
        -1,
    )
    try:
        state.open()
        sent = 0
        if await settled(publish(state, CHAIN), disk) is None:
            return sent, acknowledged
        acknowledged = 0
        for number in range(1, COUNT + 1):
            sent = number
            if await settled(send(state, message(number)), disk) is None:
                break
            acknowledged = number
        while state.health().generation < 2 and not disk.is_killed:
            await asyncio.sleep(0.001)
    except KilledError:
        pass
    finally:
        with contextlib.suppress(KilledError):
            state.close()
    return sent, acknowledged


async def read_again(disk):
    state = empty_state(disk)
    state.open()
    await state.barrier()
    kept = state.store.get("SPX")
    number = None
    if kept is not None:
        number = state.clients.client(LONG_NAME).last
        count = kept.parsed.quotes.open_interest[0]
        assert count == (number or CHAIN.open_interest[0]), "a change is there whole or not at all"
        assert (kept.revision - 1) % REVISION_GAP == number
    state.close()
    return number


async def steps_of_a_life(durability):
    disk = FailingDisk()
    assert await life(disk, durability) == (COUNT, COUNT)
    assert await read_again(disk.after_death()) == COUNT
    return disk.steps


@pytest.mark.parametrize(
    ("durability", "is_machine"), [(Durability.WRITTEN, False), (Durability.SYNCED, False), (Durability.SYNCED, True)]
)
async def test_nothing_acknowledged_is_lost_whatever_step_a_server_dies_at(durability, is_machine):
    steps, seen = await steps_of_a_life(durability), set()
    for step in range(1, steps + 1):
        disk = FailingDisk(die_at=step, half=(0.0, 0.4, 1.0)[step % 3])
        sent, acknowledged = await life(disk, durability)
        found = await read_again(disk.after_death(is_machine=is_machine))
        if acknowledged >= 0:
            assert found is not None, f"step {step}"
            assert acknowledged <= found <= sent, f"step {step}"
        seen.add(acknowledged)
    assert len(seen) > COUNT // 2, "it died all along the way"


async def test_a_state_read_again_is_the_state_that_was():
    disk = FailingDisk()
    state = empty_state(disk)
    state.open()
    await publish(state, CHAIN)
    quote = lines(CHAIN, [1]) | {"bid": [1.0], "ask": [1.5]}
    trade = lines(CHAIN, [1, 2]) | {"contract_count": [3.0, 4.0], "price": [1.4, 0.1], "trade_id": ["a", "b"]}
    for number, what in enumerate(
        (
            {"spot": {"spot": CHAIN.spot * 1.01}},
            {"quotes": quote},
            {"inventory": lines(CHAIN, [0]) | {"contract_count": [-20.0]}},
            {"trades": trade},
            {"spot": {"spot": CHAIN.spot * 1.02}},
        ),
        start=1,
    ):
        await send(state, update(CHAIN, number, **what))
    before = content(state)
    state.close()
    again = empty_state(disk.after_death())
    again.open()
    assert content(again) == before
    again.close()


async def test_after_a_life_that_did_not_end_in_order_no_revision_is_used_twice():
    disk = FailingDisk()
    state = empty_state(disk)
    state.open()
    await publish(state, CHAIN)
    killed = disk.after_death()
    revisions = []
    for _ in range(3):
        again = empty_state(killed)
        again.open()
        await again.barrier()
        revisions.append(again.store.snapshot("SPX").revision)
        killed = killed.after_death()
    assert revisions == [1 + REVISION_GAP, 1 + 2 * REVISION_GAP, 1 + 3 * REVISION_GAP]
    state.close()
    again = empty_state(disk.after_death())
    again.open()
    assert again.store.snapshot("SPX").revision == 1, "an orderly end leaves no gap"
    again.close()


async def test_a_full_disk_is_told_and_survived_and_nothing_is_lost_once_there_is_room():
    disk = FailingDisk()
    state = empty_state(disk, compact_mebibytes=1e-3)
    state.open()
    await publish(state, CHAIN)
    disk.capacity = sum(map(len, disk.content.values())) + 100  # not even half of the next one
    assert await send(state, message(1)) == Durability.MEMORY
    health = state.health()
    assert not health.is_well
    assert "No space left" in health.failure
    assert await send(state, message(2)) == Durability.MEMORY
    assert await state.barrier() == Durability.MEMORY
    assert await read_again(disk.after_death()) == 0, "what was half written is cut"
    disk.capacity = None
    number = 2
    while not state.health().is_well:
        number += 1
        await send(state, message(number))
        await asyncio.sleep(0.01)
    assert await send(state, message(number + 1)) == Durability.WRITTEN
    assert await read_again(disk.after_death()) == number + 1
    state.close()


async def test_a_torn_end_is_cut_and_put_aside():
    disk = FailingDisk()
    state = empty_state(disk)
    state.open()
    await publish(state, CHAIN)
    await send(state, message(1))
    state.close()
    broken = disk.after_death()
    name = broken.names()[-1]
    whole = broken.content[name]
    broken.content[name] = whole + whole[-7:]
    again = empty_state(broken)
    again.open()
    await again.barrier()
    assert broken.content[f"{name}.cut-{len(whole)}"] == whole[-7:]
    assert again.store.snapshot("SPX").parsed.quotes.open_interest[0] == 1.0
    again.close()


async def test_a_journal_of_a_newer_format_is_refused_and_left_alone():
    disk = FailingDisk()
    state = empty_state(disk)
    state.open()
    state.close()
    newer = disk.after_death()
    name = newer.names()[-1]
    newer.content[name] = newer.content[name][:8] + b"\x63\0\0\0" + newer.content[name][12:]
    before = dict(newer.content)
    with pytest.raises(StateError, match="newer server"):
        empty_state(newer).open()
    assert newer.content == before


async def test_damage_within_the_whole_state_is_refused_and_left_alone():
    disk = FailingDisk()
    state = empty_state(disk, compact_mebibytes=1e-3)
    state.open()
    await publish(state, CHAIN)
    for number in range(1, COUNT + 1):
        await send(state, message(number))
    while state.health().generation < 2 or len(disk.names()) > 1:  # until no further generation is being written
        await asyncio.sleep(0.001)
    state.close()
    damaged = disk.after_death()
    (name,) = damaged.names()
    damaged.content[name] = damaged.content[name][:100] + b"?" + damaged.content[name][101:]
    with pytest.raises(StateError, match="damaged"):
        empty_state(damaged).open()


async def test_a_folder_belongs_to_one_server(tmp_path):
    from gex_server.state.keeping import State
    from gex_server.store import MarketStore

    first = State.of(MarketStore(), folder=tmp_path / "kept")
    first.open()
    with pytest.raises(StateError, match="another server"):
        State.of(MarketStore(), folder=tmp_path / "kept").open()
    first.close()
    second = State.of(MarketStore(), folder=tmp_path / "kept")
    second.open()
    second.close()
