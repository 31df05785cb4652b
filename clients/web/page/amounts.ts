// Numbers as people read them: sign, magnitude, unit. The same words as the command line.

export const MISSING = "–";
const SCALES: [number, string][] = [[1e12, " tn"], [1e9, " bn"], [1e6, " m"], [1e3, " k"]];
const plainNumber = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
const formats = new Map<string, Intl.NumberFormat>();

function fixed(value: number, digits: number, sign: boolean): string {
  const key = `${digits}${sign}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat("en-US", {
      minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: sign ? "always" : "auto",
    });
    formats.set(key, format);
  }
  return format.format(value).replace("-", "−");
}

export function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** The currency of amounts: dollars for options that pay in coin too, whose prices are in coin; "" where several are mixed. */
export function currencyOf(expiries: { payoff: string; currency: string }[]): string {
  const found = new Set(expiries.map((one) => (one.payoff === "inverse" ? "USD" : one.currency)));
  return found.size === 1 ? [...found][0]! : "";
}

/** A signed amount in the magnitude that fits it: −19.156 bn USD. */
export function money(value: number | null | undefined, unit = "", digits = 3): string {
  if (!known(value)) return MISSING;
  const [scale, word] = SCALES.find(([size]) => Math.abs(value) >= size) ?? [1, ""];
  const number = word ? fixed(value / scale, digits, true) : fixed(value, Math.abs(value) >= 100 ? 0 : 2, true);
  return `${number}${word}${unit ? ` ${unit}` : ""}`;
}

/** Scale, its word and digits with which numbers up to `largest` fit in six places. */
export function scaleOf(largest: number): [number, string, number] {
  for (const [scale, word] of [[1e9, "bn"], [1e6, "m"], [1e3, "k"], [1, ""]] as [number, string][])
    if (largest >= 10 * scale) return [scale, word, largest >= 100 * scale ? 0 : 1];
  return [1, "", 2];
}

/** A signed number in units of `scale`; nothing where it rounds to zero. */
export function scaled(value: number, scale: number, digits: number): string {
  if (!Number.isFinite(value)) return MISSING;
  const text = fixed(value / scale, digits, false);
  return /[1-9]/.test(text) ? text : "";
}

export function price(value: number | null | undefined): string {
  if (!known(value)) return MISSING;
  return fixed(value, Math.abs(value) >= 1 ? 2 : 4, false);
}

/** A strike without needless digits. */
export function strike(value: number | null | undefined): string {
  if (!known(value)) return MISSING;
  return plainNumber.format(Number(value.toPrecision(10)));
}

export function count(value: number | null | undefined): string {
  return known(value) ? fixed(value, 0, false) : MISSING;
}

export function signed(value: number | null | undefined, digits = 1): string {
  return known(value) ? fixed(value, digits, true) : MISSING;
}

export function share(value: number | null | undefined, digits = 1): string {
  return known(value) ? `${fixed(100 * value, digits, false)} %` : MISSING;
}

/** Time to an expiry in the unit that fits: 12.0 h, 182.5 d. */
export function duration(years: number): string {
  const days = 365 * years;
  return days < 2 ? `${(24 * days).toFixed(1)} h` : `${days.toFixed(1)} d`;
}

export function seconds(value: number): string {
  if (value < 120) return `${value.toFixed(0)} s`;
  if (value < 7200) return `${(value / 60).toFixed(0)} min`;
  if (value < 172_800) return `${(value / 3600).toFixed(1)} h`;
  return `${count(value / 86_400)} d`;
}

/** An instant to the second, UTC. */
export function instant(milliseconds: number | undefined): string {
  return milliseconds === undefined ? MISSING : `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** lower_snake as words. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
