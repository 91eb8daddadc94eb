// What the benchmarks' page can do, for whoever drives it.
import { init } from 'tidelock';
import initEngine, * as engine from 'engine';
import { compiled } from '../dist/compiled.js';
import { webWorkers } from '../dist/web-workers.js';
import { benchAttachments } from './attachments.mjs';
import { benchEngine } from './engine.mjs';
import { benchEntities } from './entities.mjs';

globalThis.benchmarks = {
  async engine() {
    await initEngine({ module_or_path: '/assets/tidelock_bench_engine_bg.wasm' });
    return benchEngine(engine, webWorkers(() => compiled('/assets/tidelock_worker_bg.wasm')));
  },
  async entities() {
    await init();
    return benchEntities(location.origin);
  },
  async attachments() {
    await init();
    return benchAttachments(location.origin);
  },
};
