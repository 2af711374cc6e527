#!/usr/bin/env node
// Logins from Node: ours beside oauth4webapi with fetch, against one simulated org over TLS, in one run; and a session's token
// without a refresh, beside msal's from its cache.
//
//     node tests/bench/node_bench.mjs [LOGINS]
//
// Prints lines of {"name", "value", "unit"}. Each measurement is a process of its own, so that its CPU time (user and
// system, every thread of the client process alone) and its memory are its own. "one at a time" waits for each login
// before the next; "many at a time" keeps 32 in flight. Both sides keep their connections open and log in a few times
// first. What oauth4webapi has no call for, the authorize request, is a fetch written by hand.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const LOGINS = 500;
const WARM_UP = 200; // fetch is JavaScript, and gets faster for a while
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

// ---- how it is measured ----

async function measure(subject, given, logins) {
  const [make, atOnce] = SUBJECTS[subject];
  const { login, close } = await make(given);
  const some = async (count) => {
    let left = count;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left > 0) {
          left -= 1;
          await login();
        }
      }),
    );
  };
  await some(WARM_UP + atOnce);
  const began = performance.now();
  const used = process.cpuUsage();
  await some(logins);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(used);
  await close();
  figure(`${subject}_logins_per_second`, logins / seconds, '1/s');
  figure(`${subject}_cpu_per_login`, (user + system) / logins, 'us');
  figure(`${subject}_peak_memory`, process.resourceUsage().maxRSS / 1024, 'MiB');
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
async function sessionTokens() {
  for (const [name, get, calls] of [
    ['session_token.ours', await oursSession(60_000), 100_000],
    ['session_token.ours_with_a_look', await oursSession(0), 10_000],
    ['session_token.peer', await peerSession(), 2000],
  ]) {
    if ((await get()) !== TOKEN) throw new Error('another token');
    let best = Infinity;
    for (let round = 0; round < 7; round += 1) {
      const began = performance.now();
      for (let i = 0; i < calls; i += 1) await get();
      best = Math.min(best, ((performance.now() - began) * 1000) / calls);
    }
    figure(name, best, 'us');
  }
}

async function main() {
  const logins = Number(process.argv[2] ?? LOGINS);
  const subject = process.env.HEADLESSID_BENCH_SUBJECT;
  if (subject !== undefined) {
    let given = '';
    for await (const chunk of process.stdin) given += chunk;
    return measure(subject, JSON.parse(given), logins);
  }
  const { SimulatedOrg } = binding('headlessid/testing');
  loadTime();
  await sessionTokens();
  const org = await SimulatedOrg.start();
  try {
    for (const name of Object.keys(SUBJECTS)) {
      // The address and the password go by standard input, like everywhere. fetch takes its CA from the environment.
      const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), String(logins)], {
        input: JSON.stringify({ settings: org.clientSettings(), user: org.users[0] }),
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, HEADLESSID_BENCH_SUBJECT: name, NODE_EXTRA_CA_CERTS: org.caFile },
      });
      if (status !== 0) throw new Error(`${name} ended with status ${status}`);
      process.stdout.write(stdout);
    }
  } finally {
    await org.stop();
  }
}

await main();
