import * as tidelock from 'tidelock';
import * as inline from 'tidelock/inline';
import { story } from './story.mjs';

const [url] = process.argv.slice(2);
await tidelock.init();
await inline.init();
console.log(JSON.stringify({ version: tidelock.version(), inline: inline.version(), story: await story(tidelock, url) }));
