// The platform server as a test needs it: its own data folder and port, killed and started again at will.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './wait.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The server's program: as built by the project's commands, or as the environment names it. */
export function program() {
  const places = [process.env.TIDELOCK_SERVER, join(root, 'target/server/tidelock-server'), join(root, 'target/debug/tidelock-server')];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error('The server is not built: npm run test:e2e builds it.');
  return found;
}

export class Platform {
  #process;
  #port = '0';
  #settings;
  /** Everything that the server has written to its log. */
  log = '';

  constructor(data, settings = {}) {
    this.data = data;
    this.#settings = settings;
  }

  /** Starts one on an empty folder; `env` is added to its environment, `web` is another folder of pages, or `false` for none. */
  static async start(settings) {
    const platform = new Platform(await mkdtemp(join(tmpdir(), 'tidelock-e2e-')), settings);
    await platform.start();
    return platform;
  }

  /** Starts it; after the first time on the same port, so that the page finds it again. */
  async start() {
    const usual = process.env.TIDELOCK_WEB ?? join(root, 'www/dist');
    const { env: added = {}, web: pages = usual } = this.#settings;
    const web = pages || usual;
    if (pages && !existsSync(join(web, 'index.html'))) throw new Error('The web application is not built: npm run test:e2e builds it.');
    const env = { ...process.env, ...added, PORT: this.#port, TIDELOCK_DATA: this.data, TIDELOCK_WEB: web };
    const child = spawn(program(), { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text) => (this.log += text));
    child.stdout.setEncoding('utf8').on('data', (text) => (this.log += text));
    const ready = (async () => {
      for await (const line of createInterface({ input: child.stdout })) {
        const url = /^ready: (http:\S+)/.exec(line)?.[1];
        if (url) return url;
      }
      throw new Error(`The server ended before it was ready:\n${this.log}`);
    })();
    this.url = (await ready).replace(/\/$/, '');
    this.#port = new URL(this.url).port;
    child.stdout.resume();
  }

  /** Ends it as a power failure would; with `SIGTERM` as an operator would, so that everything is in one database file. */
  async kill(signal = 'SIGKILL') {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async stop() {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }

  /** The link in the newest e-mail that invites a clinic. */
  invitationLink() {
    return this.mailedLink('/invitations/');
  }

  /** The link to such an address in the newest e-mail that has one, to anybody or to this address. */
  async mailedLink(path, to = '') {
    const folder = join(this.data, 'mail');
    return eventually(`an e-mail with a link to ${path}`, async () => {
      const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.eml')) : [];
      const mails = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
      const links = mails.filter((mail) => mail.includes(`To: ${to}`)).map(linkIn);
      return links.findLast((link) => link && new URL(link).pathname.startsWith(path));
    });
  }
}

function linkIn(mail) {
  const [head, ...rest] = mail.split(/\r?\n\r?\n/);
  let body = rest.join('\n\n');
  if (/^content-transfer-encoding:\s*base64/im.test(head)) body = Buffer.from(body, 'base64').toString('utf8');
  if (/quoted-printable/i.test(mail)) body = body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return /https?:\/\/[^\s"<>]+/.exec(body)?.[0];
}
