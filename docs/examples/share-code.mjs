// Reading a share code as somebody types it: what is forgiven, and what an error says.
import { checkShareCode, init, TidelockError } from 'tidelock';

await init();
for (const typed of ['abcd efgh jkmn', 'ABCDEFGHJKMN', 'abcd–efgh–jkmn', 'ABCD-EFGH-JKM', 'ABCD-EFGH-JKM0']) {
  try {
    console.log(`${typed} is ${checkShareCode(typed)}`);
  } catch (error) {
    if (!(error instanceof TidelockError) || error.code !== 'invalid_share_code') throw error;
    console.log(`${typed}: ${error.message}`, error.details);
  }
}
