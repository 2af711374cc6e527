// Flows that wait for a person, against a simulated org over TLS: by the library's own I/O and a transport of the host.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { HeadlessIdError } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

import { browse, drivers, newSealKey, wrong } from './support/org.mjs';

let org;
before(async () => {
  org = await SimulatedOrg.start();
});
after(() => org?.stop());

const sealKeys = newSealKey();
const lena = { username: 'lena.ortiz@example.com' };
const carla = { username: 'carla@example.com' };

const refusal = (check) => (error) => {
  assert.ok(error instanceof HeadlessIdError, String(error));
  assert.ok(check(error), `${error.kind} ${error.reason}: ${error.message}`);
  return true;
};
const otpInvalid = refusal((error) => error.isOtpInvalid && error.advice === 'ASK_AGAIN');
const missing = (field) => refusal((error) => error.kind === 'ARGUMENT' && error.field === field);

// Until something else is said than that the one-time password is wrong.
async function useUp(attempt) {
  for (let i = 0; i < 20; i += 1) {
    const error = await attempt().catch((caught) => caught);
    if (!error.isOtpInvalid) return error;
  }
  return assert.fail('twenty attempts, and none was the last');
}

let people = 0;
const newcomer = () => {
  people += 1;
  const username = `new${people}.${process.pid}@example.com`;
  return { firstName: 'Nele', lastName: 'Neu', email: username, username };
};

for (const [driver, open] of Object.entries(drivers)) {
  const withClient = async (work, settings = {}, options) => {
    const client = open(org, { sealKeys, ...settings }, options);
    try {
      await work(client);
    } finally {
      await client.close();
    }
  };

  test(`f05 a newcomer registers, and the visit is carried over: ${driver}`, () =>
    withClient(async (client) => {
      const guest = await client.guest();
      const userdata = newcomer();
      const challenge = await client.register({ userdata, password: 'N3wcomer-pass', verificationMethod: 'email', guest });
      assert.equal(challenge.flow, 'registration');
      assert.equal(challenge.asks, 'otp');
      assert.equal(challenge.problem, undefined);
      assert.equal(challenge.result, undefined);
      assert.equal(client.inFlight, 0, 'it is parked');
      const otp = await org.lastOtp(userdata.email);
      await assert.rejects(challenge.verify(wrong(otp)), otpInvalid);
      assert.equal(challenge.asks, 'otp');
      assert.ok(challenge.problem.isOtpInvalid);
      const me = await challenge.verify(` ${otp} `);
      assert.equal(me.uvid, guest.uvid);
      assert.equal(me.uvidCarry, 'carried');
      assert.equal(challenge.result, me);
      assert.equal(challenge.asks, undefined);
      assert.equal(challenge.problem, undefined);
      await assert.rejects(
        challenge.verify(otp),
        refusal(({ kind, reason }) => kind === 'STATE' && reason === 'wrong_step'),
      );
      assert.equal(challenge.result, me, 'what is finished stays so');
      const info = await client.userinfo({ accessToken: me.accessToken });
      assert.equal(info.preferredUsername, userdata.username);
      const again = await client.login({ username: userdata.username, password: 'N3wcomer-pass' });
      assert.equal(again.tokenType, 'Bearer');
    }));

  test(`a text message registers too; JSON may be given as a Map or as text: ${driver}`, () =>
    withClient(async (client) => {
      const userdata = newcomer();
      const customdata = JSON.stringify({ mobilePhone: '+49 170 1234567' });
      const challenge = await client.register({ userdata: new Map(Object.entries(userdata)), customdata, verificationMethod: 'sms' });
      const [message] = await org.outbox(userdata.username);
      assert.equal(message.channel, 'sms');
      const me = await challenge.verify(message.otp);
      assert.equal(me.uvidCarry, 'absent');
    }));

  for (const verificationMethod of ['email', 'sms']) {
    test(`a one-time password by ${verificationMethod} signs in, and the visit is carried over: ${driver}`, () =>
      withClient(async (client) => {
        const guest = await client.guest();
        const challenge = await client.passwordlessLogin({ ...carla, verificationMethod, guest });
        assert.equal((await org.outbox(carla.username)).at(-1).channel, verificationMethod);
        const me = await challenge.verify(Buffer.from(await org.lastOtp(carla.username)));
        assert.equal(me.uvid, guest.uvid);
        assert.equal(me.uvidCarry, 'carried');
      }));
  }

  test(`f09 a message is sent again, and the newest counts: ${driver}`, () =>
    withClient(async (client) => {
      const challenge = await client.passwordlessLogin({ ...carla, verificationMethod: 'email' });
      const first = await org.lastOtp(carla.username);
      await assert.rejects(challenge.verify(wrong(first)), otpInvalid);
      assert.equal(await challenge.resend(), undefined);
      assert.equal(challenge.asks, 'otp');
      assert.equal(challenge.problem, undefined);
      const second = await org.lastOtp(carla.username);
      assert.notEqual(second, first);
      await assert.rejects(challenge.verify(first), otpInvalid);
      assert.equal((await challenge.verify(second)).tokenType, 'Bearer');
    }));

  test(`f08 after too many wrong ones the right one is refused too, and a new message helps: ${driver}`, () =>
    withClient(async (client) => {
      const challenge = await client.passwordlessLogin({ ...lena, verificationMethod: 'email' });
      const otp = await org.lastOtp(lena.username);
      for (let i = 0; i < 2; i += 1) await assert.rejects(challenge.verify(wrong(otp)), otpInvalid);
      // From the third on a new message is advised, and the flow waits for either.
      for (const one of [wrong(otp), otp])
        await assert.rejects(
          challenge.verify(one),
          refusal((error) => error.isOtpExpired),
        );
      assert.equal(challenge.asks, 'otp');
      await challenge.resend();
      assert.equal((await challenge.verify(await org.lastOtp(lena.username))).tokenType, 'Bearer');
    }));

  test(`f16 a password is reset: wrong one-time password, weak password, then both right: ${driver}`, () =>
    withClient(async (client) => {
      const username = 'gruen@example.com';
      const challenge = await client.resetPassword({ username });
      const otp = await org.lastOtp(username);
      const newPassword = `Reset-${Date.now()}-pass`;
      await assert.rejects(challenge.verify(wrong(otp), { newPassword }), otpInvalid);
      assert.equal(challenge.asks, 'otp');
      await assert.rejects(
        challenge.verify(otp, { newPassword: 'weak' }),
        refusal((error) => error.isPasswordPolicy && error.serverText?.length > 0),
      );
      assert.equal(challenge.asks, 'new_password', 'the one-time password is still good');
      await assert.rejects(challenge.verify(otp), missing('newPassword'));
      const done = await challenge.verify(undefined, { newPassword });
      assert.deepEqual(done.toObject(), {});
      assert.equal((await client.login({ username, password: newPassword })).tokenType, 'Bearer');
    }));

  test(`f08 a password reset without attempts left is over: ${driver}`, () =>
    withClient(async (client) => {
      const challenge = await client.resetPassword({ username: 'max@example.com' });
      const otp = await org.lastOtp('max@example.com');
      const error = await useUp(() => challenge.verify(wrong(otp), { newPassword: 'An0ther-pass' }));
      assert.ok(error.isOtpExpired, error.reason);
      assert.equal(error.advice, 'RESTART');
      assert.equal(challenge.problem, error);
      assert.equal(challenge.asks, undefined);
      await assert.rejects(
        challenge.verify(otp, { newPassword: 'An0ther-pass' }),
        refusal(({ kind, reason }) => kind === 'STATE' && reason === 'wrong_step'),
      );
    }));

  test(`f15 no error tells whether a user exists: ${driver}`, () =>
    withClient(async (client) => {
      for (const start of [
        () => client.resetPassword({ username: 'unknown@example.com' }),
        () => client.passwordlessLogin({ username: 'unknown@example.com', verificationMethod: 'email' }),
      ]) {
        const challenge = await start();
        assert.equal(challenge.asks, 'otp');
        await assert.rejects(
          challenge.verify('000000', challenge.flow === 'password_reset' ? { newPassword: 'An0ther-pass' } : {}),
          otpInvalid,
        );
      }
      assert.deepEqual(await org.outbox('unknown@example.com'), []);
    }));

  test(`f01 a login that asks: a wrong password, then the right one: ${driver}`, () =>
    withClient(async (client) => {
      const user = org.users.find(({ username }) => username === carla.username);
      const guest = await client.guest();
      const challenge = await client.startLogin({ username: user.username, guest });
      assert.equal(challenge.asks, 'password');
      await assert.rejects(challenge.verify(), missing('password'));
      await assert.rejects(
        challenge.verify('wrong'),
        refusal((error) => error.isInvalidCredentials),
      );
      const me = await challenge.verify(undefined, { password: user.password });
      assert.equal(me.uvid, guest.uvid);
      assert.equal(me.uvidCarry, 'carried');
    }));

  test(`a challenge is sealed, and resumed by another client: ${driver}`, async () => {
    let ticket;
    let guest;
    await withClient(async (client) => {
      guest = await client.guest();
      const challenge = await client.passwordlessLogin({ ...carla, verificationMethod: 'email', guest });
      assert.equal(challenge.ticketId, undefined);
      await assert.rejects(challenge.verify('000000'), otpInvalid);
      ticket = challenge.seal('session-1');
      assert.ok(ticket.length <= 3072);
      assert.match(challenge.ticketId, /^[0-9a-f]{32}$/);
      assert.notEqual(challenge.seal('session-1'), ticket);
    });
    await withClient(async (client) => {
      const challenge = client.resume(ticket, 'session-1');
      assert.equal(challenge.flow, 'passwordless_login');
      assert.equal(challenge.asks, 'otp');
      assert.match(challenge.ticketId, /^[0-9a-f]{32}$/);
      const me = await challenge.verify(await org.lastOtp(carla.username));
      assert.equal(me.uvid, guest.uvid);
      assert.equal(me.uvidCarry, 'carried');
      // K14: the ticket opens again, and the server refuses what was used.
      const twice = client.resume(Buffer.from(ticket), Buffer.from('session-1'));
      await assert.rejects(
        twice.verify('000000'),
        refusal((error) => error.kind === 'REFUSED'),
      );
    });
  });

  test(`k06 k15 k16 tickets of another session, changed, cut, of another key and too old are refused: ${driver}`, () =>
    withClient(async (client) => {
      const refused = refusal((error) => error.isTicketRefused && error.kind === 'ARGUMENT');
      const other = refusal((error) => error.reason === 'other_session' && error.kind === 'STATE');
      const challenge = await client.startLogin(lena);
      const ticket = challenge.seal('session-1');
      for (const binding of ['session-2', undefined, '']) assert.throws(() => client.resume(ticket, binding), other);
      for (const at of [0, 20, ticket.length - 1]) {
        const changed = ticket.slice(0, at) + (ticket[at] === 'A' ? 'B' : 'A') + ticket.slice(at + 1);
        assert.throws(() => client.resume(changed, 'session-1'), refused);
      }
      for (const text of ['', ticket.slice(0, -1), `${ticket}A`, 'not a ticket', ticket.slice(0, 40)])
        assert.throws(() => client.resume(text, 'session-1'), refused);
      await withClient((stranger) => assert.throws(() => stranger.resume(ticket, 'session-1'), refused), { sealKeys: newSealKey() });
      await withClient((rotated) => assert.equal(rotated.resume(ticket, 'session-1').asks, 'password'), {
        sealKeys: [newSealKey('k2'), sealKeys],
      });
      assert.equal(client.resume(ticket, 'session-1').asks, 'password');
      assert.equal(client.resume(challenge.seal()).asks, 'password');
    }));

  test(`a registration from a ticket sends its message again once its data is given again: ${driver}`, () =>
    withClient(async (client) => {
      const userdata = newcomer();
      // Too much for a ticket.
      const customdata = { note: 'x'.repeat(5000) };
      const password = 'N3wcomer-pass';
      const ticket = (await client.register({ userdata, customdata, password, verificationMethod: 'email' })).seal();
      const challenge = client.resume(ticket);
      // The caller cannot tell which values had room.
      await challenge.resend({ userdata, customdata, password });
      assert.equal((await org.outbox(userdata.email)).length, 2);
      assert.equal((await challenge.verify(await org.lastOtp(userdata.email))).tokenType, 'Bearer');
      assert.equal((await client.login({ username: userdata.username, password })).tokenType, 'Bearer');
    }));

  test(`f14 a reCAPTCHA token counts once: ${driver}`, async () => {
    await org.changeSettings({ is_recaptcha_required_pwdless_login: true });
    try {
      await withClient(async (client) => {
        const who = { ...carla, verificationMethod: 'email' };
        await assert.rejects(
          client.passwordlessLogin(who),
          refusal((error) => error.isRecaptchaProblem || error.isOrgFault),
        );
        const token = () => `token-${driver.length}-${process.hrtime.bigint()}`;
        const challenge = await client.passwordlessLogin({ ...who, recaptcha: token() });
        const before = (await org.outbox(carla.username)).length;
        await assert.rejects(
          challenge.resend(),
          refusal((error) => error.isRecaptchaProblem && error.reason === 'single_use_spent'),
        );
        assert.equal(challenge.asks, 'otp', 'nothing has changed');
        await challenge.resend({ recaptcha: token() });
        assert.equal((await org.outbox(carla.username)).length, before + 1);
        const event = { token: token(), siteKey: 'key', expectedAction: 'login', projectId: 'p' };
        await challenge.resend({ recaptchaEvent: event });
        assert.equal((await challenge.verify(await org.lastOtp(carla.username))).tokenType, 'Bearer');
      });
    } finally {
      await org.changeSettings({ is_recaptcha_required_pwdless_login: false });
    }
  });

  test(`a browser goes to the provider and comes back, in another process' client: ${driver}`, () =>
    withClient(async (client) => {
      const challenge = await client.nativeSso({ ssoProvider: 'ExampleProvider' });
      assert.equal(challenge.asks, 'callback_url');
      assert.equal(challenge.code, undefined);
      assert.ok(challenge.url.startsWith(`${org.site}/services/oauth2/authorize?`));
      const parked = client.resume(challenge.seal('browser'), 'browser');
      assert.equal(parked.url, challenge.url, 'the browser may be on its way');
      const me = await parked.verify(await browse(org, parked.url, lena.username));
      assert.equal(parked.url, undefined);
      assert.equal((await client.userinfo({ accessToken: me.accessToken })).preferredUsername, lena.username);
    }));

  test(`a flow that asks runs to its end with a handler, and without one says what is missing: ${driver}`, () =>
    withClient(async (client) => {
      const parameters = { ...carla, verificationMethod: 'email' };
      const asked = [];
      const onAsk = async (ask) => {
        asked.push([ask.name, ask.problem?.reason]);
        const otp = await org.lastOtp(carla.username);
        return asked.length === 1 ? wrong(otp) : otp;
      };
      const me = await client.call('passwordless_login', parameters, { onAsk });
      assert.equal(me.tokenType, 'Bearer');
      assert.deepEqual(asked, [
        ['otp', undefined],
        ['otp', 'invalid_otp'],
      ]);
      await assert.rejects(client.call('passwordless_login', parameters), missing('otp'));
    }));
}
