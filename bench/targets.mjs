// What the measurements ought to say, and whether they do.

const most = (name, value, target) => ({ name, value, target: `at most ${target}`, met: value <= target });
const least = (name, value, target) => ({ name, value, target: `at least ${target}`, met: value >= target });

/** The targets that the results of a run are held against. */
export function targets({ server, entities, record, lostKey, engine, chromium, page, attachments }) {
  return [
    least('Server, batch writes: times the throughput of the bare database', server.write.ratio, 0.5),
    least('Server, record reads: times the throughput of the bare database', server.read.ratio, 0.5),
    ...ofSharing(entities),
    ...ofEngine('Node', engine),
    ...ofEngine('Chromium', chromium.engine),
    ...ofLongTasks(chromium.entities.shareMany),
    most('Chromium: milliseconds from a cold start, the files being cached, to the first seal', chromium.cold.tidelock.firstSeal, 60),
    ...['importing', 'opening'].flatMap((what) => [
      most(`Web application, ${what} ${page.readings} readings: the longest task of its thread, in milliseconds`, page[what].longest, 50),
      most(`Web application, ${what} ${page.readings} readings: 95th percentile of its tasks, in milliseconds`, page[what].percentile95, 16),
    ]),
    ...attachments.sizes.filter(isLarge).flatMap((size) => [...ofFile('Node', size), ...ofFileInMemory(size)]),
    ...chromium.attachments.sizes.filter(isLarge).flatMap((size) => ofFile('Chromium', size)),
    ...ofRecords(record),
    most(`Giving back a record of ${lostKey.readings} readings: requests that write`, lostKey.giveBack.writes, 1),
  ];
}

function ofSharing({ delegates, shareOne: { tidelock, icure, icureInMemory }, shareMany }) {
  const sharing = `Sharing one record with ${delegates} new delegates`;
  return [
    // End to end: over HTTP to a server on this machine, here and there.
    ...[10, 20].map((times) => least(`${sharing}: times as fast as @icure/api, end to end`, icure.milliseconds / tidelock.milliseconds, times)),
    least(`${sharing}: times as fast as @icure/api, whose platform answers in the same process, at once`, icureInMemory.milliseconds / tidelock.milliseconds, 10),
    most(`${sharing}: requests that write`, tidelock.writes, 1),
    most(`${sharing}: requests that read`, tidelock.requests - tidelock.writes, 1),
    most(`Sharing ${shareMany.entities} records with one delegate: requests that write`, shareMany.writes, 1),
  ];
}

function ofLongTasks({ entities, longTasks, reading }) {
  return [
    most(`Chromium, sharing ${entities} records with one delegate: tasks of the page's thread above 50 ms`, longTasks, 0),
    most(`Chromium, reading ${entities} records as that delegate: tasks of the page's thread above 50 ms`, reading.longTasks, 0),
  ];
}

function ofEngine(where, { wrap: { 100: wrap }, readings: { 100000: readings } }) {
  const times = (one, other) => one.milliseconds / other.milliseconds;
  return [
    most(`${where}: wrapping for 100 recipients, in times of WebCrypto's part of it`, times(wrap.tidelock, wrap.webCrypto), 1.25),
    least(`${where}: wrapping for 100 recipients, times as fast as @hpke/core`, times(wrap.hpkeCore, wrap.tidelock), 1.7),
    least(`${where}: 100,000 readings sealed and opened on the asking thread, times as fast as WebCrypto`, times(readings.webCrypto, readings.tidelock), 2.5),
    least(`${where}: 100,000 readings sealed and opened with workers, times as fast as WebCrypto`, times(readings.webCrypto, readings.tidelockWorkers), 4),
    least(`${where}: 100,000 readings sealed and opened with workers, times as fast as noble`, times(readings.noble, readings.tidelockWorkers), 8),
  ];
}

/** The time of smaller files is mostly that of the requests around them. */
const isLarge = ({ mebibytes }) => mebibytes >= 16;

function ofFile(where, { mebibytes, ratio }) {
  return [
    least(`${where}: sealing a file of ${mebibytes} MiB, times as fast as one call of WebCrypto`, ratio.seal, 0.8),
    least(`${where}: opening a file of ${mebibytes} MiB, times as fast as one call of WebCrypto`, ratio.open, 0.8),
  ];
}

function ofFileInMemory({ mebibytes, heldMebibytes }) {
  return [
    most(`Sealing a file of ${mebibytes} MiB: further memory that is held, in MiB`, heldMebibytes.seal, 16),
    most(`Opening a file of ${mebibytes} MiB: further memory that is held, in MiB`, heldMebibytes.open, 16),
  ];
}

/** Sharing takes as long for a large record as for a small one, as far as these measurements can tell one from the other. */
function ofRecords({ share }) {
  const [first, ...others] = share;
  const largest = (what) => Math.max(...others.map((one) => one[what])) / first[what];
  const sharing = `Sharing a record of ${share.at(-1).readings} readings, beside one of ${first.readings}`;
  return [most(`${sharing}: times the milliseconds`, largest('milliseconds'), 1.5), most(`${sharing}: times the bytes`, largest('bytes'), 1), most(`${sharing}: times the requests`, largest('requests'), 1)];
}
