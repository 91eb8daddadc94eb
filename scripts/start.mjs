// `npm start`: sets up and builds what is missing or has changed, then runs the platform server with the web application
// on http://127.0.0.1:${PORT:-8787}. The server prints `ready: URL` when it can be used.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build, buildServer, buildWeb } from './build.mjs';
import { environment, root } from './environment.mjs';
import { main } from './run.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  await setUp('build');
  const [program] = await Promise.all([buildServer(), build().then(buildWeb)]);
  const defaults = { PORT: '8787', TIDELOCK_DATA: join(root, 'data'), TIDELOCK_WEB: join(root, 'www', 'dist') };
  const server = spawn(program, { cwd: root, stdio: 'inherit', env: { ...defaults, ...environment() } });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
  server.on('error', (error) => console.error(error));
  server.on('close', (status, signal) => process.exit(status ?? (signal ? 0 : 1)));
});
