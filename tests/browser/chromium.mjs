// One Chromium for all tests: visitors without scripts, and a judge with axe.

import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const out = fileURLToPath(new URL('./out/', import.meta.url));
const widths = [320, 1280];
const schemes = ['light', 'dark'];
const judged = new Set();

/** What `judge` found wrong; empty is good. */
export const findings = [];

export async function startBrowser() {
  mkdirSync(out, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A person whose browser runs no scripts. */
export async function visitor(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  context.setDefaultTimeout(60_000);
  return context.newPage();
}

/**
 * Judges the page a visitor has before them: axe must find nothing and nothing may stick
 * out sideways, at 320 and 1280 pixels, light and dark. Leaves a screenshot of each. A page
 * met again under the same name has been judged.
 *
 * axe is a script, so the same bytes are shown once more where scripts run; that also
 * reaches pages that answer a form and cannot be asked for again.
 */
export async function judge(page, name) {
  if (judged.has(name)) return;
  judged.add(name);
  const url = page.url();
  const body = await page.content();
  for (const copy of await judges(page.context().browser())) {
    const { width } = copy.viewportSize();
    const where = `${name}-${width}-${copy.colorScheme}`;
    await copy.route(url, (route) => route.fulfill({ body, contentType: 'text/html; charset=utf-8' }));
    await copy.goto(url);
    await copy.unroute(url);
    await copy.screenshot({ path: `${out}${where}.png`, fullPage: true });
    // Without frames: those on our pages are sandboxed letters in which no script can run.
    const { violations } = await new AxeBuilder({ page: copy }).setLegacyMode(true).analyze();
    for (const { id, nodes } of violations) {
      findings.push(...nodes.map((node) => `${where}: ${id}: ${node.target} ${node.failureSummary}`));
    }
    const wide = await copy.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) findings.push(`${where}: ${wide} pixels wide`);
  }
}

let opened;

/** A page for each width and colour scheme, made once. */
async function judges(browser) {
  opened ??= await Promise.all(
    widths.flatMap((width) =>
      schemes.map(async (colorScheme) => {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
        return Object.assign(await context.newPage(), { colorScheme });
      }),
    ),
  );
  return opened;
}
