// Another process, another language: the ticket is opened, a wrong one-time password is refused, and the challenge
// travels on.
import { readFileSync } from 'node:fs';

const { Client } = await import(new URL('../../bindings/node/dist/esm/index.mjs', import.meta.url));
const given = JSON.parse(readFileSync(0, 'utf8'));
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const client = new Client(Object.fromEntries(Object.entries(given.settings).map(([name, value]) => [camel(name), value])));
const refusals = [];
for (const [ticket, session] of [
  [given.ticket, 'another session'],
  [`${given.ticket}A`, given.session],
]) {
  try {
    client.resume(ticket, session);
  } catch (error) {
    refusals.push(error.code);
  }
}
const challenge = client.resume(given.ticket, given.session);
const wrong = await challenge.verify('no such password').catch((error) => error);
const ticket = challenge.seal(given.session);
await client.close();
console.log(JSON.stringify({ asks: challenge.asks, wrong: wrong.isOtpInvalid === true, refusals, ticket }));
