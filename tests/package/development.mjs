// Vite's development server, as a project starts it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts it in the project `folder`, on whichever port it takes. */
export async function develop(folder) {
  const vite = spawn(process.execPath, ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1'], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  let log = '';
  vite.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  const ready = async () => {
    for await (const line of createInterface({ input: vite.stdout })) {
      log += `${line}\n`;
      const url = /(http:\/\/127\.0\.0\.1:\d+\/)/.exec(line.replaceAll(/\x1b\[[0-9;]*m/g, ''))?.[1];
      if (url) return url;
    }
    throw new Error(`Vite ended before it was ready:\n${log}`);
  };
  const url = await ready();
  vite.stdout.resume();
  const close = async () => {
    const ended = once(vite, 'exit');
    vite.kill();
    await ended;
  };
  return { url, close };
}
