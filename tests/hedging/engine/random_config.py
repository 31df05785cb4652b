"""A configuration of the engine drawn at random: what a random hedge is run under."""

import numpy as np

from gex.hedging.engine.config import EngineConfig, Mode, RegimeRule, RegimeTable, RiskLimits, Window
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import START


def random_config(random: np.random.Generator) -> EngineConfig:
    """Modes, caps, limits, windows and regimes, each drawn on its own."""
    cap = float(random.choice([3.0, 6.0, 12.0])) if random.random() < 0.8 else None
    quick = RegimeRule(least_samples=4, sample_interval=60.0, dwell=600.0, history=7_200.0)
    windows = (
        Window(starts_at=START + np.timedelta64(5, "h"), ends_at=START + np.timedelta64(7, "h"), gap_sd=0.03,
               ramp=7_200.0),
    )  # fmt: skip
    return EngineConfig(
        hedge="h",
        mode=Mode(random.choice(["live", "live", "live", "reduce_only", "frozen", "advisory"])),
        policy=HedgePolicy(
            risk_aversion=float(10.0 ** random.uniform(-7.0, -5.0)),
            delta_cap=cap,
            coverage=float(random.choice([0.5, 1.0, 1.0])),
            target_delta=float(random.choice([0.0, 0.0, 1.0])),
            max_clip=int(random.choice([800, 3_000])) if random.random() < 0.3 else None,
            max_age=600.0 if random.random() < 0.7 else None,
            ticket=0.0,
            poll_interval=float(random.choice([0.0, 60.0])),
        ),
        maximum_orders_per_hour=6 if random.random() < 0.3 else None,
        minimum_hold=float(random.choice([60.0, 7_200.0])) if random.random() < 0.5 else None,
        cost_budget_per_day=float(random.choice([50.0, 5_000.0])) if random.random() < 0.4 else None,
        order_timeout=3_600.0,
        windows=windows if random.random() < 0.3 else (),
        regimes=RegimeTable(volatility=quick, liquidity=quick),
        limits=RiskLimits(
            max_drawdown=2e5 if random.random() < 0.2 else None,
            max_leverage=3.0 if random.random() < 0.2 else None,
        ),
    )
