"""eSSVI as the model of a whole chain: three parameters an expiry, published with the same proof as the splines."""

import dataclasses

import numpy as np

from gex.forward import ForwardCurve
from gex.quote_vols import QuoteVols
from gex.quotes import Quotes
from gex.surface.certified import CertifiedSurface, EssviParameters
from gex.surface.fitting import published
from gex.surface.protocol import SurfaceModel
from gex.surface.sweeping import Sweep
from gex.surface.targets import surface_targets


def fit_essvi_surface(quotes: Quotes, vols: QuoteVols, forwards: ForwardCurve) -> CertifiedSurface:
    """eSSVI slices through the quotes of all expiries, as the splines nearest to them (0.8 bp of vol at most).

    Three parameters do not follow an index chain into its spreads (a tenth of the quotes of SPX lie inside); they suit
    chains with few quotes, and smooth extrapolation. Expiries without quotes are inferred as in `fit_surface`.
    """
    targets = surface_targets(quotes, vols, forwards)
    own = np.isfinite(targets.money) & (targets.money > 0.0)
    nothing = np.zeros(len(own), np.bool_)
    if not own.any():
        return dataclasses.replace(published(targets, forwards, own, nothing, None), model=SurfaceModel.ESSVI)
    mine = targets.only(own)
    sweep = Sweep(mine, mine.money, np.zeros(len(mine.expiry), np.bool_))
    sweep.run_essvi()
    surface = published(targets, forwards, own, nothing, sweep)
    parameters = np.full((3, len(forwards)), np.nan)
    parameters[:, mine.expiry] = sweep.essvi
    return dataclasses.replace(
        surface,
        model=SurfaceModel.ESSVI,
        parameters=EssviParameters(theta=parameters[0], rho=parameters[1], psi=parameters[2]),
        anchors=None,
    )
