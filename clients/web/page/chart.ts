// What the line charts share: uPlot in the page's colours, kept while only its data change, read by pointer and arrow keys.
import uPlot from "uplot";
import { palette, type Palette, type Theme } from "./palette";

export class Chart {
  private plot: uPlot | null = null;
  private key = "";
  private readonly readout = document.createElement("div");
  private readonly box = document.createElement("div");

  constructor(host: HTMLElement, private readonly height: number, private readonly read: (at: number) => string) {
    this.readout.className = "readout";
    this.readout.setAttribute("aria-live", "polite");
    this.box.tabIndex = 0;
    this.box.className = "chart";
    this.box.setAttribute("role", "application");
    this.box.setAttribute("aria-roledescription", "line chart");
    this.box.setAttribute("aria-label", `${host.dataset.label ?? "chart"}. Left and right arrow keys read its points.`);
    host.append(this.box, this.readout);
    new ResizeObserver(() => this.plot?.setSize({ width: this.box.clientWidth, height: this.height })).observe(host);
    this.box.addEventListener("keydown", (event) => this.move(event));
  }

  /** Draw; options are asked for only where `key` says that they differ from those drawn with. */
  show(key: string, data: uPlot.AlignedData, options: () => Partial<uPlot.Options>): void {
    if (this.plot !== null && key === this.key) { this.plot.setData(data); return; }
    this.clear();
    this.key = key;
    const given = options();
    this.plot = new uPlot({
      width: this.box.clientWidth || 400, height: this.height, legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      ...given,
      hooks: { ...given.hooks, setCursor: [(plot) => { if (plot.cursor.idx != null) this.readout.textContent = this.read(plot.cursor.idx); }] },
    } as uPlot.Options, data, this.box);
  }

  clear(): void {
    this.plot?.destroy();
    this.plot = null;
    this.readout.textContent = "";
  }

  values(series: number): (number | null | undefined)[] & { [at: number]: number } {
    return (this.plot?.data[series] ?? []) as never;
  }

  private move(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key], plot = this.plot;
    if (by === undefined || plot === null) return;
    event.preventDefault();
    const xs = plot.data[0], from = plot.cursor.idx ?? Math.floor(xs.length / 2);
    const to = Math.min(xs.length - 1, Math.max(0, from + by * (event.shiftKey ? 10 : 1)));
    plot.setCursor({ left: plot.valToPos(xs[to]!, "x"), top: plot.height / 3 });
  }
}

export function axes(theme: Theme, x: (value: number) => string, y: (value: number) => string): Partial<uPlot.Options> {
  const colours = palette(theme);
  const axis = { stroke: colours.quiet, grid: { stroke: colours.grid, width: 1 }, ticks: { stroke: colours.line, width: 1 }, font: "11px system-ui, sans-serif" };
  return {
    axes: [
      { ...axis, space: 70, size: 26, values: (_: uPlot, values: number[]) => values.map(x) },
      { ...axis, size: 54, values: (_: uPlot, values: number[]) => values.map(y) },
    ],
  } as Partial<uPlot.Options>;
}

/** A vertical line at a level, with its name `row` lines below the top. */
export function levelLine(plot: uPlot, level: number, name: string, colours: Palette, dash: number[], row: number): void {
  const x = plot.valToPos(level, "x", true), { left, top, width, height } = plot.bbox, pen = plot.ctx, ratio = devicePixelRatio;
  if (x < left || x > left + width) return;
  pen.save();
  pen.strokeStyle = colours.mark;
  pen.lineWidth = ratio;
  pen.setLineDash(dash.map((one) => one * ratio));
  pen.beginPath();
  pen.moveTo(x, top);
  pen.lineTo(x, top + height);
  pen.stroke();
  pen.fillStyle = colours.ink;
  pen.font = `${11 * ratio}px system-ui, sans-serif`;
  const isRight = x + 60 * ratio > left + width;
  pen.textAlign = isRight ? "right" : "left";
  outlined(pen, name, x + (isRight ? -4 : 4) * ratio, top + (12 + 13 * row) * ratio, colours.panel);
  pen.restore();
}

/** Text that stays readable over lines. */
export function outlined(pen: CanvasRenderingContext2D, text: string, x: number, y: number, ground: string): void {
  pen.strokeStyle = ground;
  pen.lineWidth = 3 * devicePixelRatio;
  pen.lineJoin = "round";
  pen.setLineDash([]);
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}
