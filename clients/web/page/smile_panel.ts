// The smile of one expiry: bids, asks, and the certified fit.
import uPlot from "uplot";
import { count, duration, price, share, strike, words } from "./amounts";
import { axes, Chart, levelLine } from "./chart";
import { column } from "./columns";
import type { Smile } from "./contract";
import { palette, type Theme } from "./palette";

export class SmilePanel {
  private readonly chart: Chart;
  private smile: Smile | null = null;

  constructor(host: HTMLElement, private readonly choice: HTMLSelectElement, private readonly note: HTMLElement, chosen: (expiry: string) => void) {
    this.chart = new Chart(host, 250, (at) => this.read(at));
    choice.addEventListener("change", () => chosen(choice.value));
  }

  say(text: string): void { this.note.textContent = text; }

  show(smile: Smile, theme: Theme): void {
    this.smile = smile;
    const at = smile.expiry_index, slice = smile.slices.find((one) => (one.expiry_index ?? 0) === at);
    this.choices(smile);
    if (at === undefined || slice === undefined || smile.quotes === undefined || smile.fit === undefined) {
      this.note.textContent = "No expiry has a slice: no smile.";
      this.chart.clear();
      return;
    }
    const state = smile.expiries[at]!;
    const fitted = column(smile.fit.strike), vol = column(smile.fit.vol);
    const strikes = column(smile.quotes.strike), bid = column(smile.quotes.bid_vol), ask = column(smile.quotes.ask_vol);
    const low = fitted[0]!, high = fitted[fitted.length - 1]!;
    const inside = Array.from(strikes).map((_, i) => i).filter((i) => strikes[i]! >= low * 0.999 && strikes[i]! <= high * 1.001);
    const pick = (values: ArrayLike<number>): (number | null)[] => inside.map((i) => (Number.isFinite(values[i]!) ? 100 * values[i]! : null));
    const quoted = [inside.map((i) => strikes[i]!), pick(bid), pick(ask)] as uPlot.AlignedData;
    const curve = [Array.from(fitted), Array.from(vol).map((one) => (Number.isFinite(one) ? 100 * one : null))] as uPlot.AlignedData;
    const data = uPlot.join([curve, quoted]);
    const colours = palette(theme);
    const limits = this.limits();
    const proof = slice.certificate;
    this.note.textContent = [
      `${duration(state.time_to_expiry)}, at the money ${share(slice.at_the_money_vol, 2)}.`,
      proof?.is_certified ? `Proven free of static arbitrage (${words(proof.rung)}).` : `NOT proven${proof ? `: ${(proof.failures ?? []).map(words).join(", ") || words(proof.rung)}` : ""}.`,
      slice.quality?.quote_count ? `${share(slice.quality.inside_share)} of ${count(slice.quality.quote_count)} quotes hold the fit between bid and ask.` : "No quotes of its own.",
      `Revision ${smile.revision}.`,
    ].join(" ");
    this.chart.show(`${theme}${state.root}${state.expiry}`, data, () => ({
      ...axes(theme, (value) => strike(value), (value) => `${value.toFixed(limits[1] - limits[0] < 4 ? 1 : 0)}`),
      scales: { x: { time: false }, y: { range: () => this.limits() } },
      series: [{}, { stroke: colours.ink, width: 2, spanGaps: true, points: { show: false } },
        { stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } }],
      hooks: { draw: [(plot: uPlot) => { this.quotes(plot, theme); this.forward(plot, theme); }] },
    }));
  }

  private forward(plot: uPlot, theme: Theme): void {
    const forward = this.smile?.expiries[this.smile.expiry_index ?? 0]?.forward;
    if (forward !== undefined) levelLine(plot, forward, "forward", palette(theme), [2, 3], 0);
  }

  private limits(): [number, number] {
    const vol = Array.from(column(this.smile?.fit?.vol)).filter(Number.isFinite);
    if (vol.length === 0) return [0, 100];
    const top = 100 * Math.max(...vol), bottom = 100 * Math.min(...vol), room = Math.max(0.25 * (top - bottom), 1);
    return [Math.max(0, bottom - room), top + room];
  }

  /** Bids point up, asks point down, a line between: told apart by shape as well as by colour. */
  private quotes(plot: uPlot, theme: Theme): void {
    const colours = palette(theme), pen = plot.ctx, size = 3 * devicePixelRatio, [xs, , bids, asks] = plot.data;
    const { left, top, width, height } = plot.bbox;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    const mark = (x: number, y: number, up: number, colour: string): void => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.moveTo(x - size, y + up * size);
      pen.lineTo(x + size, y + up * size);
      pen.lineTo(x, y - up * size);
      pen.fill();
    };
    for (let i = 0; i < xs.length; i++) {
      const bid = bids?.[i], ask = asks?.[i], x = plot.valToPos(xs[i]!, "x", true);
      if (typeof bid === "number" && typeof ask === "number") {
        pen.fillStyle = colours.line;
        const from = plot.valToPos(ask, "y", true);
        pen.fillRect(x - devicePixelRatio / 2, from, devicePixelRatio, plot.valToPos(bid, "y", true) - from);
      }
      if (typeof bid === "number") mark(x, plot.valToPos(bid, "y", true), 1, colours.positive_line);
      if (typeof ask === "number") mark(x, plot.valToPos(ask, "y", true), -1, colours.negative_line);
    }
    pen.restore();
  }

  private choices(smile: Smile): void {
    const shown = smile.slices.map((one) => one.expiry_index ?? 0);
    const names = shown.map((at) => `${smile.expiries[at]!.root} ${smile.expiries[at]!.expiry}`);
    if (names.join() !== Array.from(this.choice.options).map((one) => one.value).join())
      this.choice.replaceChildren(...names.map((name) => new Option(name, name)));
    if (smile.expiry_index !== undefined) this.choice.value = names[shown.indexOf(smile.expiry_index)]!;
  }

  private read(at: number): string {
    const part = [0, 1, 2, 3].map((series) => this.chart.values(series)[at]);
    const text = (name: string, value: number | null | undefined): string => (typeof value === "number" ? `${name} ${value.toFixed(2)} %` : "");
    return [`strike ${price(part[0] as number)}`, text("bid", part[2]), text("ask", part[3]), text("fit", part[1])].filter(Boolean).join(" · ");
  }
}
