// Small servers in this process, for what the simulated org does on no request: to stall, to break off, to speak
// only HTTP/2. They respond to authorize and token as an org would, and count.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const redirectUri = 'https://app.example.com/callback';

// A CA of its own and a certificate for localhost, or other names, made by the openssl command; gone with remove().
export function makeCertificate(names = 'DNS:localhost,IP:127.0.0.1') {
  const directory = mkdtempSync(join(tmpdir(), 'headlessid-node-'));
  const path = (name) => join(directory, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-subj', '/CN=test CA');
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    path('key.pem'),
    '-out',
    path('cert.pem'),
    '-subj',
    '/CN=localhost',
    '-CA',
    path('ca.pem'),
    '-CAkey',
    path('ca.key'),
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    '-addext',
    `subjectAltName=${names}`,
  );
  return {
    caFile: path('ca.pem'),
    key: readFileSync(path('key.pem')),
    cert: readFileSync(path('cert.pem')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

// An org's responses to a login: first the code, then the token. Works for HTTP/1.1 and HTTP/2 alike.
export function orgHandler(seen, token = {}) {
  return (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      seen.push({ url: request.url, httpVersion: request.httpVersion, form });
      if (request.url.endsWith('/services/oauth2/authorize')) {
        const code = `aPrx${seen.length}`;
        response.writeHead(302, { location: `${redirectUri}?code=${code}&state=${encodeURIComponent(form.get('state') ?? '')}` });
        response.end();
      } else if (request.url.endsWith('/services/oauth2/token')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ access_token: '00Dxx0000000001!token', token_type: 'Bearer', issued_at: '1767225600000', ...token }));
      } else {
        response.writeHead(404);
        response.end();
      }
    });
  };
}

async function listening(server, scheme, extra) {
  const sockets = new Set();
  server.on(scheme === 'http' ? 'connection' : 'secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    ...extra,
    port,
    sockets,
    site: `${scheme}://localhost:${port}/shop`,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

// http://localhost, for tests where TLS says nothing.
export function plainServer(handler) {
  const seen = [];
  return listening(http.createServer(handler ?? orgHandler(seen)), 'http', { seen });
}

// Accepts requests and never responds.
export function stalledServer() {
  const seen = [];
  return plainServer((request) => {
    request.resume();
    request.on('end', () => seen.push(request.url));
  }).then((server) => ({ ...server, seen }));
}

export function tlsServer(certificate, handler) {
  const seen = [];
  return listening(https.createServer({ key: certificate.key, cert: certificate.cert }, handler ?? orgHandler(seen)), 'https', { seen });
}

export function http2Server(certificate, { allowHTTP1 = false, handler } = {}) {
  const seen = [];
  const server = http2.createSecureServer({ key: certificate.key, cert: certificate.cert, allowHTTP1 }, handler ?? orgHandler(seen));
  return listening(server, 'https', { seen });
}

export const settingsFor = (server, more = {}) => ({
  site: server.site,
  clientId: '3MVG9Example.ClientId',
  redirectUri,
  allowHttpLoopback: server.site.startsWith('http:') || undefined,
  ...more,
});

export const lena = { username: 'lena.ortiz@example.com', password: 'P4ss+w&rd=1:x' };

// Node's https module as a transport: what an app with its own HTTP stack writes.
export function httpsTransport(agent) {
  return (request, { signal }) =>
    new Promise((resolve, reject) => {
      const sent = https.request(
        request.url,
        { agent, signal, method: request.method, headers: Object.fromEntries(request.headers) },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const headers = [];
            for (let i = 0; i < response.rawHeaders.length; i += 2) headers.push([response.rawHeaders[i], response.rawHeaders[i + 1]]);
            resolve({ status: response.statusCode, httpVersion: 11, headers, body: Buffer.concat(chunks) });
          });
        },
      );
      sent.on('error', reject);
      sent.end(request.body);
    });
}
