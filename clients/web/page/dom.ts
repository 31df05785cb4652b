// Elements without markup in strings: the page's policy forbids innerHTML.

type Child = Node | string | number | null | undefined | false;
type Properties = Record<string, string | number | boolean | ((event: never) => void) | undefined>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, properties: Properties = {}, ...children: (Child | Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((one): one is Node | string | number => one !== null && one !== undefined && one !== false).map((one) => (typeof one === "number" ? String(one) : one)));
  return element;
}

export function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** A table whose first column names the row. Every row has as many entries as there are heads. */
export function table(caption: string, heads: string[], rows: (Child | Child[])[][]): HTMLTableElement {
  return h("table", {}, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((one, at) => at === 0 ? h("th", { scope: "row" }, one) : h("td", {}, one))))));
}

export function fill(target: HTMLElement, ...children: (Child | Child[])[]): void {
  target.replaceChildren(...children.flat().filter((one): one is Node | string | number => one !== null && one !== undefined && one !== false).map((one) => (typeof one === "number" ? String(one) : one)));
}
