// How the page hears from the gateway: a stream that comes back by itself, and questions now and then.
import type { ConventionsEvent, ExposureEvent, GreeksEvent, ListingEvent, Session } from "./contract";
import type { View } from "./view";

export class ServiceError extends Error {
  constructor(readonly reason: string, message: string, readonly status: number) { super(message); }
}

export async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`api/${path}?${new URLSearchParams(query)}`, { cache: "no-store" });
  } catch {
    throw new ServiceError("GATEWAY_LOST", "the gateway (gex web) does not answer", 0);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ServiceError(body.reason ?? "ERROR", body.message ?? response.statusText, response.status);
  return body as T;
}

export async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(`api/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new ServiceError(told.reason ?? "ERROR", told.message ?? response.statusText, response.status);
  }
}

/** True for what may be over when one asks again. */
export function passes(error: unknown): boolean {
  return error instanceof ServiceError && (error.status === 0 || (error.status >= 500 && error.status !== 501));
}

export const session = (): Promise<Session> => ask<Session>("session");

export function question(view: View): Record<string, string> {
  return {
    underlying: view.underlying,
    ...(view.positioning ? { positioning: view.positioning } : {}),
    ...(view.signError ? { sign_error: view.signError } : {}),
  };
}

export interface Hearing {
  rows(event: ListingEvent): void;
  /** `arrived`: when the browser had it, ms of `performance.now()`. */
  exposure(event: ExposureEvent, arrived: number): void;
  greeks(event: GreeksEvent): void;
  conventions(event: ConventionsEvent): void;
  failure(failure: { revision: number; reason: string; message: string }): void;
  /** "live", "lost" (the service), "away" (the gateway), "refused" (the question; it is not asked again). */
  link(state: string, message: string): void;
  beat(serverMilliseconds: number | undefined): void;
}

const UNSEEN = 10_000; // ms out of sight after which a page gives its stream back: a browser grants six to a host
const SILENCE = 9_000; // ms without any event after which the stream is opened anew: four heartbeats

/** One stream at a time. The browser reconnects by itself where the connection breaks; where it gives up, this begins anew. */
export class Stream {
  private source: EventSource | null = null;
  private timer = 0;
  private wait = 500;
  private refused = false;
  private query: Record<string, string> | null = null;
  private leaving = 0;

  constructor(private readonly hearing: Hearing) {}

  open(query: Record<string, string>): void {
    this.pause();
    this.query = query;
    this.refused = false;
    const source = new EventSource(`api/stream?${new URLSearchParams(query)}`);
    this.source = source;
    const again = (pause: number): void => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => { if (this.source === source && !this.refused) this.open(query); }, pause);
    };
    const on = (kind: string, take: (data: never, arrived: number) => void): void =>
      source.addEventListener(kind, (event) => {
        const arrived = performance.now();
        if (this.source !== source) return;
        this.wait = 500;
        again(SILENCE);
        take(JSON.parse((event as MessageEvent<string>).data) as never, arrived);
      });
    on("listing", (data) => this.hearing.rows(data));
    on("exposure", (data, arrived) => this.hearing.exposure(data, arrived));
    on("greeks", (data) => this.hearing.greeks(data));
    on("conventions", (data) => this.hearing.conventions(data));
    on("failure", (data) => this.hearing.failure(data));
    on("beat", (data: { server_ms?: number }) => this.hearing.beat(data.server_ms));
    on("link", (data: { state: string; message: string }) => this.hearing.link(data.state, data.message));
    on("refused", (data: { reason: string; message: string }) => {
      this.refused = true;
      source.close();
      this.hearing.link(data.reason === "UNAUTHENTICATED" ? "login" : "refused", data.message);
    });
    source.onerror = () => {
      if (this.source !== source || this.refused) return;
      this.hearing.link("away", "the gateway (gex web) does not answer; trying again");
      if (source.readyState === EventSource.CLOSED) {
        again(this.wait);
        this.wait = Math.min(2 * this.wait, 5_000);
      } else again(SILENCE);
    };
    again(SILENCE);
  }

  /** Whether somebody sees the page: one that was out of sight for long hears again when it is looked at. */
  seen(isSeen: boolean): void {
    clearTimeout(this.leaving);
    if (!isSeen) this.leaving = window.setTimeout(() => this.pause(), UNSEEN);
    else if (this.source === null && this.query !== null && !this.refused) this.open(this.query);
  }

  /** Give the stream back. */
  pause(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}

/** Asks for something that is dear, for the newest revision only, one question at a time, and not more often than it costs. */
export class Lazy {
  private wanted = -1;
  private key = "";
  private asked = -1;
  private busy = false;
  private timer = 0;
  private isSeen = false;

  constructor(host: HTMLElement, private readonly load: () => Promise<void>, private readonly leastPause = 1_000) {
    new IntersectionObserver((entries) => {
      this.isSeen = entries.some((one) => one.isIntersecting);
      if (this.isSeen) void this.run();
    }, { rootMargin: "100px" }).observe(host);
  }

  /** There is something newer; `key` names the question, and a new question does not wait. */
  want(revision: number, key: string): void {
    const isNew = key !== this.key;
    if (!isNew && revision === this.asked) return;
    this.wanted = revision;
    this.key = key;
    if (isNew) { clearTimeout(this.timer); this.timer = 0; }
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.busy || this.timer !== 0 || !this.isSeen || this.wanted < 0) return;
    const began = performance.now(), key = this.key;
    this.busy = true;
    this.asked = this.wanted;
    this.wanted = -1;
    await new Promise((ready) => setTimeout(ready, 30)); // the map goes first
    await this.load().catch(() => {
      // what may be over next time is asked again, after the pause
      if (this.wanted < 0) this.wanted = this.asked;
      this.asked = -1;
    });
    this.busy = false;
    if (key !== this.key) { void this.run(); return; }
    const pause = Math.max(this.leastPause, Math.min(3 * (performance.now() - began), 30_000));
    this.timer = window.setTimeout(() => { this.timer = 0; void this.run(); }, pause);
  }
}
