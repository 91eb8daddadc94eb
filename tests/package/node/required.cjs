const tidelock = require('tidelock');

async function main([url]) {
  const { story } = await import('./story.mjs');
  await tidelock.init();
  console.log(JSON.stringify({ version: tidelock.version(), story: await story(tidelock, url) }));
}

main(process.argv.slice(2));
