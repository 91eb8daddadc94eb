// A platform for iCure's SDK that is a server: a process of its own, as the platform of Tidelock is one. As a program this
// file is that server, and writes its address.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { MemoryPlatform } from './icure-platform.mjs';

const file = fileURLToPath(import.meta.url);

/** Starts one; `stop` ends it. */
export async function startServer() {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { url: line.trim(), fetch: globalThis.fetch, stop: () => child.kill() };
}

if (process.argv[1] === file) {
  const platform = new MemoryPlatform();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    const answer = platform.answer(request.method, new URL(request.url, 'http://localhost').pathname, body);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
}
