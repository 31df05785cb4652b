// The head of the page: selects, the Greek, theme, keys, log in.
import { positioningName } from "./book_panel";
import type { Session } from "./contract";
import { byId, fill, h } from "./dom";
import { COLUMNS, GREEKS, SIGN_ERRORS, SPANS, type ColumnMode, type Greek, type View } from "./view";

const THEMES = ["auto", "light", "dark"] as const;
const KEYS: [string, string][] = [
  ["g v c d", "gamma, vanna, charm, delta"], ["p", "next positioning"], ["e", "next columns"], ["+ −", "narrower, wider range"],
  ["t", "dark, light, as the system"], ["m", "to the map; arrows move, Enter shows the smile of the expiry"], ["?", "this list"],
];

export class Controls {
  onLogin: (token: string) => Promise<void> = async () => undefined;
  onLogout: () => Promise<void> = async () => undefined;
  private readonly greeks = new Map<Greek, HTMLButtonElement>();

  constructor(private view: View, private readonly change: (change: Partial<View>) => void) {
    for (const name of Object.keys(GREEKS) as Greek[]) {
      const button = h("button", { type: "button", role: "radio", title: `${GREEKS[name].label} (${GREEKS[name].key})`, onclick: () => change({ greek: name }) }, GREEKS[name].label);
      this.greeks.set(name, button);
      byId("greeks").append(button);
    }
    options("columns", Object.entries(COLUMNS));
    options("span", SPANS.map((one) => [String(one), `± ${100 * one} %`]));
    options("signError", SIGN_ERRORS.map((one) => [one, one === "" ? "none" : `${100 * Number(one)} %`]));
    this.on("underlying", (value) => change({ underlying: value }));
    this.on("positioning", (value) => change({ positioning: value }));
    this.on("columns", (value) => change({ columns: value as ColumnMode }));
    this.on("span", (value) => change({ span: Number(value) }));
    this.on("signError", (value) => change({ signError: value }));
    byId("theme").addEventListener("click", () => this.nextTheme());
    byId("help").addEventListener("click", () => byId<HTMLDialogElement>("keys").showModal());
    byId("logout").addEventListener("click", () => void this.onLogout());
    byId("hedgeForm").addEventListener("submit", (event) => { event.preventDefault(); change({ hedge: byId<HTMLInputElement>("hedge").value.trim() }); });
    byId("loginForm").addEventListener("submit", (event) => { event.preventDefault(); void this.login(); });
    byId("login").addEventListener("cancel", (event) => event.preventDefault());
    fill(byId("keysTable"), h("table", {}, KEYS.map(([key, what]) => h("tr", {}, h("th", { scope: "row" }, key.split(" ").map((one) => h("kbd", {}, one))), h("td", {}, what)))));
    document.addEventListener("keydown", (event) => this.key(event));
    this.reflect(view);
  }

  offer(session: Session, view: View): void {
    options("positioning", session.positionings.map((one) => [one, positioningName(one)]));
    byId("logout").hidden = !session.is_logged_in;
    this.reflect(view);
  }

  underlyings(names: string[], chosen: string): void {
    const all = names.includes(chosen) || chosen === "" ? names : [chosen, ...names];
    const select = byId<HTMLSelectElement>("underlying");
    if (Array.from(select.options).map((one) => one.value).join() !== all.join()) options("underlying", all.map((one) => [one, one]));
    select.value = chosen;
  }

  reflect(view: View): void {
    this.view = view;
    for (const [name, button] of this.greeks) {
      button.setAttribute("aria-checked", String(name === view.greek));
      button.tabIndex = name === view.greek ? 0 : -1;
    }
    for (const name of ["columns", "span", "signError", "positioning", "underlying"] as const) {
      const select = byId<HTMLSelectElement>(name);
      if (Array.from(select.options).some((one) => one.value === String(view[name]))) select.value = String(view[name]);
    }
    byId("theme").textContent = { auto: "◐ auto", light: "○ light", dark: "● dark" }[view.theme];
    byId("theme").setAttribute("aria-label", `Theme: ${view.theme}`);
    if (document.activeElement !== byId("hedge")) byId<HTMLInputElement>("hedge").value = view.hedge;
  }

  askToken(): void {
    const dialog = byId<HTMLDialogElement>("login");
    if (!dialog.open) dialog.showModal();
  }

  private async login(): Promise<void> {
    const input = byId<HTMLInputElement>("token");
    try {
      await this.onLogin(input.value);
    } catch (error) {
      byId("loginNote").textContent = `Not taken: ${(error as Error).message}`;
    }
    input.value = "";
  }

  private nextTheme(): void {
    this.change({ theme: THEMES[(THEMES.indexOf(this.view.theme) + 1) % THEMES.length]! });
  }

  private on(id: string, take: (value: string) => void): void {
    byId<HTMLSelectElement>(id).addEventListener("change", (event) => take((event.target as HTMLSelectElement).value));
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || ["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName) || document.querySelector("dialog[open]")) return;
    const greek = (Object.keys(GREEKS) as Greek[]).find((one) => GREEKS[one].key === event.key);
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (target.getAttribute("role") === "radio" && by !== undefined) {
      const names = [...this.greeks.keys()], next = names[(names.indexOf(this.view.greek) + by + names.length) % names.length]!;
      this.change({ greek: next });
      this.greeks.get(next)!.focus();
    } else if (greek !== undefined) this.change({ greek });
    else if (event.key === "p") next("positioning");
    else if (event.key === "e") next("columns");
    else if (event.key === "+" || event.key === "=") this.widen(-1);
    else if (event.key === "-" || event.key === "−") this.widen(1);
    else if (event.key === "t") this.nextTheme();
    else if (event.key === "m") { document.querySelector<HTMLElement>("#map canvas")?.focus(); }
    else if (event.key === "?") byId<HTMLDialogElement>("keys").showModal();
  }

  private widen(by: number): void {
    this.change({ span: SPANS[Math.min(SPANS.length - 1, Math.max(0, SPANS.indexOf(this.view.span) + by))]! });
  }
}

function options(id: string, pairs: string[][]): void {
  byId(id).replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
}

function next(id: string): void {
  const select = byId<HTMLSelectElement>(id);
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  select.dispatchEvent(new Event("change"));
}
