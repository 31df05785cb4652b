// Spot by time: the book repriced at each node to come.
import { instant, money, price, scaleOf, words } from "./amounts";
import { column } from "./columns";
import type { Ahead } from "./contract";
import { Heat } from "./heat";
import type { Theme } from "./palette";
import { GREEKS, type Greek } from "./view";

const FIELDS = {
  gamma: "gamma_exposure_per_percent", vanna: "vanna_exposure_per_vol_point", charm: "charm_exposure_per_day", delta: "delta_exposure_units",
} as const;

export class AheadPanel {
  private readonly heat: Heat;

  constructor(host: HTMLElement, private readonly title: HTMLElement, private readonly note: HTMLElement) {
    this.heat = new Heat(host, 13);
    this.heat.scaleOf = scaleOf;
  }

  show(ahead: Ahead | null, greek: Greek, currency: string, theme: Theme): void {
    const map = ahead?.forward_map ?? null, name = GREEKS[greek].label;
    const unit = greek === "delta" ? "units of underlying" : [currency, GREEKS[greek].unit].join(" ");
    const matrix = column(map?.[FIELDS[greek]]), spots = column(map?.spot), at = column(map?.at);
    if (ahead === null || map === null || matrix.length === 0) {
      this.title.textContent = `${name} ahead, by spot and time`;
      this.note.textContent = ahead === null ? "not there yet" : "nothing could be repriced: no map";
      this.heat.show(null, theme);
      return;
    }
    const rows = spots.length, width = at.length;
    const value = new Float64Array(rows * width), state = new Uint8Array(rows * width);
    for (let row = 0; row < rows; row++) for (let time = 0; time < width; time++) {
      const one = matrix[time * rows + (rows - 1 - row)]!;
      value[row * width + time] = one;
      state[row * width + time] = Number.isFinite(one) ? 1 : 2;
    }
    const levels = Array.from(spots).reverse();
    const largest = value.reduce((most, one) => (Number.isFinite(one) ? Math.max(most, Math.abs(one)) : most), 0);
    this.title.textContent = `${name} ahead, by spot and time, ${[scaleOf(largest)[1], unit].filter(Boolean).join(" ")}`;
    const dynamics = map.smile_dynamics;
    this.note.textContent = `Every option repriced at each node${dynamics ? ` (${words(dynamics.name)}, ${words(dynamics.vol_in_time)})` : ""}; heavy line: zero. Revision ${ahead.revision}.`;
    this.heat.show({
      label: `${name} of dealers ahead by spot and instant, ${unit}. Arrow keys move from node to node.`,
      heads: Array.from(at).map((one) => [instant(one).slice(5, 10), instant(one).slice(11, 16)]), levels, value, state, faint: null, total: null,
      marks: [{ level: ahead.spot, text: "spot", dash: [2, 3] }], name: (level) => price(level), zero: true,
      raw: (row, time) => value[row * width + time]!,
      describe: (row, time) => [instant(at[time]), `spot ${price(levels[row])}`, `${name} ${money(value[row * width + time], unit, 4)}`],
    }, theme);
  }
}
