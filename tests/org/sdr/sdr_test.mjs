// What `headlessid org generate` writes, read by Salesforce's own library: every file is recognised as its type, the manifest
// that it derives is ours, and source format to that of the Metadata API and back loses nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';

// Salesforce's library writes no telemetry, and no log, when it is told so.
process.env.SF_DISABLE_TELEMETRY = 'true';
process.env.SF_DISABLE_LOG_FILE = 'true';
const { ComponentSet, MetadataConverter, MetadataResolver, ZipTreeContainer } = createRequire(import.meta.url)(
  '@salesforce/source-deploy-retrieve',
);

const cli = process.env.HEADLESSID_CLI ?? 'headlessid';
const work = mkdtempSync(join(tmpdir(), 'headlessid-sdr-'));
after(() => rmSync(work, { recursive: true, force: true }));

const certificate = join(work, 'certificate.pem');
writeFileSync(certificate, `-----BEGIN CERTIFICATE-----\nMIIB${'A'.repeat(120)}\n-----END CERTIFICATE-----\n`);
const network = join(work, 'shop.network-meta.xml');
writeFileSync(
  network,
  `<?xml version="1.0" encoding="UTF-8"?>
<Network xmlns="http://soap.sforce.com/2006/04/metadata">
    <emailSenderAddress>shop@acme.example</emailSenderAddress>
    <status>Live</status>
    <urlPathPrefix>shop</urlPathPrefix>
</Network>
`,
);

const flows = JSON.parse(execFileSync(cli, ['flows', '--json'], { encoding: 'utf8' })).flows.map((flow) => flow.name);
const common = [
  ['--contact-email', 'ops@acme.example'],
  ['--redirect-uri', 'https://app.acme.example/callback'],
  ['--redirect-uri', 'acme://callback'],
  ['--run-as-user', 'integration@acme.example'],
  ['--site', 'shop'],
  ['--network-file', network],
  ['--asset-token-certificate', '0P1000000000001'],
  ['--asset-token-audiences', 'https://devices.acme.example'],
  ['--asset-token-validity', '60'],
].flat();
const of_connected_apps = ['client_registration', 'oauth1'];
const of_client_apps = flows.filter((flow) => !of_connected_apps.includes(flow));
const without_first_party = flows.filter((flow) => !flow.startsWith('first_party'));
const cases = {
  'an external client app with everything': [
    ...['--flows', of_client_apps.join(','), '--certificate-file', certificate, '--attestation-certificate-file', certificate],
    ...['--login-hint', '--api-secrets'],
  ],
  'a public external client app': ['--flows', 'login,guest,registration', '--client', 'public', '--recaptcha'],
  'an external client app for one flow': ['--flows', 'web-server'],
  'a connected app with everything': [
    ...['--flows', without_first_party.join(','), '--kind', 'connected-app', '--client-id', '3MVG9acme'],
    ...['--certificate-file', certificate, '--login-hint'],
  ],
  'a connected app for one flow': ['--flows', 'web-server', '--kind', 'connected-app', '--client', 'public'],
};

// A sample of all sets of flows, the same each time; tests/org/generate_test.cc has thousands for the linter.
const for_private_clients = [
  ...['client_credentials', 'introspection', 'jwt_bearer', 'oauth1', 'saml_bearer', 'username_password'],
  ...flows.filter((flow) => flow.startsWith('first_party')),
];
let seed = 9;
const random = (below) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % below;
};
for (let i = 0; i < 12; i += 1) {
  const kind = i % 2 === 0 ? 'external-client-app' : 'connected-app';
  const client = i % 4 < 2 ? 'private' : 'public';
  const possible = (kind === 'connected-app' ? without_first_party : of_client_apps).filter(
    (flow) => client === 'private' || !for_private_clients.includes(flow),
  );
  const chosen = possible.filter(() => random(2 + (i % 3)) === 0);
  if (chosen.length === 0) chosen.push('login');
  const has = (...names) => names.some((name) => chosen.includes(name));
  cases[`set ${i}: ${kind}, ${client}, ${chosen.join(' ')}`] = [
    ...['--flows', chosen.join(','), '--kind', kind, '--client', client],
    ...(has('jwt_bearer', 'saml_bearer') ? ['--certificate-file', certificate] : []),
    ...(chosen.some((flow) => flow.startsWith('first_party')) ? ['--attestation-certificate-file', certificate] : []),
    ...(has('client_credentials') && kind === 'connected-app' ? ['--client-id', '3MVG9acme'] : []),
    // A public client keeps no token of an integration user.
    ...(random(2) === 0 || (client === 'public' && has('registration', 'passwordless_login', 'password_reset')) ? ['--recaptcha'] : []),
  ];
}

let number = 0;
function generate(options) {
  const folder = join(work, `out-${(number += 1)}`);
  execFileSync(cli, ['org', 'generate', '--name', 'Acme', ...common, ...options, '--out', folder], { stdio: 'pipe' });
  return folder;
}

function files_below(folder, base = folder) {
  return readdirSync(folder)
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? files_below(path, base) : [relative(base, path)];
    })
    .sort();
}

const contents = (folder) => Object.fromEntries(files_below(folder).map((path) => [path, readFileSync(join(folder, path), 'utf8')]));

// "Type member", sorted, and the version.
async function manifest(path) {
  const set = await ComponentSet.fromManifest(path);
  return { members: names_of(set), version: set.sourceApiVersion };
}
const names_of = (set) => [...new Set([...set].map((one) => `${one.type.name} ${one.fullName}`))].sort();

for (const [title, options] of Object.entries(cases)) {
  test(`${title}: every file is recognised, and the manifest is what the library derives`, async () => {
    const folder = generate(options);
    const source = join(folder, 'force-app');
    const components = new MetadataResolver().getComponentsFromPath(source);
    const known = new Set();
    for (const component of components) {
      assert.ok(component.xml, `${component.fullName} has no file of its own`);
      known.add(component.xml);
      // The content of a class; of all others the file itself, or nothing.
      for (const path of component.walkContent()) known.add(path);
    }
    assert.deepEqual([...known].map((path) => relative(source, path)).sort(), files_below(source));
    const ours = await manifest(join(folder, 'manifest/package.xml'));
    assert.equal(ours.version, '67.0');
    assert.deepEqual(names_of(ComponentSet.fromSource(source)), ours.members);
    const derived = await ComponentSet.fromSource(source).getObject();
    const listed = derived.Package.types.flatMap((type) => type.members.map((member) => `${type.name} ${member}`));
    assert.deepEqual(listed.sort(), ours.members);
  });

  test(`${title}: the format mdapi is what the library makes of the source, and back`, async () => {
    const source = join(generate(options), 'force-app');
    const ours = generate([...options, '--format', 'mdapi']);
    const convert = async (from, format) => {
      const set = ComponentSet.fromSource(from);
      set.sourceApiVersion = '67.0';
      const outputDirectory = join(work, `converted-${(number += 1)}`);
      const done = await new MetadataConverter().convert(set, format, { type: 'directory', outputDirectory, genUniqueDir: false });
      return done.packagePath;
    };
    const mdapi = await convert(source, 'metadata');
    const theirs = contents(mdapi);
    const made = contents(ours);
    for (const page of ['SETUP.md', '.gitignore']) delete made[page];
    // The manifests say the same; that they do was tested above.
    delete theirs['package.xml'];
    delete made['package.xml'];
    assert.deepEqual(made, theirs);

    const back = await convert(mdapi, 'source');
    const app = existsSync(join(back, 'main')) ? join(back, 'main/default') : back;
    assert.deepEqual(contents(app), contents(join(source, 'main/default')));
  });

  test(`${title}: the zip has the same`, async () => {
    const ours = generate([...options, '--format', 'mdapi']);
    const zip = join(work, `package-${(number += 1)}.zip`);
    execFileSync(cli, ['org', 'generate', '--name', 'Acme', ...common, ...options, '--format', 'mdapi', '--out', zip], {
      stdio: 'pipe',
    });
    const tree = await ZipTreeContainer.create(readFileSync(zip));
    const set = ComponentSet.fromSource({ fsPaths: ['.'], tree });
    assert.deepEqual(names_of(set), (await manifest(join(ours, 'package.xml'))).members);
  });
}
