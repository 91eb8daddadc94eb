const { init, version } = require('tidelock');

init().then(() => console.log(JSON.stringify({ version: version() })));
