// `npm test`: every stage in order, or only the ones named: `node scripts/test.mjs [unit] [node] [wasm] [server] [conformance] [e2e] [package]`.
// Sets up what the stages need. Ends with one summary line.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildServer, buildWeb } from './build.mjs';
import { browsers, root } from './environment.mjs';
import { countTests, countVectors, Failure, main, reportStages, run, say, stage } from './run.mjs';
import { setUp } from './setup.mjs';
import { wasmCrates, wasmTestTargets } from './wasm-tests.mjs';

// What a stage needs to be set up, and its commands; each command's tests are counted.
const stages = {
  unit: { needs: ['build'], run: unit },
  node: {
    needs: ['build'],
    run: async () => {
      await Promise.all([buildServer(), build()]);
      return nodeTests('tests/node');
    },
  },
  wasm: { needs: ['build', 'test'], run: wasm },
  server: { needs: ['build'], run: () => [['cargo', ['test', '--quiet', '--package', 'tidelock-server']]] },
  conformance: {
    needs: ['build', 'conformance'],
    run: async () => {
      await buildServer();
      return nodeTests('tests/conformance');
    },
  },
  e2e: {
    needs: ['build', 'test'],
    run: async () => {
      await Promise.all([buildServer(), build().then(buildWeb)]);
      return [...nodeTests('tests/e2e'), ...nodeTests('tests/docs')];
    },
  },
  package: {
    needs: ['build', 'test'],
    run: async () => {
      await Promise.all([buildServer(), build()]);
      return nodeTests('tests/package');
    },
  },
};

async function unit() {
  await build();
  // Not captured: the suites print how many vectors ran.
  const commands = [['cargo', ['test', '--quiet', '--workspace', '--exclude', 'tidelock-server', '--', '--nocapture']]];
  const web = join(root, 'www', 'package.json');
  if (existsSync(web) && JSON.parse(readFileSync(web, 'utf8')).scripts?.test) {
    commands.push(['npm', ['test', '--silent'], { cwd: join(root, 'www') }]);
  }
  return [...commands, ...nodeTests('tests/unit'), ...nodeTests('tests/interop')];
}

/** The headless tests of each crate that has any, in both browsers. */
function wasm() {
  // Not by the drivers' variables: with both set, the tests would run twice in Firefox.
  const env = { CHROMEDRIVER: undefined, GECKODRIVER: undefined, WASM_BINDGEN_TEST_TIMEOUT: '120' };
  const drivers = ['--chromedriver', browsers.chromedriver(), '--geckodriver', browsers.geckodriver()];
  const options = ['test', '--headless', '--chrome', '--firefox', ...drivers];
  // Not captured, as above: what the tests write to the console is otherwise shown only where one fails.
  const shown = ['--', '--nocapture'];
  return wasmCrates
    .map(({ folder }) => ({ folder, tests: wasmTestTargets(folder) }))
    .filter(({ tests }) => tests.length > 0)
    .map(({ folder, tests }) => ['wasm-pack', [...options, join(root, folder), ...tests, ...shown], { env }]);
}

/** The `*.test.mjs` files of a folder, in one run of Node's own test runner. */
function nodeTests(folder) {
  const files = filesIn(folder, '.test.mjs');
  const env = { CHROMIUM: browsers.chromium(), FIREFOX: browsers.firefox() };
  const options = ['--test', '--test-reporter=spec', '--test-concurrency=1'];
  return files.length === 0 ? [] : [[process.execPath, [...options, ...files], { env }]];
}

function filesIn(folder, ending) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => name.endsWith(ending)).sort().map((name) => join(path, name));
}

await main(async () => {
  const names = process.argv.slice(2);
  const chosen = names.length > 0 ? names : Object.keys(stages);
  const unknown = chosen.find((name) => !(name in stages));
  if (unknown) throw new Failure(`Unknown stage ${unknown}; there are: ${Object.keys(stages).join(', ')}`);

  const total = { passed: 0, failed: 0 };
  await stage('set-up', () => setUp(...new Set(chosen.flatMap((name) => stages[name].needs))));
  for (const name of chosen) {
    await stage(`test:${name}`, async () => {
      const before = total.failed;
      total.vectors = [];
      try {
        const commands = await stages[name].run();
        if (commands.length === 0) say(`test:${name} has no tests yet`);
        for (const [command, args, options] of commands) await count(total, command, args, options);
      } catch (error) {
        // Nothing that could be counted: what could not be built or started is one failure.
        total.failed += 1;
        throw error;
      }
      reportVectors(total);
      if (total.failed > before) throw new Failure(`${total.failed - before} failed`);
    });
  }
  const good = reportStages('npm test');
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (!good) process.exit(1);
});

/** Says how many vectors passed, and where. That they were not the same everywhere is a failure. */
function reportVectors(total) {
  const places = [...new Set(total.vectors.map(({ place }) => place))];
  const ran = places.map((place) => total.vectors.filter((each) => each.place === place));
  const inventory = (suites) => suites.map(({ suite, vectors }) => `${suite}: ${vectors}`).sort().join();
  for (const [index, suites] of ran.entries()) {
    const sum = suites.reduce((all, { vectors }) => all + vectors, 0);
    console.log(`  ${sum} vectors of ${suites.length} suites passed: ${places[index]}`);
    if (inventory(suites) === inventory(ran[0])) continue;
    console.log(`  not the same as: ${places[0]}`);
    total.failed += 1;
  }
}

async function count(total, command, args, options) {
  const { output, status } = await run(command, args, { ...options, check: false });
  total.vectors.push(...countVectors(output));
  const { passed, failed } = countTests(output);
  total.passed += passed;
  total.failed += failed;
  // A command can fail without a failed test: what does not compile, what crashes.
  if (status !== 0 && failed === 0) total.failed += 1;
}
