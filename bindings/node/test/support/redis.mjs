// A Redis server of its own on a free port, without persistence.
import { spawn, spawnSync } from 'node:child_process';
import { createServer, connect } from 'node:net';

/** Why tests with Redis cannot run here; false: they can. In CI they must. */
export const noRedis = spawnSync('redis-server', ['--version']).status === 0 || process.env.CI ? false : 'redis-server is not installed';

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const reaches = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

export async function startRedis(port = undefined, more = []) {
  port ??= await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no', ...more];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let tries = 0; !(await reaches(port)); tries += 1) {
    if (tries > 200 || child.exitCode !== null) throw new Error('redis-server did not start');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return {
    port,
    address: `redis://127.0.0.1:${port}/0`,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
