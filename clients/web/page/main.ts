// The page: what is looked at, what comes in, which panel shows it.
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { currencyOf, instant, price, seconds, words } from "./amounts";
import { AheadPanel } from "./ahead_panel";
import { Assembly, isWhole } from "./assembly";
import { positioningName, showConventions, showLevels, showNumbers, showTotals } from "./book_panel";
import type { Ahead, ConventionsEvent, Decision, Exposure, ExposureEvent, KeptUnderlying, Plan, Session, Smile } from "./contract";
import { Controls } from "./controls";
import { byId, fill, h } from "./dom";
import { showDecisions, showPlan } from "./hedge_panel";
import { MapPanel } from "./map_panel";
import { ProfilePanel } from "./profile_panel";
import type { Theme } from "./palette";
import { painted, type Stages } from "./painted";
import { SmilePanel } from "./smile_panel";
import { badge, showStatus, type Link } from "./status_panel";
import { ask, Lazy, passes, post, question, ServiceError, session, Stream } from "./transport";
import { GREEKS, viewFromAddress, writeAddress, type View } from "./view";

const PARTS = ["head", "map", "profile", "book", "conventions", "ahead", "smile", "status"] as const;
type Part = (typeof PARTS)[number];
const OF_EXPOSURE: Part[] = ["head", "map", "profile", "book", "status"];
const FRAME = 16; // ms

class Page {
  private view: View = viewFromAddress();
  private told: Session | null = null;
  private exposure: Exposure | null = null;
  private conventions: ConventionsEvent["exposure"] | null = null;
  private readonly assembly = new Assembly();
  private waiting: Exposure | null = null; // for the columns of its Greek
  private smile: Smile | null = null;
  private ahead: Ahead | null = null;
  private link: Link = { state: "connecting", message: "" };
  private failure: string | null = null;
  private skipped = 0;
  private clockOffset = 0; // of the server's clock against this one, ms
  private drawing = 0;
  private drawn = 0; // when, ms of performance.now()
  private readonly stale = new Set<Part>(); // what a drawing has to do
  private stages: Stages | null = null; // of the exposure that is not drawn yet
  private readonly controls = new Controls(this.view, (change) => this.change(change));
  private readonly map = new MapPanel(byId("map"), byId("mapTitle"), byId("mapNote"), (at) => this.pickExpiry(at));
  private readonly profile = new ProfilePanel(byId("profile"), byId("profileTitle"), byId("profileNote"));
  private readonly aheadPanel = new AheadPanel(byId("ahead"), byId("aheadTitle"), byId("aheadNote"));
  private readonly smilePanel = new SmilePanel(byId("smile"), byId<HTMLSelectElement>("expiry"), byId("smileNote"), (expiry) => this.change({ expiry }));
  private readonly lazySmile = new Lazy(byId("smilePanel"), () => this.loadSmile());
  private readonly lazyAhead = new Lazy(byId("aheadPanel"), () => this.loadAhead());
  private readonly lazyPlan = new Lazy(byId("hedgePanel"), () => this.loadPlan());
  private readonly lazyDecisions = new Lazy(byId("decisions"), () => this.loadDecisions());
  private readonly stream = new Stream({
    rows: (event) => this.assembly.rows(event),
    exposure: (event, arrived) => this.take(event, arrived),
    greeks: (event) => {
      const exposure = this.assembly.greeks(event);
      if (exposure !== null && exposure === this.waiting) this.show(exposure);
      else if (exposure !== null && exposure === this.exposure && this.view.greek !== "gamma") this.redraw(["map"]);
    },
    conventions: (event) => { this.conventions = event.exposure; this.redraw(["conventions"]); },
    failure: (failure) => { this.failure = `Revision ${failure.revision} has no answer: ${failure.message}`; this.redraw(["head"]); },
    link: (state, message) => {
      if (state === "login") this.controls.askToken();
      if (state === "refused") this.failure = message;
      this.link = { state, message };
      this.redraw(["head", "status"]);
    },
    beat: (server) => { if (server !== undefined) this.clockOffset = server - Date.now(); this.showAge(); },
  });

  async start(): Promise<void> {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(document.body);
    window.addEventListener("hashchange", () => this.change({ ...viewFromAddress(), theme: this.view.theme }));
    document.addEventListener("visibilitychange", () => this.stream.seen(document.visibilityState === "visible"));
    window.addEventListener("pagehide", () => this.stream.pause());
    window.addEventListener("pageshow", () => this.stream.seen(true));
    byId("numbers").addEventListener("toggle", () => this.redraw(["book"]));
    setInterval(() => this.showAge(), 1000);
    this.controls.onLogin = async (token) => { await post("login", { token }); location.reload(); };
    this.controls.onLogout = async () => { await post("logout", {}); location.reload(); };
    this.redraw();
    if (this.view.underlying !== "") this.open(); // what was shown before a reload, without waiting for anything
    this.stream.seen(document.visibilityState === "visible");
    await this.greet();
  }

  /** Ask the gateway who it is until it answers; then follow what is kept. */
  private async greet(): Promise<void> {
    for (let pause = 500; ; pause = Math.min(2 * pause, 5_000)) {
      try {
        this.told = await session();
        if (this.view.hedge === "" && this.told.hedge !== "") this.view.hedge = this.told.hedge;
        this.controls.offer(this.told, this.view);
        if (this.view.positioning === "") this.view.positioning = this.told.conventions[0] ?? "";
        this.offerUnderlyings(this.told.underlyings);
        setInterval(() => void this.refreshUnderlyings().catch(() => undefined), 5_000);
        return;
      } catch (error) {
        if (error instanceof ServiceError && error.status === 401) { this.controls.askToken(); return; }
        this.link = { state: error instanceof ServiceError && error.status !== 0 ? "lost" : "away", message: String((error as Error).message) };
        this.redraw();
        await new Promise((ready) => setTimeout(ready, pause));
      }
    }
  }

  private async refreshUnderlyings(): Promise<void> {
    this.offerUnderlyings((await ask<{ underlyings: KeptUnderlying[] }>("underlyings")).underlyings);
  }

  private offerUnderlyings(underlyings: KeptUnderlying[]): void {
    const names = underlyings.map((one) => one.underlying);
    this.controls.underlyings(names, this.view.underlying);
    if (this.view.underlying === "" && names.length > 0) this.change({ underlying: names[0]! });
    if (names.length === 0 && this.exposure === null) {
      this.failure = `The server ${this.told?.server ?? ""} keeps no chain yet. Send one with: gex publish FILE --server ${this.told?.server ?? "ADDRESS"}`;
      this.redraw();
    }
  }

  private change(change: Partial<View>): void {
    const before = question(this.view);
    this.view = { ...this.view, ...change };
    writeAddress(this.view);
    this.controls.reflect(this.view);
    if (JSON.stringify(before) !== JSON.stringify(question(this.view))) this.open();
    else this.want();
    this.redraw();
  }

  private open(): void {
    this.failure = null;
    if (this.exposure?.underlying !== this.view.underlying) [this.exposure, this.conventions, this.smile, this.ahead] = [null, null, null, null];
    this.stream.open(question(this.view));
  }

  private take(event: ExposureEvent, arrived: number): void {
    const parsed = performance.now(), exposure = this.assembly.exposure(event);
    this.skipped = event.skipped;
    this.stages = { heard: event.heard_ms, sent: event.gateway_ms, arrived, parsed };
    if (isWhole(exposure.books?.[0]?.map, this.view.greek)) this.show(exposure);
    else this.waiting = exposure;
  }

  private show(exposure: Exposure): void {
    this.exposure = exposure;
    this.waiting = null;
    this.failure = null;
    this.redraw(OF_EXPOSURE, true);
    this.want();
  }

  private want(): void {
    const revision = this.exposure?.revision ?? -1;
    if (revision < 0) return;
    const key = JSON.stringify(question(this.view));
    this.lazyAhead.want(revision, key + this.view.span);
    this.lazySmile.want(revision, this.view.underlying + this.view.expiry);
    this.lazyPlan.want(revision, this.view.underlying);
    this.lazyDecisions.want(revision, this.view.hedge);
  }

  /** One drawing a frame, of what is newest then; `now` where the last one was a frame ago: the next frame shows it. */
  private redraw(parts: readonly Part[] = PARTS, now = false): void {
    for (const one of parts) this.stale.add(one);
    if (now && document.visibilityState === "visible" && performance.now() - this.drawn > FRAME) {
      cancelAnimationFrame(this.drawing);
      this.draw(false);
    } else if (this.drawing === 0) this.drawing = requestAnimationFrame(() => this.draw(true));
  }

  private get theme(): Theme {
    if (this.view.theme !== "auto") return this.view.theme;
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  private draw(inFrame: boolean): void {
    this.drawing = 0;
    const theme = this.theme, { exposure, view } = this, book = exposure?.books?.[0];
    const stale = new Set(this.stale);
    this.stale.clear();
    if (exposure !== null && book !== undefined) {
      const currency = currencyOf(exposure.expiries ?? []);
      if (stale.has("map")) this.map.show(exposure, book, view, currency, theme);
      if (stale.has("profile")) this.profile.show(exposure, book, currency, theme, view.span);
      if (stale.has("ahead")) this.aheadPanel.show(this.ahead, view.greek, currency, theme);
      if (stale.has("smile") && this.smile !== null) this.smilePanel.show(this.smile, theme);
      if (stale.has("book")) {
        showTotals(byId("totals"), book, currency);
        showLevels(byId("levels"), exposure, book);
        if (byId<HTMLDetailsElement>("numbers").open) showNumbers(byId("numbersTable"), exposure, book, currency);
      }
      if (stale.has("conventions") && this.conventions !== null) showConventions(byId("conventions"), this.conventions, book.positioning, currency);
      if (stale.has("status")) showStatus(byId("status"), exposure, this.smile, this.link, this.skipped, this.told?.server ?? "", this.clockOffset);
      if (stale.has("head")) {
        document.title = `${exposure.underlying} ${price(exposure.spot)} · gex`;
        say("price", price(exposure.spot));
        this.assume(exposure, book.positioning, currency);
        this.showAge();
      }
    }
    if (stale.has("head")) this.showHead(exposure);
    this.drawn = performance.now();
    if (exposure !== null && book !== undefined && stale.has("map")) {
      painted(exposure, book.positioning, this.stages, inFrame);
      this.stages = null;
    }
  }

  /** Theme, how the connection is, and what is wrong. */
  private showHead(exposure: Exposure | null): void {
    if (this.view.theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.view.theme;
    const [text, kind] = badge(this.link, exposure, this.failure);
    say("badge", text);
    const chip = byId("badge");
    chip.className = kind;
    chip.title = this.link.message;
    const failure = this.failure ?? (["away", "lost"].includes(this.link.state) ? `${this.link.message}. What is shown is the last that was heard; the page comes back by itself.` : null);
    byId("failure").hidden = failure === null;
    say("failure", failure ?? "");
  }

  /** Units, signs and the assumption, always on screen. */
  private assume(exposure: Exposure, positioning: string, currency: string): void {
    const greek = GREEKS[this.view.greek], day = exposure.provenance?.open_interest_date;
    fill(byId("assumption"), "Assumed, not measured: dealers hold ", h("strong", {}, positioningName(positioning)), day ? ` of ${day}` : "",
      this.view.signError === "" ? ". " : `, each sign wrong with probability ${this.view.signError}. `,
      `${greek.label} in ${currency} of ${greek.of}. `,
      h("strong", {}, "+ blue: the dealers' book is long; − orange: short. "), "Dealers trade the negative of its change.");
  }

  private showAge(): void {
    const asOf = this.exposure?.provenance?.as_of;
    say("age", asOf === undefined ? "" : `${instant(asOf)}, ${seconds(Math.max(0, (Date.now() + this.clockOffset - asOf) / 1000))} old`);
  }

  private pickExpiry(at: number): void {
    const state = this.exposure?.expiries?.[at];
    if (state !== undefined) this.change({ expiry: `${state.root} ${state.expiry}` });
  }

  private async loadSmile(): Promise<void> {
    const exposure = this.exposure;
    if (exposure === null) return;
    const known = this.smile?.underlying === exposure.underlying ? this.smile.expiries : exposure.expiries ?? [];
    const at = known.findIndex((one) => `${one.root} ${one.expiry}` === this.view.expiry);
    try {
      this.smile = await ask<Smile>("smile", { underlying: exposure.underlying, revision: String(exposure.revision), ...(at >= 0 ? { expiry: String(at) } : {}) });
      this.redraw(["smile", "status"]);
    } catch (error) {
      if (this.view.expiry !== "" && error instanceof ServiceError && error.status === 400) this.change({ expiry: "" });
      else this.smilePanel.say(`No smile: ${(error as Error).message}`);
      if (passes(error)) throw error;
    }
  }

  private async loadAhead(): Promise<void> {
    try {
      this.ahead = await ask<Ahead>("ahead", { ...question(this.view), span: String(Math.min(this.view.span, 0.2)) });
    } catch (error) {
      this.ahead = null;
      byId("aheadNote").textContent = `No map ahead: ${(error as Error).message}`;
      if (passes(error)) throw error;
      return;
    }
    this.redraw(["ahead"]);
  }

  private async loadPlan(): Promise<void> {
    if (this.told === null) return;
    if (!this.ownsPlan) {
      if (this.view.hedge !== "") return; // the plan of its newest decision is shown
      const of = this.told.has_plan ? `The book given is on ${this.told.plan_underlyings.join(", ")}.` : "No book was given.";
      fill(byId("plan"), h("p", { class: "note" }, `${of} gex web --positions book.csv --instruments hedge.toml --underlying ${this.view.underlying} shows its hedge here, live; a kept hedge is followed by its name below.`));
      return;
    }
    try {
      showPlan(byId("plan"), await ask<Plan>("plan"));
    } catch (error) {
      fill(byId("plan"), h("p", { class: "warning" }, `No hedge: ${(error as Error).message}`));
      if (passes(error)) throw error;
    }
  }

  /** True where the gateway was given a book on what is looked at. */
  private get ownsPlan(): boolean {
    return this.told !== null && this.told.has_plan && this.told.plan_underlyings.includes(this.view.underlying);
  }

  private async loadDecisions(): Promise<void> {
    const hedge = this.view.hedge;
    if (hedge === "") { fill(byId("decisions")); return; }
    try {
      const { decisions } = await ask<{ decisions: Decision[] }>("decisions", { hedge }), newest = decisions[0];
      showDecisions(byId("decisions"), hedge, decisions);
      if (!this.ownsPlan && newest?.plan !== undefined)
        showPlan(byId("plan"), newest.plan, `${hedge}, decision ${newest.decision_id} of ${instant(newest.as_of)}`);
    } catch (error) {
      fill(byId("decisions"), h("p", { class: "warning" }, `No decisions: ${words((error as Error).message)}`));
      if (passes(error)) throw error;
    }
  }
}

/** Text that is not laid out again where it is the same. */
function say(id: string, text: string): void {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

void new Page().start();
