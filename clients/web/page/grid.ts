// The rows of a map summed into cells of strikes and expiries. Sums of the service's numbers, nothing repriced.
import { column } from "./columns";
import type { Book, ExpiryState, Exposure } from "./contract";
import { GREEKS, type ColumnMode, type Greek } from "./view";

export interface GridColumn { title: string[]; detail: string; expiries: number[] }
export interface Grid {
  step: number;
  strikes: number[]; // middle of each row, falling
  columns: GridColumn[];
  value: Float64Array; // rows × columns, of the chosen Greek
  calls: Float64Array; puts: Float64Array; // gamma only
  square: Float64Array; // Σ (call² + put²) of gamma: 4 p (1 − p) of it is the variance under sign errors
  callInterest: Float64Array; putInterest: Float64Array; callCount: Float64Array; putCount: Float64Array;
  known: Int32Array; missing: Int32Array; // rows of the map in each cell, with and without a number
  total: Float64Array; // over every expiry, at each row
  outside: number; // beyond the rows
  lowest: Float64Array; highest: Float64Array; // listed strikes in each cell
}

/** 1, 2, 2.5 or 5 times a power of ten, so that about `rows` cover spot ± span; not below the listed grid. */
export function rowWidth(strikes: ArrayLike<number>, spot: number, span: number, rows: number): number {
  let listed = Infinity, last = -Infinity;
  for (const one of distinct(strikes)) if (Math.abs(one / spot - 1) < span) { listed = Math.min(listed, one - last); last = one; }
  const wanted = Math.max((2 * span * spot) / rows, Number.isFinite(listed) ? listed : 0);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 2.5, 5, 10].map((one) => one * power).reduce((best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best));
}

const sorted = new WeakMap<object, Float64Array>();

/** The different strikes, rising; of the same column the same. */
function distinct(strikes: ArrayLike<number>): Float64Array {
  let known = sorted.get(strikes);
  if (known === undefined) {
    known = Float64Array.from(new Set(Array.from(strikes))).sort();
    sorted.set(strikes, known);
  }
  return known;
}

export function gridOf(exposure: Exposure, book: Book, greek: Greek, mode: ColumnMode, span: number, rows: number, most: number): Grid | null {
  const map = book.map, expiries = exposure.expiries ?? [];
  const strikes = column(map?.strike), index = column(map?.expiry_index);
  if (map === undefined || strikes.length === 0) return null;
  const values = column(map[GREEKS[greek].field as keyof typeof map]);
  const gamma = column(map.gamma_exposure_per_percent);
  const calls = column(map.call_gamma_exposure_per_percent), puts = column(map.put_gamma_exposure_per_percent);
  const callInterest = column(map.call_open_interest), putInterest = column(map.put_open_interest);
  const callCount = column(map.call_contract_count), putCount = column(map.put_contract_count);
  const step = rowWidth(strikes, exposure.spot, span, rows);
  const half = Math.max(1, Math.min(Math.floor(rows / 2), Math.ceil((span * exposure.spot) / step)));
  const middle = Math.round(exposure.spot / step);
  const columns = columnsOf(expiries, weights(index, gamma, expiries.length), mode, most);
  const place = new Int32Array(expiries.length).fill(-1);
  columns.forEach((one, at) => one.expiries.forEach((expiry) => { place[expiry] = at; }));
  const height = 2 * half + 1, width = columns.length, size = height * width;
  const grid: Grid = {
    step, columns, strikes: Array.from({ length: height }, (_, row) => step * (middle + half - row)),
    value: new Float64Array(size), calls: new Float64Array(size), puts: new Float64Array(size), square: new Float64Array(size),
    callInterest: new Float64Array(size), putInterest: new Float64Array(size), callCount: new Float64Array(size), putCount: new Float64Array(size),
    known: new Int32Array(size), missing: new Int32Array(size), total: new Float64Array(height), outside: 0,
    lowest: new Float64Array(size).fill(Infinity), highest: new Float64Array(size).fill(-Infinity),
  };
  const has = values.length === strikes.length;
  for (let i = 0; i < strikes.length; i++) {
    const value = has ? values[i]! : NaN, row = middle + half - Math.floor(strikes[i]! / step + 0.5);
    if (row < 0 || row >= height) { if (Number.isFinite(value)) grid.outside += value; continue; }
    if (Number.isFinite(value)) grid.total[row]! += value;
    const at = place[index[i]!]!;
    if (at < 0) continue;
    const cell = row * width + at;
    grid.lowest[cell] = Math.min(grid.lowest[cell]!, strikes[i]!);
    grid.highest[cell] = Math.max(grid.highest[cell]!, strikes[i]!);
    add(grid.callInterest, cell, callInterest[i]);
    add(grid.putInterest, cell, putInterest[i]);
    add(grid.callCount, cell, callCount[i]);
    add(grid.putCount, cell, putCount[i]);
    if (!Number.isFinite(value)) { grid.missing[cell]!++; continue; }
    grid.known[cell]!++;
    grid.value[cell]! += value;
    const call = calls[i] ?? 0, put = puts[i] ?? 0;
    add(grid.calls, cell, call);
    add(grid.puts, cell, put);
    add(grid.square, cell, call * call + put * put);
  }
  return grid;
}

function add(target: Float64Array, at: number, value: number | undefined): void {
  if (value !== undefined && Number.isFinite(value)) target[at]! += value;
}

function weights(index: ArrayLike<number>, gamma: ArrayLike<number>, count: number): Float64Array {
  const gross = new Float64Array(count);
  for (let i = 0; i < index.length; i++) add(gross, index[i]!, Math.abs(gamma[i]!));
  return gross;
}

const HORIZONS: [string, number][] = [["to 1 day", 1], ["1–7 days", 7], ["7–31 days", 31], ["31–93 days", 93], ["over 93 days", Infinity]];

function columnsOf(expiries: ExpiryState[], gross: Float64Array, mode: ColumnMode, most: number): GridColumn[] {
  const live = expiries.map((_, at) => at).filter((at) => gross[at]! > 0);
  if (mode === "expiries") {
    const single = (at: number): GridColumn => ({
      title: [expiries[at]!.root, expiries[at]!.expiry.slice(2)], detail: `${expiries[at]!.root} ${expiries[at]!.expiry}`, expiries: [at],
    });
    if (live.length <= most) return live.sort((a, b) => bySettlement(expiries, a, b)).map(single);
    const heavy = [...live].sort((a, b) => gross[b]! - gross[a]!).slice(0, Math.max(1, most - 1));
    const others = live.filter((at) => !heavy.includes(at));
    return [...heavy.sort((a, b) => bySettlement(expiries, a, b)).map(single),
      { title: ["others", `${others.length}`], detail: `${others.length} other expiries`, expiries: others }];
  }
  const groups = new Map<string, number[]>();
  for (const at of live.sort((a, b) => bySettlement(expiries, a, b))) {
    const state = expiries[at]!;
    const days = 365 * state.time_to_expiry;
    const name = mode === "months" ? state.expiry.slice(0, 7) : mode === "roots" ? state.root : HORIZONS.find(([, most]) => days <= most)![0];
    groups.set(name, [...(groups.get(name) ?? []), at]);
  }
  const named = [...groups].map(([name, members]): GridColumn => ({
    title: [name, members.length === 1 ? "1 expiry" : `${members.length} exp.`], detail: `${name}, ${members.length} expiries`, expiries: members,
  }));
  if (named.length <= most) return named;
  const rest = named.slice(most - 1).flatMap((one) => one.expiries);
  return [...named.slice(0, most - 1), { title: ["later", `${rest.length} exp.`], detail: `${rest.length} later expiries`, expiries: rest }];
}

function bySettlement(expiries: ExpiryState[], a: number, b: number): number {
  return expiries[a]!.time_to_expiry - expiries[b]!.time_to_expiry || a - b;
}
