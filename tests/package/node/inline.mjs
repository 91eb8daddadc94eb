import * as inline from 'tidelock/inline';
import { story } from './story.mjs';

const [url] = process.argv.slice(2);
await inline.init();
console.log(JSON.stringify({ version: inline.version(), story: await story(inline, url) }));
