// The flows of servers and devices, which show a person nothing, against the simulated org.
import assert from 'node:assert/strict';
import { createHash, randomUUID, sign } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';

import { SimulatedOrg } from 'headlessid/testing';

import { drivers, visit } from './support/org.mjs';

const INTEGRATION = 'integration@example.com';

let org;
before(async () => {
  org = await SimulatedOrg.start();
});
after(() => org?.stop());
beforeEach(() => org.reset());

const atOrg = (app) => ({ ...org.clientSettings(app), site: org.origin });
// The integration app signs assertions.
const withKey = (site) => ({ ...org.clientSettings(org.integrationApp), site, privateKey: org.integrationApp.privateKey });

const ask = async (what) => JSON.parse((await visit(org, `${org.origin}/__sim/${what}`)).text);
const sha256 = (text) => createHash('sha256').update(text).digest('base64');

// In canonical form, with the enveloped signature of the org's identity provider.
async function samlResponse() {
  const at = (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const until = at(Date.now() + 300_000);
  const id = `_${randomUUID()}`;
  const assertion =
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" IssueInstant="${at(Date.now())}" Version="2.0">` +
    `<saml:Issuer>https://idp.example.com</saml:Issuer><saml:Subject><saml:NameID>${org.users[0].username}</saml:NameID>` +
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData ' +
    `NotOnOrAfter="${until}" Recipient="${org.origin}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotOnOrAfter="${until}"><saml:AudienceRestriction><saml:Audience>https://saml.salesforce.com</saml:Audience>` +
    '</saml:AudienceRestriction></saml:Conditions></saml:Assertion>';
  const c14n = 'http://www.w3.org/2001/10/xml-exc-c14n#';
  const info =
    `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="${c14n}">` +
    '</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256">' +
    `</ds:SignatureMethod><ds:Reference URI="#${id}"><ds:Transforms><ds:Transform ` +
    'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>' +
    `<ds:Transform Algorithm="${c14n}"></ds:Transform></ds:Transforms>` +
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>' +
    `<ds:DigestValue>${sha256(assertion)}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(info), (await ask('saml_sso')).private_key).toString('base64');
  const signature = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${info}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>`;
  const signed = assertion.replace('<saml:Subject>', `${signature}<saml:Subject>`);
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r">${signed}</samlp:Response>`;
}

for (const [kind, make] of Object.entries(drivers)) {
  // One flow on a client of its own.
  const call = async (settings, method, parameters = {}) => {
    const client = make(org, settings);
    try {
      return await client[method](parameters);
    } finally {
      await client.close();
    }
  };
  const nameOf = async (accessToken) => (await call({}, 'userinfo', { accessToken })).preferredUsername;
  const signIn = (scope) => call({}, 'login', { ...org.users[0], scope });

  test(`token exchange: ${kind}`, async () => {
    const settings = org.clientSettings(org.privateApp);
    const given = { subjectTokenType: 'access_token', tokenHandler: 'ExampleHandler' };
    const lena = org.users[0].username;
    const got = await call(settings, 'exchangeToken', { ...given, subjectToken: lena, scope: ['api', 'openid'] });
    assert.deepEqual(got.scope, ['api', 'openid']);
    assert.equal(await nameOf(got.accessToken), lena);
    const refused = await call(settings, 'exchangeToken', { ...given, subjectToken: 'unknown@example.com' }).catch((error) => error);
    assert.equal(refused.kind, 'REFUSED');
    assert.ok(!inspect(refused).includes('unknown@example.com'));
  });

  test(`a hybrid token exchange, and hybrid refresh: ${kind}`, async () => {
    const scope = ['api', 'openid', 'web', 'lightning', 'refresh_token'];
    const { clientId } = org.privateApp;
    await org.change({ apps: [{ client_id: clientId, scopes: scope, is_named_user_jwt_enabled: false }] });
    const given = { subjectToken: org.users[0].username, subjectTokenType: 'access_token', scope };
    const first = await call(atOrg(org.privateApp), 'exchangeHybridToken', given);
    assert.ok(first.cookies.length > 0);
    const again = await call(atOrg(org.privateApp), 'hybridRefresh', { refreshToken: first.refreshToken });
    assert.ok(again.lightningSid);
    assert.notEqual(again.lightningSid, first.lightningSid);
    assert.ok(!inspect(again).includes(again.lightningSid));
    assert.equal(await nameOf(again.accessToken), org.users[0].username);
  });

  test(`JWT bearer and SAML bearer: ${kind}`, async () => {
    for (const [site, method] of [
      [org.site, 'jwtBearer'],
      [org.origin, 'jwtBearer'],
      [org.origin, 'samlBearer'],
    ]) {
      const got = await call(withKey(site), method, { username: INTEGRATION });
      assert.ok(got.scope.includes('user_registration_api'), method);
      assert.equal(got.refreshToken, undefined);
      await assert.rejects(call(withKey(site), method, { username: 'unapproved@example.com' }), (error) => error.isOrgFault);
    }
  });

  test(`SAML assertion: ${kind}`, async () => {
    const assertion = Buffer.from(await samlResponse()).toString('base64');
    const given = { tokenUrl: `${org.origin}/services/oauth2/token?so=00DEx0000001abc`, assertion };
    const got = await call(atOrg(), 'samlAssertion', given);
    assert.equal(await nameOf(got.accessToken), org.users[0].username);
    const again = await call(atOrg(), 'samlAssertion', given).catch((error) => error);
    assert.equal(again.reason, 'assertion_refused');
    assert.ok(!inspect(again).includes(assertion));
  });

  test(`client credentials: ${kind}`, async () => {
    const settings = atOrg(org.integrationApp);
    for (const tokenEndpointAuthMethod of ['client_secret_post', 'client_secret_basic']) {
      const got = await call({ ...settings, tokenEndpointAuthMethod }, 'clientCredentials');
      assert.ok(got.scope.includes('user_registration_api'));
    }
    const wrong = call({ ...settings, clientSecret: 'wrong' }, 'clientCredentials');
    await assert.rejects(wrong, (error) => error.isOrgFault && error.reason === 'invalid_client');
  });

  test(`username and password, with a security token: ${kind}`, async () => {
    const settings = atOrg(org.privateApp);
    const { username, password } = org.users[0];
    await org.change({ users: [{ username, security_token: 'SecTok123' }] });
    await assert.rejects(call(settings, 'usernamePassword', { username, password }), (error) => error.reason === 'invalid_credentials');
    const got = await call(settings, 'usernamePassword', { username, password, securityToken: 'SecTok123' });
    assert.equal(got.refreshToken, undefined);
    const client = make(org, settings);
    try {
      const challenge = await client.startUsernamePassword({ username, securityToken: 'SecTok123' });
      assert.equal(challenge.asks, 'password');
      assert.ok((await challenge.verify(password)).accessToken);
    } finally {
      await client.close();
    }
  });

  test(`an asset token: ${kind}`, async () => {
    const session = await signIn('api openid');
    const got = await call(atOrg(), 'assetToken', {
      subjectToken: session.accessToken,
      deviceKey: org.integrationApp.privateKey,
      did: 'lamp-7',
      asset: { Name: 'Lamp 7', SerialNumber: 'SN-7' },
      assetTokenCertificate: (await ask('asset_tokens')).certificate,
    });
    assert.equal(got.verified, true);
    assert.equal(got.did, 'lamp-7');
    assert.deepEqual(
      (await ask('asset_tokens')).assets.map((each) => each.SerialNumber),
      ['SN-7'],
    );
    assert.ok(!inspect(got).includes(got.assetToken));
  });

  test(`discovery and the key set: ${kind}`, async () => {
    const found = await call({}, 'discover');
    assert.equal(found.issuer, org.site);
    assert.equal(found.tokenEndpoint, `${org.site}/services/oauth2/token`);
    assert.equal((await call({}, 'discover', { document: 'auth_configuration' })).document, 'auth_configuration');
    const { jwks, kids } = await call({}, 'jwks');
    assert.equal(jwks.keys.length, kids.length);
    // What was fetched once saves every later client the request.
    assert.ok((await call({ verifyJwt: true, jwks: JSON.stringify(jwks) }, 'login', org.users[0])).accessToken);
    assert.equal((await org.seen()).requests.keys, 1);
  });

  test(`the identity of a session: ${kind}`, async () => {
    const { accessToken, id } = await signIn();
    const who = await call({}, 'identity', { accessToken, id });
    assert.equal(who.username, org.users[0].username);
    assert.equal(who.id, id);
    const other = `${id.slice(0, -18)}005Ex0000009xyzIAA`;
    await assert.rejects(call({}, 'identity', { accessToken, id: other }), (error) => error.reason === 'unknown_identity');
  });
}
