// A table of coloured cells on a canvas: strikes by expiry, or spot by time. Pointer and keyboard read the same cells.
import { scaled } from "./amounts";
import { palette, Shades, weight, type Theme } from "./palette";

export interface Mark { level: number; text: string; dash: number[] }
export interface Cells {
  label: string; // for readers of screens
  heads: string[][]; // lines above each column
  levels: number[]; // of each row, falling
  value: Float64Array; // rows × columns
  state: Uint8Array; // 0 nothing listed, 1 a number, 2 not known, 3 known in part
  faint: Uint8Array | null; // 1 where the sign is not information
  total: Float64Array | null; // a bar a row
  marks: Mark[];
  name(level: number): string;
  zero: boolean; // draw where columns cross zero
  describe(row: number, at: number): string[];
  raw(row: number, at: number): number;
}

const LEFT = 58, HEAD = 32, BOTTOM = 4, SMALLEST = 46;

export class Heat {
  readonly canvas = document.createElement("canvas");
  readonly tip = document.createElement("div");
  readonly said = document.createElement("div");
  private cells: Cells | null = null;
  private shades = new Shades("light");
  private theme: Theme = "light";
  private cursor: [number, number] | null = null;
  private largest = 0;
  private width = 0; // of the host: kept, because asking for it in a drawing lays the whole page out again
  private ratio = 0;

  constructor(private readonly host: HTMLElement, private readonly rowHeight: number, private readonly picked: (at: number) => void = () => undefined) {
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-roledescription", "heat map");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.said.className = "unseen";
    this.said.setAttribute("aria-live", "polite");
    host.append(this.canvas, this.tip, this.said);
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry!.contentRect.width);
      if (width !== this.width || window.devicePixelRatio !== this.ratio) { this.width = width; this.draw(); }
    }).observe(host);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => { if (document.activeElement !== this.canvas) this.move(null); });
    this.canvas.addEventListener("click", () => { if (this.cursor !== null) this.picked(this.cursor[1]); });
    this.canvas.addEventListener("blur", () => this.move(null));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** Columns that fit, with a number in each cell. */
  get fits(): number {
    return Math.max(2, Math.floor((this.room() - LEFT - this.right()) / SMALLEST));
  }

  show(cells: Cells | null, theme: Theme): void {
    if (theme !== this.theme) this.shades = new Shades(theme);
    this.theme = theme;
    this.cells = cells;
    this.largest = 0;
    if (cells !== null) for (let i = 0; i < cells.value.length; i++) if (cells.state[i]! & 1) this.largest = Math.max(this.largest, Math.abs(cells.value[i]!));
    this.draw();
    if (this.cursor !== null) this.move(this.cursor);
  }

  private room(): number { return (this.width ||= this.host.clientWidth); }

  private right(): number {
    return this.cells === null || this.cells.total !== null ? (this.room() < 560 ? 96 : 196) : 92;
  }

  private draw(): void {
    const cells = this.cells, width = this.room();
    if (width === 0) return;
    const rows = cells?.levels.length ?? 8, height = HEAD + rows * this.rowHeight + BOTTOM;
    const ratio = (this.ratio = window.devicePixelRatio || 1);
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.height = `${height}px`;
    }
    const pen = this.canvas.getContext("2d", { alpha: false })!;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const colours = palette(this.theme);
    pen.fillStyle = colours.panel;
    pen.fillRect(0, 0, width, height);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    if (cells === null) return;
    if (this.canvas.getAttribute("aria-label") !== cells.label) this.canvas.setAttribute("aria-label", cells.label);
    const cell = (width - LEFT - this.right()) / cells.heads.length;
    this.drawHeads(pen, cells, cell);
    this.drawCells(pen, cells, cell);
    if (cells.zero) this.drawZero(pen, cells, cell);
    this.drawTotals(pen, cells, width);
    this.drawMarks(pen, cells, width);
    if (this.cursor !== null) {
      pen.strokeStyle = colours.ink;
      pen.lineWidth = 2;
      pen.strokeRect(LEFT + this.cursor[1] * cell + 1, HEAD + this.cursor[0] * this.rowHeight + 1, cell - 2, this.rowHeight - 2);
    }
  }

  private drawHeads(pen: CanvasRenderingContext2D, cells: Cells, cell: number): void {
    pen.textAlign = "center";
    pen.fillStyle = palette(this.theme).quiet;
    const every = Math.ceil(36 / cell);
    cells.heads.forEach((lines, at) => {
      if (at % every === 0) lines.forEach((line, row) => pen.fillText(line, LEFT + (at + 0.5) * cell, 8 + 14 * row, every * cell - 2));
    });
    pen.textAlign = "right";
    const skip = Math.ceil(13 / this.rowHeight);
    cells.levels.forEach((level, row) => {
      if (row % skip === 0) pen.fillText(cells.name(level), LEFT - 6, HEAD + (row + 0.5) * this.rowHeight, LEFT - 8);
    });
  }

  private drawCells(pen: CanvasRenderingContext2D, cells: Cells, cell: number): void {
    const width = cells.heads.length, [scale, , digits] = this.scale();
    const hasText = cell >= 34 && this.rowHeight >= 13;
    pen.textAlign = "right";
    for (let row = 0; row < cells.levels.length; row++) {
      for (let at = 0; at < width; at++) {
        const i = row * width + at, state = cells.state[i]!;
        if (state === 0) continue;
        const x = LEFT + at * cell, y = HEAD + row * this.rowHeight;
        if (state === 2) { this.hatch(pen, x, y, cell); continue; }
        const shade = weight(cells.value[i]!, this.largest);
        pen.fillStyle = this.shades.fill(shade);
        pen.fillRect(x + 0.5, y + 0.5, cell - 1, this.rowHeight - 1);
        pen.fillStyle = this.shades.ink(shade);
        if (hasText) pen.fillText((state === 3 ? "·" : "") + scaled(cells.value[i]!, scale, digits), x + cell - 5, y + this.rowHeight / 2 + 0.5, cell - 6);
        if (cells.faint?.[i]) { pen.globalAlpha = 0.55; pen.fillRect(x + 2, y + this.rowHeight - 3, cell - 4, 1); pen.globalAlpha = 1; }
      }
    }
  }

  /** Not known: strokes, and no colour that could be read as a number. */
  private hatch(pen: CanvasRenderingContext2D, x: number, y: number, cell: number): void {
    pen.save();
    pen.beginPath();
    pen.rect(x + 1, y + 1, cell - 2, this.rowHeight - 2);
    pen.clip();
    pen.strokeStyle = palette(this.theme).line;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let left = x - this.rowHeight; left < x + cell; left += 6) { pen.moveTo(left, y + this.rowHeight); pen.lineTo(left + this.rowHeight, y); }
    pen.stroke();
    pen.restore();
  }

  /** Where each column changes its sign, between its rows. */
  private drawZero(pen: CanvasRenderingContext2D, cells: Cells, cell: number): void {
    const width = cells.heads.length;
    pen.strokeStyle = palette(this.theme).mark;
    pen.lineWidth = 2;
    pen.beginPath();
    for (let at = 0; at < width; at++) for (let row = 1; row < cells.levels.length; row++) {
      const above = cells.value[(row - 1) * width + at]!, below = cells.value[row * width + at]!;
      if (!(above * below < 0)) continue;
      const y = HEAD + (row - 0.5 + above / (above - below)) * this.rowHeight;
      pen.moveTo(LEFT + at * cell, y);
      pen.lineTo(LEFT + (at + 1) * cell, y);
    }
    pen.stroke();
  }

  private drawTotals(pen: CanvasRenderingContext2D, cells: Cells, width: number): void {
    if (cells.total === null) return;
    const colours = palette(this.theme), wide = this.right() > 100, room = wide ? 30 : 14;
    const middle = width - this.right() + (wide ? 84 : 22);
    const longest = cells.total.reduce((most, one) => Math.max(most, Math.abs(one)), 0), [scale, , digits] = this.scale();
    pen.textAlign = wide ? "right" : "center";
    pen.fillStyle = colours.quiet;
    pen.fillText("all", wide ? width - this.right() + 48 : middle, 8);
    for (let row = 0; row < cells.levels.length && longest > 0; row++) {
      const value = cells.total[row]!, length = (room * Math.abs(value)) / longest, y = HEAD + row * this.rowHeight;
      pen.fillStyle = value >= 0 ? colours.positive_line : colours.negative_line;
      pen.fillRect(value >= 0 ? middle : middle - length, y + 2, length, this.rowHeight - 4);
      pen.fillStyle = colours.ink;
      if (wide) pen.fillText(scaled(value, scale, digits), width - this.right() + 48, y + this.rowHeight / 2 + 0.5);
    }
    pen.fillStyle = colours.line;
    pen.fillRect(middle, HEAD, 1, cells.levels.length * this.rowHeight);
  }

  private drawMarks(pen: CanvasRenderingContext2D, cells: Cells, width: number): void {
    const colours = palette(this.theme), bottom = HEAD + cells.levels.length * this.rowHeight;
    const right = width - this.right(), isNarrow = this.right() <= 100;
    const at = cells.marks.map((mark) => ({ mark, y: HEAD + this.place(cells.levels, mark.level) * this.rowHeight }))
      .filter(({ y }) => y >= HEAD && y <= bottom).sort((a, b) => a.y - b.y);
    let last = HEAD - 12;
    pen.textAlign = "right";
    for (const { mark, y } of at) {
      pen.strokeStyle = colours.mark;
      pen.lineWidth = 1;
      pen.setLineDash(mark.dash);
      pen.beginPath();
      pen.moveTo(LEFT, y);
      pen.lineTo(right, y);
      pen.stroke();
      pen.setLineDash([]);
      const textAt = Math.max(y, last + 12);
      last = textAt;
      pen.fillStyle = colours.ink;
      pen.fillText(mark.text, width - 2, Math.min(textAt, bottom), isNarrow ? 56 : 84);
    }
  }

  /** Where a level lies among the middles of rows, in rows from the top edge. */
  private place(levels: number[], level: number): number {
    const next = levels.findIndex((one) => one <= level);
    if (next < 0) return levels.length + 1;
    if (next === 0) return levels[0] === level ? 0.5 : -1;
    const above = levels[next - 1]!, below = levels[next]!;
    return next - 0.5 + (above - level) / (above - below);
  }

  private scale(): [number, string, number] { return this.scaleOf(this.largest); }
  scaleOf: (largest: number) => [number, string, number] = () => [1, "", 0];

  private point(event: PointerEvent): void {
    const cells = this.cells;
    if (cells === null) return;
    const box = this.canvas.getBoundingClientRect(), cell = (box.width - LEFT - this.right()) / cells.heads.length;
    const row = Math.floor((event.clientY - box.top - HEAD) / this.rowHeight), at = Math.floor((event.clientX - box.left - LEFT) / cell);
    this.move(row >= 0 && row < cells.levels.length && at >= 0 && at < cells.heads.length ? [row, at] : null);
  }

  private key(event: KeyboardEvent): void {
    const step: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const cells = this.cells, by = step[event.key];
    if (cells === null) return;
    if (event.key === "Escape") { this.move(null); return; }
    if ((event.key === "Enter" || event.key === " ") && this.cursor !== null) { event.preventDefault(); this.picked(this.cursor[1]); return; }
    if (by === undefined) return;
    event.preventDefault();
    const from = this.cursor ?? [Math.floor(cells.levels.length / 2), 0];
    const start = this.cursor === null ? ([0, 0] as const) : by;
    this.move([Math.min(cells.levels.length - 1, Math.max(0, from[0] + start[0])), Math.min(cells.heads.length - 1, Math.max(0, from[1] + start[1]))]);
    this.said.textContent = this.cursor === null ? "" : cells.describe(...this.cursor).join(", ");
  }

  private move(to: [number, number] | null): void {
    const cells = this.cells;
    const inside = to !== null && cells !== null && to[0] < cells.levels.length && to[1] < cells.heads.length;
    const changed = String(this.cursor) !== String(inside ? to : null);
    this.cursor = inside ? to : null;
    this.tip.hidden = !inside;
    if (inside) {
      const [row, at] = to;
      this.tip.replaceChildren(...cells.describe(row, at).map((line) => Object.assign(document.createElement("div"), { textContent: line })));
      this.tip.dataset.value = String(cells.raw(row, at));
      const cell = (this.room() - LEFT - this.right()) / cells.heads.length;
      const x = LEFT + (at + 1) * cell + 8, y = HEAD + (row + 1) * this.rowHeight;
      const isLeft = x + this.tip.offsetWidth > this.room();
      this.tip.style.left = `${Math.max(0, isLeft ? Math.min(LEFT + at * cell - 8, this.room()) - this.tip.offsetWidth : x)}px`;
      this.tip.style.top = `${y + this.tip.offsetHeight > this.canvas.clientHeight ? y - this.tip.offsetHeight - this.rowHeight - 4 : y}px`;
    }
    if (changed) this.draw();
  }
}
