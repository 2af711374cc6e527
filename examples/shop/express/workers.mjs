// Runs a program as several workers on one address, and starts them again on SIGHUP: as a process manager does.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** One for all workers: each would get another one for 0. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** In a worker: what it was told. */
export async function told() {
  process.send('ready'); // what is sent before the listener is there would be lost
  const [message] = await once(process, 'message');
  return message;
}

/** In the primary. */
export class Workers {
  #count;
  #told;
  #running = [];

  constructor(count, told) {
    this.#count = count;
    this.#told = told;
  }

  /** Resolves with the port when all of them listen. */
  async start() {
    this.#told.port ||= await freePort();
    for (let i = 0; i < this.#count; ++i) {
      // Only a fetch of Node's own needs this, and only for the simulated org's certificate.
      const worker = cluster.fork({ NODE_EXTRA_CA_CERTS: this.#told.settings.caFile });
      worker.once('message', () => worker.send(this.#told));
      await once(worker, 'listening');
      this.#running.push(worker);
    }
    return this.#told.port;
  }

  async stop() {
    const ended = this.#running.map((worker) => once(worker, 'exit'));
    // A refresh that is under way comes to its end: the client is closed before the worker ends.
    for (const worker of this.#running) worker.process.kill('SIGTERM');
    await Promise.all(ended);
    this.#running = [];
  }

  async restart() {
    await this.stop();
    await this.start();
  }
}
