// What is being looked at; kept in the address, so that a reload or a bookmark shows the same.

export const GREEKS = {
  gamma: { label: "Gamma", key: "g", field: "gamma_exposure_per_percent", unit: "per 1\u00a0%", of: "delta per 1 % move of spot" },
  vanna: { label: "Vanna", key: "v", field: "vanna_exposure_per_vol_point", unit: "per vol point", of: "delta per +1 vol point (0.01)" },
  charm: { label: "Charm", key: "c", field: "charm_exposure_per_day", unit: "per day", of: "delta per calendar day" },
  delta: { label: "Delta", key: "d", field: "delta_exposure", unit: "", of: "delta" },
} as const;
export type Greek = keyof typeof GREEKS;
export const COLUMNS = { expiries: "Expiries", horizons: "Horizons", months: "Months", roots: "Roots" } as const;
export type ColumnMode = keyof typeof COLUMNS;
export const SPANS = [0.02, 0.05, 0.1, 0.2, 0.5];
export const SIGN_ERRORS = ["", "0.05", "0.1", "0.2", "0.3"];

export interface View {
  underlying: string; positioning: string; greek: Greek; columns: ColumnMode; span: number; signError: string;
  theme: "auto" | "light" | "dark"; expiry: string; hedge: string;
}

const START: View = {
  underlying: "", positioning: "", greek: "gamma", columns: "expiries", span: 0.05, signError: "", theme: "auto", expiry: "", hedge: "",
};

export function viewFromAddress(): View {
  const said = new URLSearchParams(location.hash.slice(1));
  const text = (name: keyof View): string => said.get(name) ?? String(START[name]);
  const greek = text("greek"), columns = text("columns"), theme = said.get("theme") ?? recalled("theme") ?? "auto";
  return {
    underlying: text("underlying"), positioning: text("positioning"),
    greek: greek in GREEKS ? (greek as Greek) : "gamma", columns: columns in COLUMNS ? (columns as ColumnMode) : "expiries",
    span: SPANS.find((one) => String(one) === text("span")) ?? START.span,
    signError: SIGN_ERRORS.includes(text("signError")) ? text("signError") : "",
    theme: theme === "light" || theme === "dark" ? theme : "auto", expiry: text("expiry"), hedge: text("hedge"),
  };
}

export function writeAddress(view: View): void {
  const said = new URLSearchParams();
  for (const name of Object.keys(START) as (keyof View)[])
    if (String(view[name]) !== String(START[name]) && name !== "theme") said.set(name, String(view[name]));
  history.replaceState(null, "", `#${said}`);
  try {
    localStorage.setItem("theme", view.theme);
  } catch {
    // a browser may forbid it: then the theme lasts as long as the page
  }
}

function recalled(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
