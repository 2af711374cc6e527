// A visitor signs in with a one-time password. The request that asks for it and the one that delivers it seldom reach the
// same worker: in between, the challenge is text, a ticket, which a web app puts into a cookie.
//
//     node examples/node/one-time-password.mjs      in a clone, after `npm install` in bindings/node
//     node one-time-password.mjs                    a copy of this file, in a folder where `npm install headlessid` was run
//
// starts a simulated org by itself: the package carries the headlessid command (HEADLESSID_CLI names another).
import { randomBytes } from 'node:crypto';

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client, Visitor } = await packageOr('headlessid', '../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../bindings/node/dist/esm/testing.mjs');

const org = await SimulatedOrg.start();
// Every worker has the same keys; the ticket is bound to the person's session with you.
const settings = { ...org.clientSettings(), sealKeys: [`k1:${randomBytes(32).toString('base64url')}`] };
const sessionId = randomBytes(16).toString('hex');
const [{ username }] = org.users;

// The first worker: the person typed a user name.
async function ask(visitor) {
  const client = new Client(settings);
  try {
    const challenge = await client.passwordlessLogin({ username, verificationMethod: 'email', guest: visitor });
    console.log(`waits for       ${challenge.asks}`);
    return challenge.seal(sessionId);
  } finally {
    await client.close();
  }
}

// The second worker: the person typed what was in the message. Returns the ticket for another try, or the session.
async function verify(ticket, otp) {
  const client = new Client(settings);
  try {
    const challenge = client.resume(ticket, sessionId, 'passwordless_login');
    try {
      const me = await challenge.verify(otp);
      console.log(`signed in       ${me.uvid}, ${me.uvidCarry}`);
      return undefined;
    } catch (error) {
      if (!error.isOtpInvalid) throw error;
      console.log(`not accepted    ${error.message}`);
      return challenge.seal(sessionId);
    }
  } finally {
    await client.close();
  }
}

try {
  const client = new Client(settings);
  const guest = await client.guest();
  await client.close();
  console.log(`a visitor       ${guest.uvid}`);
  // A visitor fits into a cookie as well; it holds a token, so use a cookie that scripts cannot read.
  const cookie = guest.visitor.toJson();

  let ticket = await ask(Visitor.fromJson(cookie));
  console.log(`a ticket        ${ticket.length} characters`);
  ticket = await verify(ticket, '000000');
  await verify(ticket, await org.lastOtp(username));
} finally {
  await org.stop();
}
