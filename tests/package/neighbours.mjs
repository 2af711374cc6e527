// One process with Node's own https, fetch and crypto, and ours: what they do before, between and after.
import { createHash, createSign, generateKeyPairSync, getCiphers, getHashes } from 'node:crypto';
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { getCiphers as getTlsCiphers } from 'node:tls';
import { gunzipSync, gzipSync } from 'node:zlib';

import { Client } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

const org = await SimulatedOrg.start();
const ca = readFileSync(org.caFile);

const byHttps = (options) =>
  new Promise((resolve, reject) => {
    get(org.site, { agent: false, ...options }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on(
      'error',
      reject,
    );
  });
const byHttp2 = () =>
  new Promise((resolve) => {
    const session = connectHttp2(org.origin, { ca });
    session.on('error', (error) => resolve(error.code));
    const stream = session.request({ ':path': new URL(org.site).pathname });
    stream.on('response', (headers) => {
      session.close();
      resolve(headers[':status']);
    });
    stream.on('error', () => {});
  });

async function whatTheyDo() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  createSign('SHA256').update('x').sign(privateKey);
  return [
    process.versions.openssl,
    getCiphers(),
    getHashes(),
    getTlsCiphers(),
    createHash('sha512').update('x').digest('hex'),
    gunzipSync(gzipSync('x'.repeat(1000))).length,
    await byHttps({ ca }),
    await byHttps({}).catch((error) => error.code),
    await byHttp2(),
    await fetch(org.site).catch((error) => error.cause.code),
  ];
}

const before = await whatTheyDo();
// Each refuses a certificate that nobody vouches for.
assert.match(before[7], /SELF_SIGNED|UNABLE_TO/);
assert.match(before[9], /SELF_SIGNED|UNABLE_TO/);
const client = new Client(org.clientSettings());
for (let i = 0; i < 3; i += 1) {
  const guest = await client.guest();
  const [me, between] = await Promise.all([client.login({ ...org.users[0], guest }), whatTheyDo()]);
  assert.equal(me.uvidCarry, 'carried');
  assert.deepEqual(between, before);
}
assert.deepEqual(await whatTheyDo(), before);
await client.close();
await org.stop();
console.log('undisturbed');
