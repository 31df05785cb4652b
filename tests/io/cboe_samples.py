"""A small Cboe quote table in the forms in which browsers and spreadsheets hand it on."""

COLUMNS = (
    "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,"
    "Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
)
LINES = (
    (
        "Fri Feb 18 2022,SPX220218C04500000,80.5,0,79.9,81.2,120,0.2101,0.51,0.0021,1500,4500.00,"
        "SPX220218P04500000,79,0.5,78.1,79.4,80,0.2133,-0.49,0.0021,2500"
    ),
    (
        "Fri Feb 18 2022,SPXW220218C04500000,82,0,81.1,82.6,20,0.2088,0.5122,0.002,700,4500.00,"
        "SPXW220218P04500000,80,0,79.7,81,10,0.2107,-0.4878,0.002,900"
    ),
    (
        "Fri Feb 18 2022,SPXW220218C05200000,0,0,0,0.05,0,0,0,0,3,5200.00,"
        "SPXW220218P05200000,0,0,698.2,702.1,0,0.02,-1,0,0"
    ),
)


def table(
    lines=LINES,
    date="Date: February 5 2022, 8:09 PM EST",
    last="4500.5298",
    columns=COLUMNS,
    quoted_date=True,
    end="\n",
):
    """The text of a table with its three or four header lines."""
    date = f'"{date}"' if quoted_date else date
    head = (
        "",
        f"Standard & Poors 500 Index,Last: {last},Change:  23.0898",
        f"{date},Bid: 4420.5,Ask: 4615.4,Volume: 0",
    )
    return end.join((*head, columns, *lines, ""))
