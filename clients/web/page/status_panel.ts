// What the numbers rest on: age, staleness, proof, rejects, assumptions.
import { count, instant, MISSING, seconds, share, words } from "./amounts";
import type { Exposure, Smile } from "./contract";
import { fill, table } from "./dom";

export interface Link { state: string; message: string }

/** What is proven: of the volatilities that the map rests on, and of the surface that is fitted to them. */
function certificate(exposure: Exposure, smile: Smile | null): string {
  const live = (exposure.expiries ?? []).filter((one) => one.time_to_expiry > 0 && one.is_certified !== undefined);
  const own = live.filter((one) => one.is_certified).length;
  const beneath = own === 0 ? "the map's volatilities follow the quotes, nothing proven" : `the map rests on ${own === live.length ? "proven slices only" : `${own} of ${live.length} proven slices`}`;
  if (smile === null) return `${beneath}; no surface fitted yet`;
  const proven = smile.slices.filter((one) => one.certificate?.is_certified).length;
  return `${beneath}; fitted surface: ${proven === smile.slices.length ? `all ${proven}` : `${proven} of ${smile.slices.length}`} slices proven free of static arbitrage (revision ${smile.revision})`;
}

/** A few words and a class for the badge in the head of the page. */
export function badge(link: Link, exposure: Exposure | null, failure: string | null): [string, string] {
  if (link.state === "away" || link.state === "lost") return [`${link.state === "away" ? "gateway" : "server"} away`, "bad"];
  if (link.state === "refused") return ["refused", "bad"];
  if (link.state === "login") return ["log in", "bad"];
  if (failure !== null) return ["no answer", "bad"];
  if (exposure === null) return ["waiting", "wait"];
  return exposure.provenance?.staleness?.is_stale ? ["live, stale data", "wait"] : ["live", "good"];
}

export function showStatus(target: HTMLElement, exposure: Exposure, smile: Smile | null, link: Link, skipped: number, server: string, clockOffset: number): void {
  const from = exposure.provenance;
  const stale = from?.staleness;
  const rejects = (exposure.rejects ?? []).map((one) => `${words(one.reason)} ${count(one.count)}`).join(", ");
  fill(target, table("Status", [], [
    ["connection", `${link.state}${link.message ? `: ${link.message}` : ""}, server ${server}`],
    ["quotes of", `${instant(from?.as_of)}${from?.as_of === undefined ? "" : `, ${seconds(Math.max(0, (Date.now() + clockOffset - from.as_of) / 1000))} old`}`],
    ["stale", stale?.is_stale ? (stale.reasons ?? []).map(words).join(", ") || "yes" : "no"],
    ["certificate", certificate(exposure, smile)],
    ["fit", smile?.quality?.quote_count ? `${share(smile.quality.inside_share)} of ${count(smile.quality.quote_count)} quotes inside, median error ${smile.quality.median_error_vol_bp.toFixed(1)} bp of vol` : MISSING],
    ["revision", `${exposure.revision}${skipped > 0 ? `, ${skipped} skipped since the last one seen` : ""}`],
    ["rows", `${count(from?.used_row_count)} used of ${count(from?.row_count)}${rejects ? `; refused: ${rejects}` : ""}`],
    ["source", [from?.source || "not named", from?.open_interest_date ? `open interest of ${from.open_interest_date}` : "day of open interest not known"].join(", ")],
    ["made with", [`clock ${from?.clock ?? ""}`, `vols from ${from?.vol_source ?? ""}`, `discount ${words(from?.discount_source ?? "")}`, `spot from ${from?.spot_source ?? ""}`, words(from?.smile_dynamics ?? "")].map(words).join(", ")],
  ]));
}
