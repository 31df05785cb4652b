// The map of strikes and expiries of one book.
import { count, duration, known, money, scaleOf, strike } from "./amounts";
import type { Book, Exposure } from "./contract";
import { gridOf, type Grid } from "./grid";
import { Heat, type Cells, type Mark } from "./heat";
import type { Theme } from "./palette";
import { GREEKS, type View } from "./view";

const ROW = 15;

export class MapPanel {
  private readonly heat: Heat;
  private grid: Grid | null = null;

  constructor(host: HTMLElement, private readonly title: HTMLElement, private readonly note: HTMLElement, picked: (expiry: number) => void) {
    this.heat = new Heat(host, ROW, (at) => {
      const expiries = this.grid?.columns[at]?.expiries ?? [];
      if (expiries.length > 0) picked(expiries[0]!);
    });
    this.heat.scaleOf = scaleOf;
  }

  show(exposure: Exposure, book: Book, view: View, currency: string, theme: Theme): void {
    const rows = window.innerWidth < 600 ? 29 : 41;
    const grid = gridOf(exposure, book, view.greek, view.columns, view.span, rows, this.heat.fits);
    this.grid = grid;
    const greek = GREEKS[view.greek];
    if (grid === null) {
      this.title.textContent = `${greek.label} by strike and expiry`;
      this.note.textContent = "The book holds nothing: no map.";
      this.heat.show(null, theme);
      return;
    }
    const probability = view.signError === "" ? null : Number(view.signError);
    const cells = cellsOf(grid, exposure, book, view, currency, probability);
    const [, word] = scaleOf(cells.value.reduce((most, one, i) => (cells.state[i]! & 1 ? Math.max(most, Math.abs(one)) : most), 0));
    const unit = [word, currency, greek.unit].filter(Boolean).join(" ");
    this.title.textContent = `${greek.label} by strike and expiry, ${unit}`;
    const missing = grid.missing.reduce((sum, one) => sum + one, 0);
    this.note.textContent = [
      `Rows are ${strike(grid.step)} wide.`,
      grid.outside !== 0 ? `Strikes beyond them hold ${money(grid.outside, currency)}.` : "",
      missing > 0 ? `${count(missing)} lines have no volatility and are in no sum (hatched, or · beside the number).` : "",
      probability !== null && view.greek === "gamma" ? "Underlined: the error of the signs is larger than the number." : "",
    ].filter(Boolean).join(" ");
    this.heat.show(cells, theme);
  }
}

function cellsOf(grid: Grid, exposure: Exposure, book: Book, view: View, currency: string, probability: number | null): Cells {
  const width = grid.columns.length, size = grid.value.length, greek = GREEKS[view.greek];
  const state = new Uint8Array(size), faint = probability === null || view.greek !== "gamma" ? null : new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const listed = grid.known[i]! + grid.missing[i]!;
    state[i] = listed === 0 ? 0 : grid.known[i] === 0 ? 2 : grid.missing[i]! > 0 ? 3 : 1;
    if (faint !== null && probability !== null)
      faint[i] = state[i]! & 1 && Math.abs((1 - 2 * probability) * grid.value[i]!) < deviation(grid.square[i]!, probability) ? 1 : 0;
  }
  const unit = [currency, greek.unit].filter(Boolean).join(" ");
  return {
    label: `${greek.label} of dealers by strike and expiry, ${unit}, ${exposure.underlying}. Arrow keys move from cell to cell, Enter shows the smile of the expiry.`,
    heads: grid.columns.map((one) => one.title), levels: grid.strikes, value: grid.value, state, faint, total: grid.total,
    marks: marksOf(exposure, book), name: strike, zero: false,
    raw: (row, at) => (state[row * width + at]! & 1 ? grid.value[row * width + at]! : NaN),
    describe: (row, at) => {
      const i = row * width + at, column = grid.columns[at]!;
      const only = column.expiries.length === 1 ? exposure.expiries?.[column.expiries[0]!] : undefined;
      const lines = [`${column.detail}${only ? `, ${duration(only.time_to_expiry)}` : ""}`];
      if (state[i] === 0) return [...lines, `strike ${strike(grid.strikes[row])}: none listed`];
      const low = grid.lowest[i]!, high = grid.highest[i]!, listed = grid.known[i]! + grid.missing[i]!;
      lines.push(low === high ? `strike ${strike(low)}` : `strikes ${strike(low)} to ${strike(high)} (${listed} lines)`);
      if (state[i] === 2) return [...lines, `${greek.label}: not known (no volatility)`];
      lines.push(`${greek.label} ${money(grid.value[i], unit, 4)}`);
      if (view.greek === "gamma") {
        lines.push(`calls ${money(grid.calls[i], currency)}, puts ${money(grid.puts[i], currency)}`);
        if (probability !== null) {
          const bar = deviation(grid.square[i]!, probability);
          lines.push(`sign error ${probability}: ${money((1 - 2 * probability) * grid.value[i]!)} ± ${money(bar).replace("+", "")}`);
        }
      }
      lines.push(`open interest: calls ${count(grid.callInterest[i])}, puts ${count(grid.putInterest[i])}`);
      lines.push(`dealers hold: calls ${count(grid.callCount[i])}, puts ${count(grid.putCount[i])}`);
      if (grid.missing[i]! > 0) lines.push(`${grid.missing[i]} of ${listed} lines not known, not in the sum`);
      return lines;
    },
  };
}

/** Standard deviation of a sum of lines whose signs are wrong independently with this probability. */
export function deviation(square: number, probability: number): number {
  return Math.sqrt(4 * probability * (1 - probability) * square);
}

export function marksOf(exposure: Exposure, book: Book): Mark[] {
  const marks: Mark[] = [{ level: exposure.spot, text: "spot", dash: [2, 3] }];
  for (const flip of book.gamma_flips ?? []) marks.push({ level: flip.price, text: "flip", dash: [6, 3] });
  if (known(book.call_wall)) marks.push({ level: book.call_wall, text: "call wall", dash: [1, 5] });
  if (known(book.put_wall)) marks.push({ level: book.put_wall, text: "put wall", dash: [1, 5] });
  return marks;
}
