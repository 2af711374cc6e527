// The flows in which a person approves the app in a browser, against the simulated org: web server, user-agent, hybrid,
// OAuth 1.0a, and the address at which a browser's session ends.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { Client, HybridTokenSet } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

import { drivers, newSealKey, visit } from './support/org.mjs';

const WEB_SCOPES = ['web', 'api', 'openid', 'refresh_token', 'content', 'lightning', 'visualforce'];

let org;
before(async () => {
  org = await SimulatedOrg.start();
});
after(() => org?.stop());
beforeEach(async () => {
  await org.reset();
  await org.changeSettings({ signed_in_user: org.users[0].username });
});

const arrive = async (url) => (await visit(org, url)).location;
const nameOf = async (client, accessToken) => (await client.userinfo({ accessToken })).preferredUsername;

// An app that shows the org's pages in a web view, with tokens that they accept.
async function hybridSettings(app) {
  await org.change({ apps: [{ client_id: app.clientId, scopes: WEB_SCOPES, is_named_user_jwt_enabled: false }] });
  return { ...org.clientSettings(app), scope: WEB_SCOPES };
}

const oauth1Settings = () => ({
  ...org.clientSettings(org.privateApp),
  site: org.origin,
  redirectUri: 'https://app.example.com/callback',
});

for (const [kind, make] of Object.entries(drivers)) {
  test(`the web server flow, through a ticket: ${kind}`, async () => {
    const client = make(org, { sealKeys: newSealKey() });
    try {
      const first = await client.webServer({ scope: 'openid api' });
      const challenge = client.resume(first.seal('session of Lena'), 'session of Lena', 'web_server');
      first.close();
      assert.equal(challenge.asks, 'callback_url');
      await assert.rejects(challenge.verify('https://elsewhere.example/?code=x'), (error) => error.field === 'callbackUrl');
      const me = await challenge.verify(await arrive(challenge.url));
      assert.ok(me.idToken);
      assert.equal(await nameOf(client, me.accessToken), org.users[0].username);
    } finally {
      await client.close();
    }
  });
}

test('the user-agent flow', async () => {
  const client = new Client(org.clientSettings());
  try {
    const challenge = await client.userAgent({ responseType: 'token id_token', scope: 'openid api' });
    const me = await challenge.verify(await arrive(challenge.url));
    assert.ok(me.idToken);
    assert.equal(await nameOf(client, me.accessToken), org.users[0].username);
    await org.changeSettings({ block_oauth_usr_agt_flow: true });
    const blocked = await client.userAgent();
    await assert.rejects(blocked.verify(await arrive(blocked.url)), (error) => /blockOAuthUsrAgtFlow/.test(error.hint));
  } finally {
    await client.close();
  }
});

test('the hybrid web server flow', async () => {
  const client = new Client(await hybridSettings(org.privateApp));
  try {
    const challenge = await client.hybridWebServer();
    const me = await challenge.verify(await arrive(challenge.url));
    assert.ok(me instanceof HybridTokenSet);
    for (const name of ['contentSid', 'lightningSid', 'visualforceSid', 'csrfToken', 'refreshToken']) assert.ok(me[name], name);
    const names = new Set(me.cookies.map(({ name }) => name));
    for (const name of ['sid', 'clientSrc', 'sid_Client']) assert.ok(names.has(name), name);
  } finally {
    await client.close();
  }
});

test('hybrid refresh', async () => {
  const client = new Client(await hybridSettings(org.privateApp));
  try {
    const challenge = await client.hybridWebServer();
    const me = await challenge.verify(await arrive(challenge.url));
    const again = await client.hybridRefresh({ refreshToken: me.refreshToken });
    assert.ok(again.lightningSid);
    assert.notEqual(again.lightningSid, me.lightningSid);
    assert.ok(again.cookies.length > 0);
  } finally {
    await client.close();
  }
});

test('the hybrid user-agent flow', async () => {
  const client = new Client(await hybridSettings(org.publicApp));
  try {
    const challenge = await client.hybridUserAgent();
    const me = await challenge.verify(await arrive(challenge.url));
    assert.ok(me.lightningSid);
    assert.ok(me.cookies.length > 0);
    assert.equal(await nameOf(client, me.accessToken), org.users[0].username);
  } finally {
    await client.close();
  }
});

test('OAuth 1.0a by a callback: a token, and a session from it later', async () => {
  const client = new Client(oauth1Settings());
  const site = new Client(org.clientSettings());
  try {
    const challenge = await client.oauth1({ tokenOnly: true });
    const token = await challenge.verify(await arrive(`${challenge.url}&user=${encodeURIComponent(org.users[0].username)}`));
    assert.equal(token.sessionId, undefined);
    const session = (await client.oauth1({ oauthToken: token.oauthToken, oauthTokenSecret: token.oauthTokenSecret })).result;
    assert.ok(session.serverUrl.startsWith(org.origin));
    assert.equal(await nameOf(site, session.sessionId), org.users[0].username);
  } finally {
    await client.close();
    await site.close();
  }
});

test('OAuth 1.0a by a verifier that is typed: a wrong one is said at the page', async () => {
  const client = new Client(oauth1Settings());
  try {
    const challenge = await client.oauth1({ oauthCallback: 'oob' });
    assert.equal(challenge.asks, 'oauth_verifier');
    assert.equal(challenge.problem, undefined);
    await assert.rejects(
      challenge.verify(undefined, { oauthVerifier: 'wrong' }),
      (error) => error.reason === 'verifier_refused' && error.serverCode === '1711',
    );
    assert.equal(challenge.problem.reason, 'verifier_refused');
    const { text } = await visit(org, `${challenge.url}&user=${encodeURIComponent(org.users[0].username)}`);
    const [, oauthVerifier] = /<code>([^<]+)<\/code>/.exec(text);
    assert.ok((await challenge.verify(undefined, { oauthVerifier })).sessionId);

    // The handler of a call that is answered at once gets it as well.
    const problems = [];
    await client.call(
      'oauth1',
      { oauthCallback: 'oob' },
      {
        onShow: async ({ url, name, problem }) => {
          assert.equal(name, 'oauth_verifier');
          problems.push(problem?.reason);
          if (problem === undefined) return 'wrong';
          const page = await visit(org, `${url}&user=${encodeURIComponent(org.users[0].username)}`);
          return /<code>([^<]+)<\/code>/.exec(page.text)[1];
        },
      },
    );
    assert.deepEqual(problems, [undefined, 'verifier_refused']);
  } finally {
    await client.close();
  }
});

test('logout says where a browser ends its session', async () => {
  const client = new Client(org.clientSettings());
  try {
    const me = await client.login(org.users[0]);
    assert.equal((await client.logout(me)).endSessionUrl, undefined);
    const given = { accessToken: me.accessToken, postLogoutRedirectUri: 'https://app.example.com/bye', state: 'a-state' };
    const { endSessionUrl } = await client.logout(given);
    assert.ok(endSessionUrl.startsWith(`${org.site}/services/auth/idp/oidc/logout?`), endSessionUrl);
    assert.equal(await arrive(endSessionUrl), 'https://app.example.com/bye?state=a-state');
  } finally {
    await client.close();
  }
});
