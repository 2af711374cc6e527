// The first sign-in with what was installed: an org from the package itself, a guest, a login.
import { Client } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

const org = await SimulatedOrg.start();
const client = new Client(org.clientSettings());
const guest = await client.guest();
console.log((await client.login({ ...org.users[0], guest })).uvidCarry);
await client.close();
await org.stop();
