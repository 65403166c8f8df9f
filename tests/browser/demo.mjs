// Starts the demo as its README says, reads what it prints, and stops it.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env.SUBPROCESSORS_BIN ?? join(root, 'target/debug/subprocessors');

/** The running demo: its address, and the staff it made as { editor: { email, password }, … }. */
export async function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'subprocessors-browser-'));
  const child = spawn(program, ['demo', '--data-dir', join(folder, 'data')], {
    cwd: folder,
    env: { ...process.env, SUBPROCESSORS__SERVER__BIND: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));

  const ready = () => /listening on (http:\/\/\S+)/.exec(out);
  const deadline = Date.now() + 120_000;
  while (!ready()) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the demo did not start:\n${out}\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  return {
    url: ready()[1].replace(/\/$/, ''),
    staff: staffIn(out),
    said: () => `${out}\n${log}`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      const code = child.exitCode ?? (await ended);
      rmSync(folder, { recursive: true, force: true });
      if (code !== 0 || log.includes('panicked at')) {
        throw new Error(`the demo ended with ${code}:\n${log}`);
      }
    },
  };
}

/** Lines such as `Editor  <email>  <password>`. */
function staffIn(out) {
  const staff = {};
  for (const [, role, email, password] of out.matchAll(/^\s*(\w+)\s+(\S+@\S+)\s+(\S+)\s*$/gm)) {
    staff[role.toLowerCase()] = { email, password };
  }
  return staff;
}
