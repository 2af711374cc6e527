// A key that never leaves the host: first-party flows of an app whose attestation the host signs.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { after, before, test } from 'node:test';

import { HeadlessIdError } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

import { drivers, newSealKey, wrong } from './support/org.mjs';

let org;
let user;
before(async () => {
  org = await SimulatedOrg.start();
  [user] = org.users;
});
after(() => org?.stop());

const sealKeys = newSealKey();
const signed = [];
const kms = (algorithm, data) => {
  signed.push([algorithm, data.byteLength]);
  return sign('sha256', data, org.firstPartyApp.privateKey);
};

for (const [driver, open] of Object.entries(drivers)) {
  const withClient = async (signer, work) => {
    const settings = { ...org.clientSettings(org.firstPartyApp), privateKey: undefined, signedBy: 'host', sealKeys };
    const client = open(org, settings, { signer });
    try {
      await work(client);
    } finally {
      await client.close();
    }
  };

  test(`the host signs, at once or later: ${driver}`, async () => {
    for (const signer of [kms, async (algorithm, data) => kms(algorithm, data)]) {
      signed.length = 0;
      await withClient(signer, async (client) => {
        const me = await client.firstPartyLogin(user);
        assert.equal((await client.userinfo({ accessToken: me.accessToken })).preferredUsername, user.username);
      });
      assert.ok(signed.length >= 1);
      assert.ok(signed.every(([algorithm, bytes]) => algorithm === 'RS256' && bytes > 100));
    }
  });

  test(`a first-party challenge is signed for, sealed and finished elsewhere: ${driver}`, async () => {
    const { username } = org.users.find((one) => one.username.startsWith('carla'));
    let ticket;
    await withClient(kms, async (client) => {
      const challenge = await client.firstPartyPasswordless({ username, verificationMethod: 'email' });
      await assert.rejects(challenge.verify(wrong(await org.lastOtp(username))), (error) => error.isOtpInvalid);
      ticket = challenge.seal('app');
    });
    await withClient(kms, async (client) => {
      const me = await client.resume(ticket, 'app').verify(await org.lastOtp(username));
      assert.equal(me.tokenType, 'Bearer');
    });
  });

  test(`a first-party login that asks, and a browser that is required: ${driver}`, () =>
    withClient(kms, async (client) => {
      const challenge = await client.startFirstPartyLogin({ username: user.username });
      await assert.rejects(challenge.verify('wrong'), (error) => error.isInvalidCredentials);
      assert.equal((await challenge.verify(user.password)).tokenType, 'Bearer');
      await org.changeSettings({ first_party_response: 'redirect_to_web' });
      try {
        await assert.rejects(client.firstPartyLogin(user), (error) => error.isBrowserRequired);
      } finally {
        await org.changeSettings({ first_party_response: '' });
      }
    }));

  test(`l11 what the signer throws ends the flow and is the cause: ${driver}`, async () => {
    const gone = new Error('the KMS is gone');
    for (const signer of [
      () => {
        throw gone;
      },
      async () => {
        throw gone;
      },
    ]) {
      await withClient(signer, async (client) => {
        const error = await client.firstPartyLogin(user).catch((caught) => caught);
        assert.ok(error instanceof HeadlessIdError && !error.isCancelled, String(error));
        assert.deepEqual([error.kind, error.reason], ['STATE', 'signing_failed']);
        assert.ok(!error.message.includes('KMS'), error.message);
        assert.equal(error.cause, gone);
        await assert.rejects(
          client.firstPartyPasswordless({ username: user.username, verificationMethod: 'email' }),
          (caught) => caught.reason === 'signing_failed' && caught.cause === gone,
        );
      });
    }
  });

  test(`an empty signature is refused: ${driver}`, () =>
    withClient(
      () => new Uint8Array(),
      (client) => assert.rejects(client.firstPartyLogin(user), (error) => error.kind === 'ARGUMENT' && error.field === 'signature'),
    ));

  test(`without a signer the error says so, and a call's own handler counts: ${driver}`, () =>
    withClient(undefined, async (client) => {
      const noSigner = (error) => error.kind === 'STATE' && error.reason === 'no_signer';
      await assert.rejects(client.firstPartyLogin(user), noSigner);
      await assert.rejects(client.firstPartyPasswordless({ username: user.username, verificationMethod: 'email' }), noSigner);
      const me = await client.firstPartyLogin(user, { onSign: ({ algorithm, input }) => kms(algorithm, input) });
      assert.equal(me.tokenType, 'Bearer');
      const gone = new Error('the KMS is gone');
      const onSign = () => Promise.reject(gone);
      await assert.rejects(client.firstPartyLogin(user, { onSign }), ({ reason, cause }) => reason === 'signing_failed' && cause === gone);
    }));

  test(`a signer that never returns is not waited for beyond its caller: ${driver}`, () =>
    withClient(
      () => new Promise(() => {}),
      async (client) => {
        const controller = new AbortController();
        const login = client.firstPartyLogin(user, { signal: controller.signal }).catch((error) => error);
        await client.ready();
        setImmediate(() => controller.abort(new Error('gone')));
        const error = await login;
        assert.ok(error.isCancelled, error.message);
      },
    ));
}
