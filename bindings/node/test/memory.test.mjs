import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { newSealKey } from './support/org.mjs';

// In a process of its own: nothing else may grow there. The collector's own areas are kept small and are
// collected before each look, so that what grows is ours. `code` defines \`one()\`, of which many are made.
function looksWhile(code, rounds, times) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--expose-gc',
      '--max-semi-space-size=1',
      '--single-threaded-gc',
      '--input-type=module',
      '-e',
      `
    import { App, Client, Flow } from 'headlessid';
    import { MemoryStore } from 'headlessid/stores';
    const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri: 'https://app.example.com/callback', sealKeys: '${newSealKey()}' };
    const app = new App(settings);
    const token = JSON.stringify({ access_token: 'x'.repeat(2000), token_type: 'Bearer' });
    let count = 0;
    ${code}
    const resident = async () => {
      for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)); }
      return process.memoryUsage.rss();
    };
    const looks = [];
    for (let round = 0; round < ${rounds}; round++) {
      for (let i = 0; i < ${times}; i++, count++) {
        await one();
        // Objects of native code are let go between turns of the loop.
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      looks.push(await resident());
    }
    console.log(JSON.stringify(looks));
  `,
    ],
    { encoding: 'utf8', timeout: 280_000, cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  assert.equal(status, 0, stderr);
  const looks = JSON.parse(stdout);
  // What leaks does so in every round; the collector's and the allocator's own areas grow now and then.
  const grown = looks.slice(2).map((bytes, i) => bytes - looks[i + 1]);
  assert.ok(
    Math.min(...grown) * (100_000 / times) < 10 * 1024 * 1024,
    `${looks.map((bytes) => (bytes / 1048576).toFixed(1)).join(', ')} MiB`,
  );
}

test(
  'l18 100,000 flows leave resident memory where it was, within 1 MiB',
  { timeout: 300_000, skip: process.platform !== 'linux' && '/proc' },
  () =>
    looksWhile(
      `
    function one() {
      const flow = app.flow('login', { username: 'lena', password: 'P4ss+w&rd=1:x' });
      const body = Buffer.from(flow.next().request.body).toString();
      const state = /&state=([^&]*)/.exec(body)[1];
      flow.giveResponse({ status: 302, headers: [['location', 'https://app.example.com/callback?code=abc&state=' + state]], body: '' });
      flow.next();
      flow.giveResponse({ status: 200, headers: [], body: token });
      const { result } = flow.next();
      if (result.accessToken.length !== 2000) throw new Error('lost');
      // Half of them are left to the collector.
      if (count % 2 === 0) flow.close();
      const refused = app.flow('login', { username: 'lena', password: 'x' });
      try { refused.giveValue('otp', '1'); } catch {}
      refused.close();
    }
  `,
      8,
      10_000,
    ),
);

test(
  'l18 challenges too: verified, refused, sealed, resumed, closed and forgotten',
  { timeout: 300_000, skip: process.platform !== 'linux' && '/proc' },
  () =>
    looksWhile(
      `
    const transport = async (request) => {
      const form = new URLSearchParams(Buffer.from(request.body ?? '').toString());
      if (request.name === 'token') return { status: 200, headers: [], body: token };
      if (form.get('password') === 'wrong') return { status: 400, headers: [], body: JSON.stringify({ error: 'invalid_grant', error_description: 'authentication failure' }) };
      return { status: 302, headers: [['location', 'https://app.example.com/callback?code=abc&state=' + form.get('state')]], body: '' };
    };
    const client = new Client(settings, { transport });
    async function one() {
      const challenge = await client.startLogin({ username: 'lena' });
      const ticket = challenge.seal('session');
      const wrong = await challenge.verify('wrong').catch((error) => error);
      if (!wrong.isInvalidCredentials) throw wrong;
      try { client.resume(ticket, 'other'); throw new Error('opened'); } catch (error) { if (error.reason !== 'other_session') throw error; }
      const resumed = client.resume(ticket, 'session');
      const me = await resumed.verify('P4ss+w&rd=1:x');
      if (me.accessToken.length !== 2000) throw new Error('lost');
      // Half of them are left to the collector.
      if (count % 2 === 0) challenge.close();
    }
  `,
      7,
      2_000,
    ),
);

test(
  'l18 sessions too: begun, refreshed, rejected, ended, forgotten, and told of',
  { timeout: 300_000, skip: process.platform !== 'linux' ? '/proc' : !process.env.HLID_PROOF && 'HLID_PROOF=1 runs it' },
  () =>
    looksWhile(
      `
    let number = 0;
    const transport = async (request) => ({ status: 200, headers: [['content-type', 'application/json']],
      body: request.name === 'revoke' ? '' : JSON.stringify({ access_token: 'x'.repeat(2000) + ++number, refresh_token: 'r' + number, token_type: 'Bearer', expires_in: 3600 }) });
    let told = 0;
    const client = new Client(settings, { transport, onEvent: () => { told += 1; } });
    const sessions = client.sessions(new MemoryStore(), { keys: settings.sealKeys, maxSessions: 50 });
    async function one() {
      const session = await sessions.begin('user-' + count, JSON.stringify({ access_token: 'a' + count, refresh_token: 'b' + count, expires_at_ms: Date.now() + 3600_000 }));
      const token = await session.accessToken();
      if ((await session.rejected(token)).length < 2000 || told === 0) throw new Error('lost');
      if (!(await session.token()).expiresAtMs) throw new Error('lost');
      await sessions.get('nothing-' + count).token().then(() => { throw new Error('found'); }, () => {});
      await session.end();
    }
  `,
      7,
      1_000,
    ),
);
