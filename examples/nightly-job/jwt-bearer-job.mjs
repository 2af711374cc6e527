// A job that acts for several users, none of whom is there: jwt_bearer gets a token for each, with the app's key and no secret.
//
//     node examples/nightly-job/jwt-bearer-job.mjs      in a clone, after `npm install` in bindings/node
//     node jwt-bearer-job.mjs                           a copy of this file, in a folder where `npm install headlessid` was run
//
// starts a simulated org by itself: the package carries the headlessid command (HEADLESSID_CLI names another).

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client } = await packageOr('headlessid', '../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../bindings/node/dist/esm/testing.mjs');

async function work(client, username) {
  // No refresh token comes back: a job that outlives its token runs the flow again.
  const token = await client.jwtBearer({ username });
  try {
    // Your calls of Salesforce's APIs go to token.instanceUrl, with token.accessToken. Here: whose token is it?
    const about = await client.introspect({ token: token.accessToken });
    console.log(`acts for ${about.username}, with ${about.scope.join(' ')}`);
  } finally {
    await client.revoke({ token: token.accessToken });
  }
}

const org = await SimulatedOrg.start();
const { clientId, privateKey } = org.integrationApp;
// Your own org: Client.fromEnv(), with HEADLESSID_SITE=https://acme.my.salesforce.com (My Domain), HEADLESSID_CLIENT_ID
// and HEADLESSID_PRIVATE_KEY: the PEM of the key that belongs to the app's certificate. Where the key must not leave a KMS,
// the client's signer signs there.
const client = new Client({
  site: org.site,
  caFile: org.caFile,
  clientId,
  privateKey,
  tokenEndpointAuthMethod: 'private_key_jwt', // the key proves the app to introspection, too
});
try {
  for (const { username } of org.users.slice(0, 2)) await work(client, username);
  console.log('done, and the tokens are revoked');
} finally {
  await client.close();
  await org.stop();
}
