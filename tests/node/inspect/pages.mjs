// Each page in a browser: the form against the package's provider YAML for every choice a user can make, no error on
// the console, no request but the page itself, and nothing that axe finds hard to use. node pages.mjs PAGES PACKAGES
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";
import { parse } from "yaml";

const [pages, packages] = process.argv.slice(2).map((path) => resolve(path));
const LANGUAGES = { en_US: "English", zh_Hans: "中文" };
const WIDTHS = { desktop: 1280, phone: 390 };
const MODEL_TYPE = "__model_type";

const said = (text, language) => text[language] ?? text.en_US;

// What the package says, by Dify's rule: an entry is shown if all its conditions hold.
function expected(schema, values, language) {
  const shown = ({ show_on = [] }) => show_on.every(({ variable, value }) => values.get(variable) === value);
  return schema.credential_form_schemas.filter(shown).map((entry) => ({
    variable: entry.variable,
    label: said(entry.label, language) + (entry.required ? " *" : ""),
    control: { "text-input": "text", "secret-input": "password", select: "select" }[entry.type],
    placeholder: entry.placeholder && entry.type !== "select" ? said(entry.placeholder, language) : null,
    options: entry.type === "select" ? entry.options.map(({ label }) => said(label, language)) : [],
    value: values.get(entry.variable) ?? "",
  }));
}

// What the page shows.
function seen(general) {
  const visible = (part) => part.checkVisibility();
  return [...document.querySelectorAll("form.dify [data-entry]")].filter(visible).map((field) => {
    const control = field.querySelector("input, select");
    const select = control.tagName === "SELECT";
    return {
      variable: control.name,
      label: control.labels[0].innerText.trim(),
      control: select ? "select" : control.type,
      placeholder: select || general.includes(control.placeholder) ? null : control.placeholder,
      options: select ? [...control.options].filter((option) => option.value).map((option) => option.textContent) : [],
      value: control.value,
    };
  });
}

// Every combination of choices that can be reached, each compared.
async function walk(page, schema, types, language) {
  const entries = schema.credential_form_schemas;
  const values = new Map(entries.map(({ variable, default: value = "" }) => [variable, String(value)]));
  values.set(MODEL_TYPE, types[0]);
  const deciding = new Set(entries.flatMap(({ show_on = [] }) => show_on.map(({ variable }) => variable)));
  let compared = 0;

  async function compare() {
    const general = ["Please enter", "请输入"];
    const what = `${language} ${JSON.stringify([...values].filter(([variable]) => deciding.has(variable)))}`;
    const shown = await page.evaluate(seen, general);
    assert.deepEqual(shown, expected(schema, values, language), what);
    assert.equal(await page.locator("#shown").innerText(), String(shown.length), what);
    compared += 1;
  }

  async function choose(variable, value) {
    await page.locator(`form.dify select[name="${variable}"]:visible`).selectOption(value);
    values.set(variable, value);
    await compare();
  }

  async function rest(done) {
    const shown = expected(schema, values, language).map(({ variable }) => variable);
    const next = entries.find(({ variable }) => deciding.has(variable) && shown.includes(variable) && !done.includes(variable));
    if (!next) return;
    for (const { value } of next.options) {
      await choose(next.variable, value);
      await rest([...done, next.variable]);
    }
  }

  await compare();
  for (const type of types) {
    if (types.length > 1) await choose(MODEL_TYPE, type);
    await rest([]);
  }
  return compared;
}

// What people look at: the top of the page, each section, and a protocol with an example.
async function pictures(page, name) {
  const picture = (part, suffix) => part.screenshot({ path: join(pages, `${name}-${suffix}.png`) });
  await picture(page, "top");
  const protocol = page.locator("details.protocol").first();
  await protocol.locator("summary").first().click();
  await protocol.locator("details.example > summary").first().click();
  await picture(protocol, "protocol");
  await protocol.locator("summary").first().click();
  for (const section of await page.locator("main > section").all()) {
    await picture(section, await section.getAttribute("id"));
  }
}

// No part is wider than the window, with every fold open.
async function fits(page, name) {
  const before = page.viewportSize();
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
  for (const width of [320, 640, 800, 1001, before.width]) {
    await page.setViewportSize({ width, height: before.height });
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(needed <= width, `${name}: the page is ${needed} wide in a window of ${width}`);
  }
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = false)));
}

// With one protocol and what is in it open: the others are made of the same.
async function accessible(page, name) {
  await page.evaluate(() => document.querySelectorAll("details:not(.protocol ~ .protocol, .protocol ~ .protocol *)").forEach((fold) => (fold.open = true)));
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html).join(" ")}`);
  assert.deepEqual(found, [], name);
}

async function look(browser, plugin, language, width, colorScheme) {
  const provider = parse(readFileSync(join(packages, plugin, "provider", `${plugin}.yaml`), "utf8"));
  const name = `${plugin}-${language}-${width}${colorScheme === "dark" ? "-dark" : ""}`;
  const page = await browser.newPage({ viewport: { width: WIDTHS[width], height: 900 }, colorScheme });
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  const address = pathToFileURL(join(pages, `${plugin}.html`)).href;
  const asked = [];
  page.on("request", (request) => /^data:/.test(request.url()) || asked.push(request.url()));
  await page.goto(address);
  await page.getByRole("button", { name: LANGUAGES[language] }).click();
  await pictures(page, name);
  const compared = await walk(page, provider.model_credential_schema, provider.supported_model_types, language);
  if (width === "desktop") await fits(page, name);
  if (width === "desktop") await accessible(page, name);
  assert.deepEqual(complaints, [], name);
  assert.deepEqual(asked, [address], name);
  await page.close();
  console.log(`${name}: ${compared} forms are what the package says`);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
try {
  for (const plugin of readdirSync(packages)) {
    for (const language of Object.keys(LANGUAGES)) {
      for (const width of Object.keys(WIDTHS)) await look(browser, plugin, language, width, "light");
    }
    await look(browser, plugin, "en_US", "desktop", "dark");
  }
} finally {
  await browser.close();
}
