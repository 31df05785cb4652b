// Builds the page into gex_web/static and records what it was built from: tests/web/test_built.py compares, without Node.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "gex_web", "static");

// The page's colours come from the one table that its maps and the tests read.
const palette = JSON.parse(await readFile(join(here, "page", "palette.json"), "utf8"));
const NAMES = ["paper", "panel", "ink", "quiet", "line", "grid", "link", "warning"];
const colours = (theme) => [...NAMES.map((name) => `--${name}:${palette[theme][name]}`),
  `--positive:${palette[theme].positive_line}`, `--negative:${palette[theme].negative_line}`, `color-scheme:${theme}`].join(";");
const css = `:root{${colours("light")}}@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${colours("dark")}}}:root[data-theme=dark]{${colours("dark")}}`;

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await build({
  entryPoints: [join(here, "page", "main.ts")],
  outfile: join(target, "page.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  legalComments: "inline",
  banner: { css },
});
for (const name of ["index.html", "icon.svg"]) await cp(join(here, "page", name), join(target, name));

const sources = (await readdir(join(here, "page"))).map((name) => `page/${name}`);
sources.push("build.mjs", "package-lock.json", "package.json", "tsconfig.json");
const hash = createHash("sha256");
for (const name of sources.sort()) {
  hash.update(`${name}\n`);
  hash.update((await readFile(join(here, name), "utf8")).replaceAll("\r\n", "\n"));
}
await writeFile(join(target, "built.json"), `${JSON.stringify({ sources_sha256: hash.digest("hex") })}\n`);
