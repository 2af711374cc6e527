// An HTTP/2 front that ends each connection gracefully after so many requests: in one GOAWAY that names the last request it looks
// at (as nginx does), or announced 100 ms before (RFC 9113 6.8; Envoy). Closes as soon as what it looks at is answered.
//   ending_front.mjs PORT ORIGIN CERTIFICATE KEY REQUESTS at-once|announced
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';

const [port, origin, certificate, key, requests, way] = process.argv.slice(2);
const most = Number(requests);
const announced = way === 'announced';
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });

const server = http2.createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) });
server.on('session', (session) => {
  session.met = 0;
  session.open = 0;
  session.on('error', () => {});
});
server.on('stream', (stream, headers) => {
  const { session } = stream;
  stream.on('error', () => {});
  session.met += 1;
  // Never looked at, as the GOAWAY has said.
  if (session.met > most && !announced) return;
  if (session.met === most) {
    session.goaway(0, announced ? 2 ** 31 - 1 : stream.id);
    if (announced) setTimeout(() => session.close(), 100);
  }
  session.open += 1;
  stream.on('close', () => {
    session.open -= 1;
    if (session.open === 0 && session.met >= most && !announced) session.close();
  });
  const plain = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  const asked = https.request(
    new URL(headers[':path'], origin),
    { method: headers[':method'], headers: Object.fromEntries(plain), agent },
    (response) => {
      const given = Object.entries(response.headers).filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name));
      if (stream.destroyed) return void response.resume();
      stream.respond({ ':status': response.statusCode, ...Object.fromEntries(given) });
      response.pipe(stream);
    },
  );
  asked.on('error', () => stream.destroy());
  stream.pipe(asked);
});
server.listen(Number(port), '127.0.0.1');
