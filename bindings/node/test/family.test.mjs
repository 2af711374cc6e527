// Every flow of the headless family runs to its end against a simulated org over TLS, by the library's own I/O and by a
// transport of the host; the others do so in the tests of their kind. A flow that is added fails here until it has its line.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { catalogue } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

import { browse, drivers } from './support/org.mjs';
import { camel } from './support/vectors.mjs';

let org;
before(async () => {
  org = await SimulatedOrg.start();
  // Single access requires an opaque token with the scope web.
  await org.change({ apps: [{ client_id: org.publicApp.clientId, scopes: ['api', 'web'], is_named_user_jwt_enabled: false }] });
});
after(() => org?.stop());

let people = 0;
const newcomer = () => {
  people += 1;
  const username = `family${people}.${process.pid}@example.com`;
  return { firstName: 'Nele', lastName: 'Neu', email: username, username };
};
const carla = { username: 'carla@example.com', verificationMethod: 'email' };
const withOtp = async (starting, username, more) => {
  const challenge = await starting;
  return challenge.verify(await org.lastOtp(username), more);
};
const session = (client, more) => client.login({ ...org.users[0], ...more });

// With the clients of the private, the first-party and the public app.
const runs = {
  guest: (client) => client.guest(),
  login: (client) => session(client),
  registration: (client) => {
    const userdata = newcomer();
    return withOtp(client.register({ userdata, password: 'N3wcomer-pass', verificationMethod: 'email' }), userdata.username);
  },
  passwordless_login: (client) => withOtp(client.passwordlessLogin(carla), carla.username),
  password_reset: (client) =>
    withOtp(client.resetPassword({ username: carla.username }), carla.username, { newPassword: `An0ther-${Date.now()}` }),
  first_party_login: (_client, firstParty) => firstParty.firstPartyLogin(org.users[0]),
  first_party_passwordless: (_client, firstParty) => withOtp(firstParty.firstPartyPasswordless(carla), carla.username),
  first_party_registration: (_client, firstParty) => {
    const userdata = newcomer();
    return withOtp(firstParty.firstPartyRegister({ userdata, password: 'N3wcomer-pass', verificationMethod: 'email' }), userdata.username);
  },
  native_sso: async (client) => {
    const challenge = await client.nativeSso({ ssoProvider: 'ExampleProvider' });
    return challenge.verify(await browse(org, challenge.url, carla.username));
  },
  refresh: async (client) => {
    const { refreshToken } = await session(client, { scope: ['api', 'refresh_token'] });
    return client.refresh({ refreshToken });
  },
  introspection: async (client) => {
    const found = await client.introspect({ token: (await session(client)).accessToken });
    assert.equal(found.active, true);
    return found;
  },
  single_access: async (_client, _firstParty, publicClient) => {
    const { accessToken } = await session(publicClient, { scope: 'web' });
    return publicClient.singleAccess({ accessToken, path: new URL(org.site).pathname });
  },
  userinfo: async (client) => client.userinfo({ accessToken: (await session(client)).accessToken }),
  revocation: async (client) => client.revoke({ token: (await session(client)).accessToken }),
  logout: async (client) => {
    const { accessToken, refreshToken } = await session(client, { scope: ['openid', 'refresh_token'] });
    const ended = await client.logout({ accessToken, refreshToken });
    await assert.rejects(client.userinfo({ accessToken }), (error) => error.code === 'invalid_token');
    await assert.rejects(client.refresh({ refreshToken }), (error) => error.code === 'refresh_refused');
    return ended;
  },
};

test('every flow of the catalogue is run, here or in the tests of its kind', () => {
  const others = ['browser', 'e2e', 'integrations'].map((name) => readFileSync(new URL(`${name}.test.mjs`, import.meta.url), 'utf8'));
  for (const { name, verb } of catalogue().flows) {
    const method = camel(verb);
    const called = others.some((text) => text.includes(`.${method}(`) || text.includes(`'${method}'`));
    assert.ok(name in runs || called, name);
  }
});

for (const [driver, open] of Object.entries(drivers)) {
  for (const [name, run] of Object.entries(runs)) {
    test(`${name}: ${driver}`, async () => {
      const clients = [org.privateApp, org.firstPartyApp, org.publicApp].map((app) => open(org, org.clientSettings(app)));
      try {
        const result = await run(...clients);
        const { fields } = catalogue().results.find((one) => one.name === result.constructor.name);
        assert.equal(result.constructor.name, catalogue().flows.find((flow) => flow.name === name).result);
        const present = Object.keys(result.toObject()).length;
        assert.ok(present >= fields.filter(({ always }) => always).length);
      } finally {
        await Promise.all(clients.map((client) => client.close()));
      }
    });
  }

  test(`an integration user's token is sent where the site requires one, and is fetched once: ${driver}`, async () => {
    const { clientId, clientSecret } = org.integrationApp;
    const who = () => ({ userdata: newcomer(), verificationMethod: 'email' });
    await org.changeSettings({ does_registration_require_auth: true });
    const [without, client] = [
      open(org, org.clientSettings(org.privateApp)),
      open(org, {
        ...org.clientSettings(org.privateApp),
        integrationClientId: clientId,
        integrationClientSecret: clientSecret,
        integrationSite: org.origin,
      }),
    ];
    try {
      await assert.rejects(without.register(who()), (error) => error.isOrgFault);
      const tokens = async () => (await org.seen()).requests.token ?? 0;
      const before = await tokens();
      const challenges = await Promise.all([client.register(who()), client.register(who()), client.register(who())]);
      assert.deepEqual(
        challenges.map(({ asks }) => asks),
        ['otp', 'otp', 'otp'],
      );
      assert.equal((await tokens()) - before, 1);
    } finally {
      await org.changeSettings({ does_registration_require_auth: false });
      await Promise.all([without.close(), client.close()]);
    }
  });
}
