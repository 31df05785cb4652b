import asyncio

from gex_server.watch import LatestValues


async def test_a_value_not_taken_is_replaced_by_the_next():
    slots = LatestValues()
    for value in range(1000):
        slots.put("a", value)
    assert await slots.take() == ("a", 999)


async def test_keys_take_turns_however_often_one_is_filled():
    slots = LatestValues()
    slots.put("a", 1)
    slots.put("b", 1)
    slots.put("a", 2)
    assert [await slots.take(), await slots.take()] == [("a", 2), ("b", 1)]


async def test_taking_waits_for_a_value():
    slots = LatestValues()
    taking = asyncio.create_task(slots.take())
    await asyncio.sleep(0)
    assert not taking.done()
    slots.put("a", 1)
    assert await asyncio.wait_for(taking, 5) == ("a", 1)


async def test_a_last_value_stands_until_it_is_taken():
    values: LatestValues[str, int] = LatestValues()
    values.put("a", 1)
    values.put_last("a", 2)
    values.put("a", 3)
    assert await values.take() == ("a", 2)
    values.put("a", 4)
    assert await values.take() == ("a", 4)
