// A worker of Node.
import { parentPort } from 'node:worker_threads';
import { answering } from './worker-jobs.js';

const answer = answering((message, transfer) => parentPort?.postMessage(message, transfer));
parentPort?.on('message', answer);
