// A guest becomes a signed-in customer, and the shop still knows what was in the cart.
//
//     node examples/node/guest-to-customer.mjs      in a clone, after `npm install` in bindings/node
//     node guest-to-customer.mjs                    a copy of this file, in a folder where `npm install headlessid` was run
//
// starts a simulated org by itself: the package carries the headlessid command (HEADLESSID_CLI names another).
// Against your own org:
//
//     HEADLESSID_SITE=https://acme.my.site.com/shop HEADLESSID_CLIENT_ID=3MVG9... HEADLESSID_REDIRECT_URI=https://... \
//     HEADLESSID_USERNAME=lena@example.com HEADLESSID_PASSWORD=... node examples/node/guest-to-customer.mjs

// In your own program: import { Client, HeadlessIdError } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client, HeadlessIdError } = await packageOr('headlessid', '../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../bindings/node/dist/esm/testing.mjs');

async function visit(client, user) {
  // Someone opens the shop. The UVID is the visitor's: keep it in a cookie, and give it to guest({ uvid }) next time.
  const guest = await client.guest();
  console.log(`a visitor       ${guest.uvid}`);

  // They fill a cart, then log in with user name and password; the guest tells the site who they were.
  const me = await client.login({ ...user, guest }, { timeout: 10_000 });
  console.log(`logged in       ${me.uvid ?? '(no visitor)'}, ${me.uvidCarry}`);
  if (me.uvidCarry === 'lost') console.log(`                ${me.uvidCarryReason}`);

  const who = await client.userinfo({ accessToken: me.accessToken });
  console.log(`the session is  ${who.name} <${who.preferredUsername}>`);

  // Printing never shows tokens; they are read by name.
  console.log('what a log sees', me);

  // Revokes the refresh token, then the access token.
  await client.logout(me);
  console.log('logged out');
}

async function main() {
  const org = process.env.HEADLESSID_SITE ? undefined : await SimulatedOrg.start();
  const client = org ? new Client(org.clientSettings()) : Client.fromEnv();
  const user = org ? org.users[0] : { username: process.env.HEADLESSID_USERNAME, password: process.env.HEADLESSID_PASSWORD };
  try {
    await visit(client, user);
  } catch (error) {
    if (!(error instanceof HeadlessIdError)) throw error;
    console.error(
      error.isInvalidCredentials ? 'user name or password is wrong' : `${error.message}${error.hint ? `\n  ${error.hint}` : ''}`,
    );
    process.exitCode = 1;
  } finally {
    await client.close();
    await org?.stop();
  }
}

await main();
