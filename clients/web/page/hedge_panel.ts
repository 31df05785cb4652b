// The hedge of the configured book, and the last decisions of a kept one.
import { count, instant, known, MISSING, money, price, seconds, share, signed, words } from "./amounts";
import type { Decision, Plan } from "./contract";
import { fill, h, table, unseen } from "./dom";

const COSTS = ["fee", "spread", "impact", "ticket", "funding", "basis", "roll", "borrow", "total"];

/** A plan: of the configured book now, or the one behind a decision that `of` names. */
export function showPlan(target: HTMLElement, plan: Plan, of = ""): void {
  const orders = plan.orders ?? [];
  const what = plan.action === "trade"
    ? orders.map((one) => `${one.contracts > 0 ? "buy" : "sell"} ${count(Math.abs(one.contracts))} ${one.instrument} (${words(one.order_hint)}, near ${price(one.expected_price)})`).join("; ")
    : plan.action === "hold" ? "hold: the input cannot be trusted, someone must look" : "do nothing";
  const currency = String(plan.costs?.currency ?? "");
  const rows: [string, string][] = [
    ["because", (plan.reasons ?? []).map(words).join(", ") || MISSING],
    ["book", `${signed(plan.book_delta)} units of delta`],
    ["hedges", `${signed(plan.hedge_delta)} units`],
    ["mishedge", `${signed(plan.mishedge)} units now, ${signed(plan.residual_delta)} after`],
    ["band", plan.band ? `${signed(plan.band.lower)} to ${signed(plan.band.upper)} units, bound by ${words(plan.band.bound_by)}` : `${MISSING} (none while holding)`],
    ["risk a day", known(plan.residual_standard_deviation_per_day) ? `${money(plan.residual_standard_deviation_per_day, currency).replace("+", "")} hedged, ${money(plan.unhedged_standard_deviation_per_day, currency).replace("+", "")} without` : MISSING],
    ["costs of the orders", COSTS.filter((name) => Number(plan.costs?.[name] ?? 0) !== 0).map((name) => `${name} ${money(Number(plan.costs![name]), "").replace("+", "")}`).join(", ") + (currency ? ` ${currency}` : "") || MISSING],
    ["ask again", [
      (plan.triggers ?? []).filter((one) => one.direction === "leaving").map((one) => `at spot ${price(one.price)}${known(one.probability_per_day) ? ` (${share(one.probability_per_day, 0)} a day)` : ""}`).join(", "),
      plan.trigger_time !== undefined ? `by time at ${instant(plan.trigger_time)}` : "",
      volTriggers(plan),
      known(plan.ask_again_seconds) ? `in ${seconds(plan.ask_again_seconds)} at the latest` : "",
    ].filter(Boolean).join("; ") || MISSING],
    ["valid until", plan.valid_until === undefined ? MISSING : `${instant(plan.valid_until)} (${words(plan.valid_until_reason)})`],
  ];
  fill(target,
    of ? h("p", { class: "note" }, of) : null,
    h("p", { class: `action ${plan.action}` }, what),
    plan.band && known(plan.mishedge) ? bandBar(plan) : null,
    table("The hedge", [unseen("measure"), "units of underlying; + buys"], rows),
    (plan.warnings ?? []).map((one) => h("p", { class: "warning" }, one)));
}

/** Moves of volatility at which the band is left. */
function volTriggers(plan: Plan): string {
  const moves = [plan.trigger_vol_up, plan.trigger_vol_down].filter(known).map((one) => signed(one, 2));
  return moves.length > 0 ? `where volatility has moved by ${moves.join(" or ")} points` : "";
}

/** Where the mishedge stands in its band: a bar with the two edges and the point. */
function bandBar(plan: Plan): HTMLElement {
  const band = plan.band!, now = plan.mishedge!, after = plan.residual_delta ?? now;
  const low = Math.min(band.lower, now, after), high = Math.max(band.upper, now, after), room = 0.08 * (high - low || 1);
  const at = (value: number): string => `${(100 * (value - low + room)) / (high - low + 2 * room)}%`;
  const bar = h("div", { class: "band", role: "img", "aria-label": `mishedge ${signed(now)} in a band from ${signed(band.lower)} to ${signed(band.upper)} units, ${signed(after)} after the orders` });
  const part = (name: string, left: string, width = ""): void => {
    const one = h("span", { class: name });
    one.style.left = left;
    if (width) one.style.width = width;
    bar.append(one);
  };
  part("inside", at(band.lower), `calc(${at(band.upper)} - ${at(band.lower)})`);
  part("now", at(now));
  if (plan.action === "trade") part("after", at(after));
  return bar;
}

export function showDecisions(target: HTMLElement, hedge: string, decisions: Decision[]): void {
  if (decisions.length === 0) { fill(target, h("p", { class: "note" }, `The hedge ${hedge} has no decisions yet.`)); return; }
  fill(target, table(`Last decisions of ${hedge}, newest first`, ["#", "when, UTC", "asked by", "what", "why"], decisions.map((one) => [
    String(one.decision_id), instant(one.as_of).replace(" UTC", ""), words(one.trigger),
    (one.plan?.orders ?? []).map((order) => `${signed(order.contracts, 0)} ${order.instrument}`).join(", ") || words(one.plan?.action ?? MISSING),
    [...(one.plan?.reasons ?? []).map(words), one.override ? `override by ${one.override.user}: ${one.override.reason}` : ""].filter(Boolean).join(", "),
  ])));
}
