// Colours: one table for page, maps and tests (palette.json). Blue above zero, orange below: told apart without red and green.
import colours from "./palette.json";

export type Theme = "light" | "dark";
export type Palette = (typeof colours)["light"];
type Rgb = [number, number, number];

export function palette(theme: Theme): Palette {
  return colours[theme];
}

const rgb = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;

/** Shades of a diverging scale: `shade(weight)` for a weight in [−1, 1], as CSS colour and the ink that stands out on it. */
export class Shades {
  private readonly steps = 64;
  private readonly fills: string[] = [];
  private readonly inks: string[] = [];

  constructor(theme: Theme) {
    const { zero, positive, negative } = palette(theme);
    for (let at = -this.steps; at <= this.steps; at++) {
      const stops = [zero, ...(at < 0 ? negative : positive)].map(rgb);
      const place = (Math.abs(at) / this.steps) * (stops.length - 1);
      const low = Math.min(Math.floor(place), stops.length - 2);
      const colour = stops[low]!.map((one, channel) => Math.round(one + (stops[low + 1]![channel]! - one) * (place - low))) as Rgb;
      this.fills.push(`rgb(${colour.join(",")})`);
      this.inks.push(contrast(luminance(colour), 0) >= contrast(luminance(colour), 1) ? "#000000" : "#ffffff");
    }
  }

  fill(weight: number): string { return this.fills[this.place(weight)]!; }
  ink(weight: number): string { return this.inks[this.place(weight)]!; }
  private place(weight: number): number { return Math.round(Math.max(-1, Math.min(1, weight)) * this.steps) + this.steps; }
}

/** Weight of a value on a scale whose ends are ±largest: the square root, so that small cells are seen beside large. */
export function weight(value: number, largest: number): number {
  return largest > 0 ? Math.sign(value) * Math.sqrt(Math.abs(value) / largest) : 0;
}

// WCAG 2.1: relative luminance and contrast.
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
