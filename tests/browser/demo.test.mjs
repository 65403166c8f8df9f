// One served demo, walked through as people walk through it: with scripts switched off, and
// with every page on the way judged by axe.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { findings, judge, startBrowser, visitor } from './chromium.mjs';
import { startDemo } from './demo.mjs';

const reader = 'privacy+lists@client.example';
const contact = 'hooks@client.example';
const newcomer = 'Nordlicht Support GmbH';

let demo;
let browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test('a visitor reads the list, a sub-processor and a notice', async () => {
  const page = await visitor(browser);
  await page.goto(`${demo.url}/`);
  await judge(page, 'list');
  await page.getByLabel('Search').fill('support');
  await page.getByRole('button', { name: 'Show' }).click();
  await judge(page, 'list-filtered');
  await page.goto(`${demo.url}/`);
  await page.locator('main table').first().getByRole('link').first().click();
  await judge(page, 'vendor');
  await page.goto(`${demo.url}/notices`);
  await judge(page, 'notices');
  await page.locator('main a[href^="/notices/"]').first().click();
  await judge(page, 'notice');
  await page.goto(`${demo.url}/nothing-here`);
  await judge(page, 'not-found');
});

test('a reader subscribes by mail, and nothing happens before the button is pressed', async () => {
  const page = await visitor(browser);
  await page.goto(`${demo.url}/subscribe`);
  await judge(page, 'subscribe');
  await page.getByLabel('Email address').fill('not an address');
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await judge(page, 'subscribe-refused');
  await page.getByLabel('Email address').fill(reader);
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await judge(page, 'check-mail');

  await openLink(page, reader, 'confirm');
  await judge(page, 'confirm');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'You are subscribed' }).waitFor();
  await judge(page, 'confirmed');
  await page.getByRole('link', { name: 'Change your preferences' }).click();
  await judge(page, 'preferences');
});

test('a program is subscribed by webhook and answers the challenge', async () => {
  const page = await visitor(browser);
  await page.goto(`${demo.url}/demo/webhooks`);
  const hook = await page.locator('main code').first().textContent();
  await page.goto(`${demo.url}/webhooks`);
  await judge(page, 'webhooks');
  await page.goto(`${demo.url}/subscribe/webhook`);
  await judge(page, 'subscribe-webhook');
  await page.getByLabel('URL of your endpoint').fill(new URL(hook, demo.url).href);
  await page.getByLabel('Email address').fill(contact);
  await page.getByRole('button', { name: 'Send the link to the contact' }).click();

  await openLink(page, contact, 'confirm');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await judge(page, 'confirmed-webhook');
  await page.getByRole('button', { name: 'Send the challenge' }).click();
  await judge(page, 'webhook-consented');
  await page.getByRole('button', { name: 'Send a test' }).click();
  await received(page, 'subscription.test', '');
  await judge(page, 'demo-webhooks');
});

test('an editor writes a change, another person approves it, and everyone is told', async () => {
  const page = await visitor(browser);
  await logIn(page, demo.staff.editor);
  await judge(page, 'staff-home');
  await page.goto(`${demo.url}/staff/register`);
  await judge(page, 'staff-register');
  await page.getByRole('link', { name: 'Add a sub-processor' }).click();
  await judge(page, 'staff-entry-new');

  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(newcomer);
  await page.getByLabel('In words').first().fill('Customer support in the evening');
  await page.getByLabel('Which data', { exact: true }).first().fill('Contact data\nSupport tickets');
  await page.getByLabel('Country or region').first().fill('Germany');
  // One of the demo's Clients authorises one by one: who cannot be left out holds up everybody.
  await page.locator('summary', { hasText: 'More about the engagement' }).click();
  await page.getByLabel('Can be withheld from a single Client').fill('Support by mail only');
  await page.getByLabel('Vetting status').selectOption({ label: 'Approved' });
  await page.getByLabel('Reviewed on').fill(day(-1));
  await page.getByLabel('Review again by').fill(day(365));
  await page.getByRole('button', { name: 'Save in the change' }).click();
  await page.getByLabel('Reason', { exact: true }).fill('Clients asked for answers after six in the evening.');
  await page.getByLabel('Effective date', { exact: true }).fill(day(60));
  await page.getByRole('button', { name: 'Save the details' }).click();
  await judge(page, 'staff-change-draft');
  await page.getByRole('link', { name: 'Record a contract' }).click();
  await judge(page, 'staff-contract-new');
  await page.getByLabel('What was signed').selectOption('dpa');
  await page.getByLabel('Signed on').fill(day(-2));
  await page.getByLabel(/^Flow-down/).check();
  await page.getByRole('button', { name: 'Put on record' }).click();
  await page.getByRole('link', { name: 'Record a vetting result' }).click();
  await judge(page, 'staff-vetting-new');
  await page.getByLabel('Result').selectOption('approved');
  await page.getByLabel('Decided by').selectOption({ index: 1 });
  await page.getByLabel('Risk').selectOption('low');
  await page.getByLabel('What', { exact: true }).first().fill('Security questionnaire');
  await page.getByRole('button', { name: 'Put on record' }).click();
  await page.getByRole('button', { name: 'Submit for approval' }).click();
  await judge(page, 'staff-change-own');
  assert.equal(await page.getByRole('button', { name: /^Approve/ }).count(), 0, 'nobody approves their own');
  const change = page.url();
  await page.getByRole('button', { name: /^Log out/ }).click();

  await logIn(page, demo.staff.approver);
  await page.goto(`${demo.url}/staff/changes`);
  await judge(page, 'staff-changes');
  await page.goto(change);
  await judge(page, 'staff-change-approve');
  await page.getByRole('button', { name: /^Approve/ }).click();
  await judge(page, 'staff-change-approved');

  await openMail(page, reader, newcomer);
  await judge(page, 'demo-mail');
  const mail = await page.locator('main').innerText();
  for (const fact of [newcomer, 'Germany', 'Support tickets', 'Customer support in the evening']) {
    assert.ok(mail.includes(fact), `the mail says ${fact}`);
  }
  await received(page, 'subprocessor.change.announced', newcomer);
  await page.goto(`${demo.url}/`);
  await page.getByRole('link', { name: newcomer }).first().waitFor();
  await page.goto(`${demo.url}/staff/deliveries`);
  await judge(page, 'staff-deliveries');
});

test('a reader unsubscribes with one button', async () => {
  const page = await visitor(browser);
  await openMail(page, reader, newcomer);
  await page.locator('main a[href*="unsubscribe"]').first().click();
  await judge(page, 'unsubscribe');
  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  await page.getByRole('heading', { name: 'You are unsubscribed' }).waitFor();
  await judge(page, 'unsubscribed');
});

test('axe finds nothing on any page met, and nothing sticks out sideways', () => {
  assert.deepEqual(findings, []);
});

async function logIn(page, { email, password }) {
  await page.goto(`${demo.url}/staff/login`);
  await judge(page, 'staff-login');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: /^Log out/ }).waitFor();
}

/** Opens the newest mail to this address whose subject holds `piece`, once it is there. */
async function openMail(page, address, piece) {
  const row = page.locator('main tr', { hasText: address }).filter({ hasText: piece });
  await until(page, '/demo/mailbox', row, `a mail to ${address} about ${piece}`);
  await judge(page, 'demo-mailbox');
  await row.first().getByRole('link').click();
}

/** Follows the link with `piece` in the newest mail to this address, as shown in its text. */
async function openLink(page, address, piece) {
  await openMail(page, address, '');
  await page.locator(`main a[href*="${piece}"]`).first().click();
}

async function received(page, kind, piece) {
  const call = page.locator('main section', { hasText: kind }).filter({ hasText: piece });
  await until(page, '/demo/webhooks', call, `a webhook ${kind} ${piece}`);
  await call.first().getByText('signature verified').waitFor();
}

/** Asks for a page again and again until it shows something. */
async function until(page, path, locator, what) {
  const deadline = Date.now() + 60_000;
  do {
    await page.goto(`${demo.url}${path}`);
    if ((await locator.count()) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  } while (Date.now() < deadline);
  assert.fail(`waited a minute in vain for ${what}:\n${await page.locator('main').innerText()}\n${demo.said()}`);
}

/** A day so many days from today, as a date field takes it. */
function day(distance) {
  return new Date(Date.now() + distance * 86_400_000).toISOString().slice(0, 10);
}
