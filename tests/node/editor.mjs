// What the YAML language server makes of the specs: none of them is marked, and of `tests/fixtures/editor.yaml` every case
// is marked, completed and explained as it says there.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { Server } from "./server.mjs";

// What the protocol calls a key that is proposed.
const PROPERTY = 10;
const root = process.cwd();
const wrong = [];
const check = (holds, what) => holds || wrong.push(what);
const address = (path) => pathToFileURL(resolve(root, path)).href;
// Every case is a file of its own, so that no answer belongs to another one.
let number = 0;
const fresh = ({ file }) => address(file.replace(/\.yaml$/, `.${++number}.yaml`));

function specs(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return specs(path);
    return path.endsWith(".yaml") ? [path] : [];
  });
}

/// The text of a case: the file with `old` replaced by `new`, in which `|` is the cursor of a question.
function changed({ file, old, new: text }, cursor) {
  const before = readFileSync(file, "utf8");
  const at = before.indexOf(old);
  if (at < 0) throw new Error(`${file} does not hold ${JSON.stringify(old)}`);
  const mark = cursor ? text.indexOf("|") : text.length;
  if (mark < 0) throw new Error(`no cursor in ${JSON.stringify(text)}`);
  const inserted = cursor ? text.slice(0, mark) + text.slice(mark + 1) : text;
  const lines = (before.slice(0, at) + text.slice(0, mark)).split("\n");
  return {
    text: before.slice(0, at) + inserted + before.slice(at + old.length),
    first: before.slice(0, at).split("\n").length - 1,
    position: { line: lines.length - 1, character: lines.at(-1).length },
  };
}

const server = new Server(resolve(process.argv[2]));
await server.start(address("."));
let slowest = { took: 0 };
for (const path of specs("specs")) {
  const started = performance.now();
  const found = await server.diagnostics(address(path), readFileSync(path, "utf8"));
  const took = performance.now() - started;
  if (took > slowest.took) slowest = { took, path };
  for (const { range, message } of found) check(false, `${path}:${range.start.line + 1}: ${message}`);
}

const { parse } = createRequire(resolve(process.argv[2], "package.json"))("yaml");
const cases = parse(readFileSync("tests/fixtures/editor.yaml", "utf8"));
for (const one of cases.marked) {
  const { text, first } = changed(one, false);
  const found = await server.diagnostics(fresh(one), text);
  const said = found.map(({ range, message }) => `line ${range.start.line - first}: ${message}`);
  const fits = found.some(
    ({ range, message }) => range.start.line - first === one.line && message.includes(one.says),
  );
  check(fits, `marked: ${one.name}: expected line ${one.line}: .. ${one.says} .., found\n  ${said.join("\n  ") || "nothing"}`);
}
for (const one of cases.proposed) {
  const { text, position } = changed(one, true);
  const uri = fresh(one);
  const answer = await server.with(uri, text, () =>
    server.request("textDocument/completion", { textDocument: { uri }, position }),
  );
  const labels = answer.items.map(({ label }) => label);
  for (const label of one.labels) {
    check(labels.includes(label), `proposed: ${one.name}: \`${label}\` is missing in\n  ${labels.join(", ")}`);
  }
  for (const label of one.never ?? []) {
    check(!labels.includes(label), `proposed: ${one.name}: \`${label}\` is proposed`);
  }
  const values = answer.items.filter(({ label, kind }) => label.startsWith("$") && kind !== PROPERTY);
  for (const { label, insertText, textEdit } of values) {
    // In a snippet a bare `$` begins a variable.
    const inserted = textEdit?.newText ?? insertText;
    check(!/(^|[^\\])\$[a-z]/.test(inserted), `proposed: ${one.name}: \`${label}\` would insert ${inserted}`);
  }
}
for (const one of cases.explained) {
  const { text, position } = changed(one, true);
  const uri = fresh(one);
  const answer = await server.with(uri, text, () =>
    server.request("textDocument/hover", { textDocument: { uri }, position }),
  );
  const said = answer?.contents.value ?? "nothing";
  check(said.includes(one.says), `explained: ${one.name}: expected .. ${one.says} .., found\n  ${said}`);
}
server.stop();

const count = cases.marked.length + cases.proposed.length + cases.explained.length;
if (wrong.length > 0) {
  console.error(`${wrong.join("\n\n")}\n\n${wrong.length} of the language server's answers are not as expected`);
  process.exit(1);
}
console.log(`no spec is marked, ${count} cases as expected; slowest ${slowest.path}: ${Math.round(slowest.took)} ms`);
