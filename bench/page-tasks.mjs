// How long the page's own thread is busy at a stretch while a record is imported and opened in the web application.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Person } from '../tests/e2e/person.mjs';
import { Platform } from '../tests/e2e/platform.mjs';

const READINGS = 34_890;
const CATEGORIES = ['disabled-by-default-devtools.timeline', 'devtools.timeline', 'toplevel', '__metadata'];

/** The longest task and the 95th percentile of all, in milliseconds, during import and opening. */
export async function benchPage() {
  const folder = await mkdtemp(join(tmpdir(), 'tidelock-bench-'));
  const platform = await Platform.start({ env: { TIDELOCK_LOG: 'warn' } });
  const about = { kind: 'patient', name: 'Jill Jellyfish', email: 'jill@jellyfish.example' };
  // Whoever watches the network is told of each request, with its body: in the page's own thread, which takes longer than sealing it.
  const patient = await Person.sitDown('chrome', platform.url, about, { networkEnabled: false });
  try {
    patient.page.setDefaultTimeout(300_000);
    await patient.signUp();
    await patient.open('/import');
    await patient.chooseFile(await file(folder));
    const importing = await traced(patient.page, async () => {
      await patient.press(`Encrypt and import ${READINGS.toLocaleString('en')}`);
      await patient.importResult();
    });
    const opening = await traced(patient.page, async () => {
      await patient.open('/');
      await patient.readingCount();
    });
    return { readings: READINGS, importing, opening };
  } finally {
    await patient.leave();
    await platform.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function file(folder) {
  const lines = Array.from({ length: READINGS }, (_, index) => `${new Date(Date.UTC(2023, 0, 1) + index * 300_000).toISOString()},${90 + (index % 80)}`);
  const path = join(folder, 'readings.csv');
  await writeFile(path, `time,glucose (mg/dL)\n${lines.join('\n')}\n`);
  return path;
}

/** What tasks of the page's main thread take while something is done. */
async function traced(page, work) {
  await page.tracing.start({ categories: CATEGORIES });
  await work();
  const { traceEvents } = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
  const main = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, pid, tid, dur }) => name.endsWith('RunTask') && dur && main.has(`${pid} ${tid}`));
  const milliseconds = tasks.map(({ dur }) => dur / 1_000).sort((a, b) => a - b);
  return { tasks: milliseconds.length, longest: milliseconds.at(-1), percentile95: milliseconds[Math.floor(milliseconds.length * 0.95)], above50: milliseconds.filter((one) => one > 50).length };
}
