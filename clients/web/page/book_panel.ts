// Totals, levels and the other conventions of one exposure, as tables.
import { known, MISSING, money, price, share, strike, words } from "./amounts";
import { column } from "./columns";
import type { Book, Exposure, Uncertainty } from "./contract";
import { fill, h, table, unseen } from "./dom";

const NAMES: Record<string, string> = {
  oi_calls_long_puts_short: "calls long, puts short (open interest)",
  oi_calls_short_puts_long: "calls short, puts long (open interest)",
  oi_customers_long_all: "customers long all (open interest)",
  volume_calls_long_puts_short: "calls long, puts short (volume)",
  signed_trades_quote_rule: "signed trades, quote rule",
  signed_trades_lee_ready: "signed trades, Lee–Ready",
};

export function positioningName(model: string): string {
  return NAMES[model] ?? words(model);
}

export function showTotals(target: HTMLElement, book: Book, currency: string): void {
  const per = `${currency} per 1\u00a0%`;
  const rows: [string, string][] = [
    ["net gamma", money(book.gamma_exposure_per_percent, per)],
    ["calls", money(book.call_gamma_exposure_per_percent, per)],
    ["puts", money(book.put_gamma_exposure_per_percent, per)],
    ["gross gamma", money(book.gross_gamma_exposure_per_percent, per).replace("+", "")],
    ["|net| / gross", known(book.conditioning) ? `${share(book.conditioning)}${book.conditioning < 0.05 ? ": the sign is not information" : ""}` : MISSING],
    ["delta", money(book.delta_exposure, currency)],
    ["vanna", money(book.vanna_exposure_per_vol_point, `${currency} per vol point`)],
    ["charm", money(book.charm_exposure_per_day, `${currency} per day`)],
    ["settles today", known(book.zero_dte_gross_share) ? `${share(book.zero_dte_gross_share)} of gross gamma` : MISSING],
  ];
  const bar = book.gamma_exposure_uncertainty;
  if (bar !== undefined) rows.splice(1, 0, ["expected, under sign errors", errorBar(bar, per)]);
  fill(target, table("Totals of the book", [unseen("measure"), "dealers' book"], rows));
}

function errorBar(bar: Uncertainty, unit: string): string {
  const cautious = bar.standard_deviation_correlated;
  return [
    `${money(bar.mean)} ± ${money(bar.standard_deviation, unit).replace("+", "")}`,
    known(cautious) ? `(± ${money(cautious).replace("+", "")} if errors go together)` : "",
    known(bar.probability_positive) ? `P(>\u00a00)\u00a0${share(bar.probability_positive)}` : "",
  ].filter(Boolean).join(" ");
}

export function showLevels(target: HTMLElement, exposure: Exposure, book: Book): void {
  const away = (level: number): string => `${((level / exposure.spot - 1) * 100 >= 0 ? "+" : "−")}${Math.abs((level / exposure.spot - 1) * 100).toFixed(2)} %`;
  const rows: string[][] = [["spot", price(exposure.spot), ""]];
  const flips = book.gamma_flips ?? [];
  if (flips.length === 0) rows.push(["gamma flip", "none", words(book.gamma_flip_absence)]);
  for (const flip of flips)
    rows.push([flip.price === book.gamma_flip && flips.length > 1 ? "gamma flip, nearest" : "gamma flip", price(flip.price), `${away(flip.price)}, ${flip.slope > 0 ? "long" : "short"} gamma above`]);
  const bar = book.gamma_flip_uncertainty;
  if (bar !== undefined) rows.push(["flip, one standard deviation", `± ${price(bar.standard_deviation)}`, ""]);
  for (const [name, level] of [["call wall", book.call_wall], ["put wall", book.put_wall], ["most gross gamma", book.absolute_gamma_strike]] as const)
    rows.push([name, known(level) ? strike(level) : MISSING, known(level) ? away(level) : "no candidate"]);
  const near = nearestExpiry(exposure);
  const move = exposure.expected_moves?.find((one) => (one.expiry_index ?? 0) === near);
  if (move !== undefined) rows.push(["expected move, next expiry", `± ${price(move.straddle)}`, "straddle at the forward"]);
  const pain = exposure.max_pains?.find((one) => (one.expiry_index ?? 0) === near);
  if (pain !== undefined) rows.push(["max pain, next expiry", strike(pain.strike), `${pain.root} ${pain.expiry}`]);
  fill(target, table("Levels", [unseen("level"), "price", unseen("distance from spot")], rows));
}

function nearestExpiry(exposure: Exposure): number {
  const live = (exposure.expiries ?? []).map((one, at) => [one.time_to_expiry, at] as const).filter(([time]) => time > 0);
  return live.length === 0 ? -1 : live.reduce((best, one) => (one[0] < best[0] ? one : best))[1];
}

export function showConventions(target: HTMLElement, exposure: Pick<Exposure, "books" | "spread">, chosen: string, currency: string): void {
  const rows = (exposure.books ?? []).map((book) => [
    h("span", book.positioning === chosen ? { class: "chosen" } : {}, positioningName(book.positioning)),
    money(book.gamma_exposure_per_percent, "", 2), known(book.gamma_flip) ? price(book.gamma_flip) : "none",
    book.gamma_exposure_uncertainty ? share(book.gamma_exposure_uncertainty.probability_positive, 0) : share(book.conditioning, 1),
  ]);
  const last = exposure.books?.[0]?.gamma_exposure_uncertainty ? "P(>\u00a00)" : "|net|\u00a0/\u00a0gross";
  fill(target, table("The usual conventions side by side", ["positioning assumed", `${currency} per 1\u00a0%`, "flip", last], rows),
    h("p", { class: "note" }, exposure.spread === undefined ? "" : exposure.spread.sign_agrees ? "They agree on the sign of net gamma." : "They do not agree on the sign of net gamma: it is an assumption, not a measurement."));
}

/** Net gamma by right and strike, to be read as a table by those who do not see the map. */
export function showNumbers(target: HTMLElement, exposure: Exposure, book: Book, currency: string): void {
  const index = column(book.map?.expiry_index), gamma = column(book.map?.gamma_exposure_per_percent);
  const sums = new Float64Array(exposure.expiries?.length ?? 0), gross = new Float64Array(sums.length);
  for (let i = 0; i < index.length; i++) if (Number.isFinite(gamma[i]!)) { sums[index[i]!]! += gamma[i]!; gross[index[i]!]! += Math.abs(gamma[i]!); }
  const rows = (exposure.expiries ?? []).map((one, at) => ({ one, at })).filter(({ at }) => gross[at]! > 0)
    .map(({ one, at }) => [`${one.root} ${one.expiry}`, money(sums[at], ""), price(one.forward), one.vol_source || MISSING]);
  fill(target, table("Net gamma by expiry", ["expiry", `net gamma, ${currency} per 1 %`, "forward", "volatilities from"], rows));
}
