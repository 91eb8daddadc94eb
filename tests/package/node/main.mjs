import { init, version } from 'tidelock';

await init();
console.log(JSON.stringify({ version: version() }));
