// What of gexapi.v1 the page reads, as the gateway writes it: absent fields are absent, instants are milliseconds.
import type { Packed } from "./columns";

export interface ExpiryState {
  expiry: string; root: string; settlement?: number; time_to_expiry: number; forward?: number; settlement_style: string;
  row_count: number; currency: string; payoff: string; is_certified?: boolean; vol_source: string; forward_source: string;
}
export interface Uncertainty {
  mean: number; standard_deviation: number; standard_deviation_correlated?: number; probability_positive?: number;
  probability?: Packed; quantile?: Packed;
}
export interface GammaFlip { price: number; slope: number }
export interface ExposureMap {
  expiry_index?: Packed; strike?: Packed;
  gamma_exposure_per_percent?: Packed; call_gamma_exposure_per_percent?: Packed; put_gamma_exposure_per_percent?: Packed;
  delta_exposure?: Packed; vanna_exposure_per_vol_point?: Packed; charm_exposure_per_day?: Packed;
  call_open_interest?: Packed; put_open_interest?: Packed; call_contract_count?: Packed; put_contract_count?: Packed;
}
export interface Profile { spot?: Packed; gamma_exposure_per_percent?: Packed; gamma_standard_deviation?: Packed; gamma_kind: string; smile_dynamics?: { name: string } }
export interface ForwardMap {
  at?: Packed; spot?: Packed; gamma_exposure_per_percent?: Packed; delta_exposure_units?: Packed;
  vanna_exposure_per_vol_point?: Packed; charm_exposure_per_day?: Packed; smile_dynamics?: { name: string; vol_in_time: string };
}
export interface ExposureGroup { group: string; name: string; gamma_exposure_per_percent: number; gross_gamma_exposure_per_percent: number; conditioning?: number }
export interface Book {
  positioning: string;
  gamma_exposure_per_percent: number; call_gamma_exposure_per_percent: number; put_gamma_exposure_per_percent: number;
  gross_gamma_exposure_per_percent: number; delta_exposure?: number; vanna_exposure_per_vol_point?: number;
  charm_exposure_per_day?: number;
  gamma_flips?: GammaFlip[]; gamma_flip?: number; gamma_flip_absence: string; call_wall?: number; put_wall?: number;
  absolute_gamma_strike?: number; map?: ExposureMap; profile?: Profile;
  gamma_exposure_uncertainty?: Uncertainty; gamma_flip_uncertainty?: Uncertainty; conditioning?: number;
  unpriced_line_count: number; missing_open_interest_count: number; zero_dte_gross_share?: number; groups?: ExposureGroup[];
}
export interface RejectCount { reason: string; count: number; drops_row: boolean }
export interface Provenance {
  underlying: string; as_of?: number; revision: number; source: string; open_interest_date: string; row_count: number;
  kept_row_count: number; used_row_count: number; clock: string; vol_source: string; discount_source: string;
  greeks_source: string; smile_dynamics: string; spot_source: string; version: string; input_hash: string;
  staleness?: { is_stale: boolean; reasons?: string[]; age_seconds?: number; oldest_quote_seconds?: number };
}
export interface Exposure {
  underlying: string; spot: number; revision: number; books?: Book[]; expiries?: ExpiryState[]; rejects?: RejectCount[];
  max_pains?: { root: string; expiry: string; strike: number; expiry_index: number }[];
  expected_moves?: { expiry_index: number; straddle: number; one_sigma: number }[];
  spread?: { sign_agrees: boolean; minimum_gamma_flip?: number; maximum_gamma_flip?: number };
  provenance?: Provenance;
}
export interface ListingEvent { listing: string; map: ExposureMap }
export interface ExposureEvent { heard_ms: number; gateway_ms: number; revision: number; listing: string; skipped: number; exposure: Exposure }
export interface GreeksEvent { revision: number; listing: string; map: ExposureMap }
export interface ConventionsEvent { revision: number; exposure: Pick<Exposure, "books" | "spread"> }
export interface Session {
  server: string; link: string; underlyings: KeptUnderlying[]; message: string; is_logged_in: boolean; positionings: string[]; conventions: string[];
  has_plan: boolean; plan_underlyings: string[]; hedge: string;
}
export interface KeptUnderlying { underlying: string; revision: number; as_of?: number; spot?: number; row_count: number; expiry_count: number }
export interface Certificate { is_certified: boolean; rung: string; failures?: string[] }
export interface Slice {
  expiry_index?: number; model: string; at_the_money_vol: number; at_the_money_skew: number; certificate?: Certificate;
  quality?: { quote_count: number; inside_share: number; median_error_vol_bp: number }; flags?: string[];
}
export interface Smile {
  underlying: string;
  revision: number; spot: number; is_certified: boolean; expiries: ExpiryState[]; slices: Slice[]; expiry_index?: number;
  quotes?: { strike: Packed; bid_vol: Packed; mid_vol: Packed; ask_vol: Packed };
  fit?: { strike: Packed; vol: Packed };
  quality?: { quote_count: number; inside_share: number; median_error_vol_bp: number };
}
export interface Ahead { revision: number; spot: number; positioning: string; forward_map: ForwardMap | null }
export interface HedgeBand { lower: number; upper: number; lower_target: number; upper_target: number; bound_by: string }
export interface Plan {
  action: string; reasons?: string[]; warnings?: string[]; as_of?: number; revision: number; spot: number;
  orders?: { instrument: string; contracts: number; expected_price: number; notional: number; order_hint: string }[];
  band?: HedgeBand; mishedge: number | null; residual_delta: number | null; book_delta: number | null; hedge_delta: number | null; target_delta: number;
  triggers?: { price: number; direction: string; probability_per_day?: number; order_units: number; order_hint: string }[];
  trigger_time?: number; trigger_vol_up?: number; trigger_vol_down?: number; valid_until?: number; valid_until_reason: string;
  costs?: Record<string, number | string>; expected_hedges_per_day?: number; ask_again_seconds?: number;
  instruments?: { instrument: string; price: number; position: number; position_after: number; units_per_contract: number }[];
  residual_standard_deviation_per_day?: number; unhedged_standard_deviation_per_day?: number;
}
export interface Decision { decision_id: number; as_of?: number; trigger: string; plan?: Plan; override?: { kind: string; user: string; reason: string } }
