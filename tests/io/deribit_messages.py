"""Messages as Deribit's websocket sends them."""


def notification(channel: str, data: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}}


def trade(sequence: int, name: str = "BTC-30JAN26-95000-C") -> dict[str, object]:
    record = {
        "trade_seq": sequence, "trade_id": str(sequence), "timestamp": 1767607887551 + sequence, "price": 0.0125,
        "instrument_name": name, "direction": "buy", "amount": 0.1,
    }  # fmt: skip
    return notification("trades.option.BTC.100ms", [record])


def snapshot(change_id: int) -> dict[str, object]:
    return book(
        {"type": "snapshot", "change_id": change_id, "bids": [["new", 100.0, 5.0]], "asks": [["new", 101.0, 7.0]]}
    )


def change(previous: int, change_id: int, bids: list[list[object]], asks: list[list[object]]) -> dict[str, object]:
    return book({"type": "change", "prev_change_id": previous, "change_id": change_id, "bids": bids, "asks": asks})


def book(data: dict[str, object]) -> dict[str, object]:
    return notification(
        "book.BTC-PERPETUAL.100ms", {"instrument_name": "BTC-PERPETUAL", "timestamp": 1767607887551} | data
    )
