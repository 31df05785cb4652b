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

/** Words for those who hear the page. */
export function unseen(text: string): HTMLElement {
  return h("span", { class: "unseen" }, text);
}

/** A table whose first column names the row. Every row has as many entries as there are heads; without heads it has none. */
export function table(caption: string, heads: (string | Node)[], rows: (Child | Child[])[][]): HTMLTableElement {
  return h("table", {}, h("caption", { class: "unseen" }, caption),
    heads.length > 0 && h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((one, at) => at === 0 ? h("th", { scope: "row" }, one) : h("td", {}, one))))));
}

/** Make `target` hold these children by touching only what differs: nothing else is laid out again, and what is selected stays. */
export function fill(target: HTMLElement, ...children: (Child | Child[])[]): void {
  const fresh = document.createDocumentFragment();
  fresh.append(...children.flat().filter((one): one is Node | string | number => one !== null && one !== undefined && one !== false).map((one) => (typeof one === "number" ? String(one) : one)));
  sync(target, Array.from(fresh.childNodes));
}

function sync(target: Node, fresh: ChildNode[]): void {
  const held = Array.from(target.childNodes);
  fresh.forEach((one, at) => {
    const old = held[at];
    if (old === undefined) target.appendChild(one);
    else if (!isAlike(old, one)) target.replaceChild(one, old);
    else if (old instanceof Text) { if (old.data !== (one as Text).data) old.data = (one as Text).data; } else {
      attributes(old as Element, one as Element);
      sync(old, Array.from(one.childNodes));
    }
  });
  for (const old of held.slice(fresh.length)) old.remove();
}

/** What has a style of its own is put in anew: the page's policy lets no script write that attribute. */
function isAlike(old: ChildNode, fresh: ChildNode): boolean {
  const styled = [old, fresh].some((one) => one instanceof Element && one.hasAttribute("style"));
  return old.nodeName === fresh.nodeName && !styled;
}

function attributes(old: Element, fresh: Element): void {
  for (const { name } of Array.from(old.attributes)) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of Array.from(fresh.attributes)) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}
