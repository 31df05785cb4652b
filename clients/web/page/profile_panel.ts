// Net gamma if spot were elsewhere, with its roots, walls and spot.
import uPlot from "uplot";
import { known, money, price, scaleOf, strike, words } from "./amounts";
import { column } from "./columns";
import type { Book, Exposure } from "./contract";
import { axes, Chart, levelLine, outlined } from "./chart";
import { palette, type Theme } from "./palette";

export class ProfilePanel {
  private readonly chart: Chart;
  private exposure: Exposure | null = null;
  private book: Book | null = null;
  private currency = "";

  constructor(host: HTMLElement, private readonly title: HTMLElement, private readonly note: HTMLElement) {
    this.chart = new Chart(host, 250, (at) => this.read(at));
  }

  show(exposure: Exposure, book: Book, currency: string, theme: Theme, span: number): void {
    [this.exposure, this.book, this.currency] = [exposure, book, currency];
    const spots = column(book.profile?.spot), gamma = column(book.profile?.gamma_exposure_per_percent);
    const sd = column(book.profile?.gamma_standard_deviation);
    if (spots.length === 0) {
      this.title.textContent = "Net gamma over spot";
      this.note.textContent = "Nothing could be repriced: no profile.";
      this.chart.clear();
      return;
    }
    const width = Math.max(span, 0.05);
    const low = exposure.spot * (1 - width), high = exposure.spot * (1 + width);
    const shown = Array.from(spots).map((_, i) => i).filter((i) => spots[i]! >= low && spots[i]! <= high);
    const largest = shown.reduce((most, i) => Math.max(most, Math.abs(gamma[i]!) + (sd[i] ?? 0)), 0);
    const [scale, word, digits] = scaleOf(largest), hasBand = sd.length === spots.length;
    const at = (values: (i: number) => number): (number | null)[] => shown.map((i) => (Number.isFinite(values(i)) ? values(i) / scale : null));
    const data = [shown.map((i) => spots[i]!), at((i) => gamma[i]!),
      ...(hasBand ? [at((i) => gamma[i]! + sd[i]!), at((i) => gamma[i]! - sd[i]!)] : [])] as uPlot.AlignedData;
    this.title.textContent = `Net gamma if spot were elsewhere, ${[word, currency, "per 1\u00a0%"].filter(Boolean).join(" ")}`;
    this.note.textContent = [
      `Every option repriced (${words(book.profile?.smile_dynamics?.name ?? "")}, ${book.profile?.gamma_kind ?? ""} gamma).`,
      hasBand ? "Band: one standard deviation of the signs." : "",
      (book.gamma_flips ?? []).length === 0 ? `No flip: ${words(book.gamma_flip_absence)}.` : "",
    ].filter(Boolean).join(" ");
    const colours = palette(theme);
    this.chart.show(`${theme}${hasBand}${word}${digits}`, data, () => ({
      ...axes(theme, (value) => strike(value), (value) => value.toLocaleString("en-US", { maximumFractionDigits: 2 })),
      scales: { x: { time: false } },
      series: [{}, { stroke: colours.ink, width: 2, points: { show: false } },
        ...(hasBand ? [{ stroke: colours.quiet, width: 0.75, points: { show: false } }, { stroke: colours.quiet, width: 0.75, points: { show: false } }] : [])],
      bands: hasBand ? [{ series: [2, 3], fill: `${colours.quiet}40` }] : [],
      hooks: {
        drawAxes: [(plot: uPlot) => this.shade(plot, theme)],
        draw: [(plot: uPlot) => this.lines(plot, theme)],
      },
    }));
  }

  /** Blue where dealers are long gamma, orange where short: the ground behind the line. */
  private shade(plot: uPlot, theme: Theme): void {
    const zero = Math.min(Math.max(plot.valToPos(0, "y", true), plot.bbox.top), plot.bbox.top + plot.bbox.height), { left, width, top, height } = plot.bbox;
    const colours = palette(theme);
    plot.ctx.save();
    plot.ctx.globalAlpha = theme === "dark" ? 0.5 : 0.45;
    plot.ctx.fillStyle = colours.positive[0]!;
    plot.ctx.fillRect(left, top, width, zero - top);
    plot.ctx.fillStyle = colours.negative[0]!;
    plot.ctx.fillRect(left, zero, width, top + height - zero);
    plot.ctx.restore();
  }

  private lines(plot: uPlot, theme: Theme): void {
    const { exposure, book } = this, colours = palette(theme);
    if (exposure === null || book === null) return;
    levelLine(plot, exposure.spot, "spot", colours, [2, 3], 0);
    if (known(book.call_wall)) levelLine(plot, book.call_wall, "call wall", colours, [1, 5], 1);
    if (known(book.put_wall)) levelLine(plot, book.put_wall, "put wall", colours, [1, 5], 2);
    const pen = plot.ctx, y = plot.valToPos(0, "y", true);
    pen.save();
    for (const flip of book.gamma_flips ?? []) {
      const x = plot.valToPos(flip.price, "x", true);
      if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) continue;
      pen.beginPath();
      pen.arc(x, y, 4 * devicePixelRatio, 0, 2 * Math.PI);
      pen.fillStyle = colours.panel;
      pen.fill();
      pen.lineWidth = 2 * devicePixelRatio;
      pen.strokeStyle = colours.ink;
      pen.stroke();
      pen.fillStyle = colours.ink;
      pen.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      pen.textAlign = "center";
      outlined(pen, `flip ${price(flip.price)}`, x, y + 20 * devicePixelRatio, colours.panel);
    }
    pen.restore();
  }

  private read(at: number): string {
    const spots = this.chart.values(0), gamma = this.chart.values(1);
    if (spots[at] === undefined) return "";
    const profile = column(this.book?.profile?.gamma_exposure_per_percent), all = column(this.book?.profile?.spot);
    const i = all.indexOf(spots[at] as never), sd = column(this.book?.profile?.gamma_standard_deviation)[i];
    if (i < 0 || gamma[at] === null) return `spot ${price(spots[at])}: not known`;
    return `spot ${price(spots[at])}: ${money(profile[i], `${this.currency} per 1\u00a0%`)}${known(sd) ? ` ± ${money(sd).replace("+", "")}` : ""}`;
  }
}
