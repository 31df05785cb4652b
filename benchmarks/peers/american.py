"""American prices: answer(spot, days, vol, rate, yield, sign) at a strike of 100 -> prices; days are whole."""

import numpy as np

from benchmarks.peers import Peer


def quantlib() -> list[Peer]:
    import QuantLib as ql  # noqa: N813

    today = ql.Date(15, 5, 2024)
    ql.Settings.instance().evaluationDate = today
    quotes = [ql.SimpleQuote(x) for x in (100.0, 0.2, 0.05, 0.0)]
    handles = [ql.QuoteHandle(q) for q in quotes]
    day_count = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        handles[0],
        ql.YieldTermStructureHandle(ql.FlatForward(0, ql.NullCalendar(), handles[3], day_count)),
        ql.YieldTermStructureHandle(ql.FlatForward(0, ql.NullCalendar(), handles[2], day_count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(0, ql.NullCalendar(), handles[1], day_count)),
    )

    def by(engine):
        def answer(spot, days, vol, rate, carry_yield, sign):
            found = np.empty(len(spot))
            for i in range(len(spot)):
                for quote, value in zip(quotes, (spot[i], vol[i], rate[i], carry_yield[i]), strict=True):
                    quote.setValue(value)
                payoff = ql.PlainVanillaPayoff(ql.Option.Call if sign[i] > 0 else ql.Option.Put, 100.0)
                option = ql.VanillaOption(payoff, ql.AmericanExercise(today, today + int(days[i])))
                option.setPricingEngine(engine)
                found[i] = option.NPV()
            return found

        return answer

    name = f"QuantLib {ql.__version__}"
    scheme = ql.QdFpAmericanEngine
    return [
        Peer(f"{name} QdFp high precision", by(ql.QdFpAmericanEngine(process, scheme.highPrecisionScheme())), 2_000),
        Peer(f"{name} QdFp accurate", by(ql.QdFpAmericanEngine(process, scheme.accurateScheme())), 2_000),
        Peer(f"{name} QdFp fast", by(ql.QdFpAmericanEngine(process, scheme.fastScheme())), 2_000),
        Peer(f"{name} Barone-Adesi and Whaley", by(ql.BaroneAdesiWhaleyApproximationEngine(process)), 2_000),
    ]


MAKERS = (quantlib,)
