// A worker of a browser.
import { answering } from './worker-jobs.js';

const answer = answering((message, transfer) => postMessage(message, { transfer }));
onmessage = ({ data }) => answer(data);
