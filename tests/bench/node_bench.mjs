#!/usr/bin/env node
// A session's token without a refresh, beside msal's from its cache; a session begun, and refreshed, beside the refresh flow alone;
// and the load: lines of {"name", "value", "unit"}.
//
//     node tests/bench/node_bench.mjs [SUBJECT]
//
// With a subject: a side of Node's comparisons, which rounds.py runs: logins, ours, or oauth4webapi's with fetch. "one at a time"
// waits for each login before the next; "many at a time" keeps 32 in flight. Both keep their connections open. What oauth4webapi
// has no call for, the authorize request, is a fetch written by hand.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const AT_ONCE = 32;
const TOKEN = 'x'.repeat(1000);

const binding = createRequire(new URL('../../bindings/node/package.json', import.meta.url));
const figure = (name, value, unit) => console.log(JSON.stringify({ name: `node.${name}`, value: Math.round(value * 100) / 100, unit }));

// ---- what is measured: one login each ----

function ours({ settings, user }) {
  const { Client } = binding('headlessid');
  const client = new Client(settings);
  return {
    login: async () => {
      const { accessToken } = await client.login(user);
      if (!accessToken) throw new Error('no token');
    },
    close: () => client.close(),
  };
}

// Our engine over fetch: what the step loop costs beside the transport.
function oursWithFetch({ settings, user }) {
  const { Client, fetchTransport } = binding('headlessid');
  const client = new Client(settings, { transport: fetchTransport() });
  return { login: async () => void (await client.login(user)), close: () => client.close() };
}

async function peer({ settings, user }) {
  const oauth = await import(pathToFileURL(binding.resolve('oauth4webapi')).href);
  const server = { issuer: settings.site, token_endpoint: `${settings.site}/services/oauth2/token` };
  const client = { client_id: settings.clientId };
  const login = async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const response = await fetch(`${settings.site}/services/oauth2/authorize`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'auth-request-type': 'Named-User' },
      body: new URLSearchParams({
        response_type: 'code_credentials',
        client_id: settings.clientId,
        redirect_uri: settings.redirectUri,
        username: user.username,
        password: user.password,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        state,
      }),
    });
    await response.arrayBuffer();
    const parameters = oauth.validateAuthResponse(server, client, new URL(response.headers.get('location')), state);
    const token = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, settings.redirectUri, verifier);
    const { access_token: accessToken } = await token.json();
    if (!accessToken) throw new Error('no token');
  };
  return { login, close: async () => {} };
}

const SUBJECTS = {
  'one_at_a_time.ours': [ours, 1],
  'one_at_a_time.ours_over_fetch': [oursWithFetch, 1],
  'one_at_a_time.peer': [peer, 1],
  'many_at_a_time.ours': [ours, AT_ONCE],
  'many_at_a_time.ours_over_fetch': [oursWithFetch, AT_ONCE],
  'many_at_a_time.peer': [peer, AT_ONCE],
};

// ---- a side of a comparison ----

async function answer(subject) {
  const [make, atOnce] = SUBJECTS[subject];
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  const settings = { site: await next(), caFile: await next(), clientId: await next(), redirectUri: await next() };
  const { login, close } = await make({ settings, user: { username: await next(), password: await next() } });
  for (let line = await next(); line !== undefined; line = await next()) {
    let left = Number(line);
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left > 0) {
          left -= 1;
          await login();
        }
      }),
    );
    console.log(JSON.stringify({ switches: process.resourceUsage().voluntaryContextSwitches }));
  }
  await close();
}

function loadTime() {
  const source = "const began = performance.now(); require('headlessid').version(); console.log(performance.now() - began)";
  const cwd = fileURLToPath(new URL('../../bindings/node', import.meta.url));
  const times = Array.from({ length: 11 }, () => Number(spawnSync(process.execPath, ['-e', source], { cwd, encoding: 'utf8' }).stdout));
  figure('load', times.sort((a, b) => a - b)[5], 'ms');
}

// ---- a session's token without a refresh ----

// What this process has, and with a look at a store that costs nothing itself.
async function oursSession(cacheMs) {
  const { Client } = binding('headlessid');
  const { MemoryStore } = binding('headlessid/stores');
  const settings = { site: 'https://acme.my.site.com', clientId: 'bench', redirectUri: 'https://app.example.com/callback' };
  const keys = `k1:${Buffer.alloc(32, 7).toString('base64url')}`;
  const tokens = JSON.stringify({ access_token: TOKEN, refresh_token: 'y'.repeat(80), expires_at_ms: Date.now() + 7_200_000 });
  const transport = () => Promise.reject(new Error('nothing is sent'));
  const client = new Client({ ...settings, sessionCacheMs: cacheMs }, { transport });
  const session = await client.sessions(new MemoryStore(), { keys }).begin('user-42', tokens);
  return () => session.accessToken();
}

// msal's, from its cache in memory; what it asks for before the first token, it is given without a network.
async function peerSession() {
  const { ConfidentialClientApplication } = binding('@azure/msal-node');
  const id = '3f6fd1c2-5a8e-4b7d-9c3a-1e2f4a5b6c7d';
  const authority = `https://login.microsoftonline.com/${id}`;
  const openid = {
    issuer: authority,
    authorization_endpoint: `${authority}/a`,
    token_endpoint: `${authority}/t`,
    jwks_uri: `${authority}/k`,
  };
  const discovery = { ...openid, tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`, metadata: [] };
  const respond = (body) => async () => ({ headers: {}, status: 200, body });
  const networkClient = {
    sendGetRequestAsync: respond(discovery),
    sendPostRequestAsync: respond({ token_type: 'Bearer', expires_in: 3600, access_token: TOKEN }),
  };
  const app = new ConfidentialClientApplication({ auth: { clientId: id, clientSecret: 'secret', authority }, system: { networkClient } });
  return async () => (await app.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] })).accessToken;
}

// The best of seven rounds: the others are measured with what else the machine does.
async function best(name, call, calls) {
  let least = Infinity;
  for (let round = 0; round < 7; round += 1) {
    const began = performance.now();
    for (let i = 0; i < calls; i += 1) await call();
    least = Math.min(least, ((performance.now() - began) * 1000) / calls);
  }
  figure(name, least, 'us');
}

async function sessionTokens() {
  for (const [name, get, calls] of [
    ['session_token.ours', await oursSession(60_000), 100_000],
    ['session_token.ours_with_a_look', await oursSession(0), 10_000],
    ['session_token.peer', await peerSession(), 2000],
  ]) {
    if ((await get()) !== TOKEN) throw new Error('another token');
    await best(name, get, calls);
  }
}

// ---- a session begun, and refreshed at a simulated org, beside the refresh flow alone ----

async function sessionsOfAnOrg() {
  const { Client } = binding('headlessid');
  const { MemoryStore } = binding('headlessid/stores');
  const { SimulatedOrg } = binding('headlessid/testing');
  const org = await SimulatedOrg.start();
  const client = new Client(org.clientSettings());
  const { username, password } = org.users[0];
  const signIn = () => client.login({ username, password });
  const sessions = client.sessions(new MemoryStore(), { keys: `k1:${Buffer.alloc(32, 7).toString('base64url')}` });
  const tokens = await signIn();
  await best('session_begin', () => sessions.begin('u', tokens), 1000);
  const session = await sessions.begin('u', tokens);
  await best('session_refresh', async () => session.rejected(await session.accessToken()), 100);
  let { refreshToken } = await signIn();
  // The server may rotate the token or keep it.
  const refresh = async () => {
    refreshToken = (await client.refresh({ refreshToken })).refreshToken ?? refreshToken;
  };
  await best('session_refresh.bare', refresh, 100);
  await client.close();
  await org.stop();
}

const subject = process.argv[2];
if (subject !== undefined) {
  await answer(subject);
} else {
  loadTime();
  await sessionTokens();
  await sessionsOfAnOrg();
}
