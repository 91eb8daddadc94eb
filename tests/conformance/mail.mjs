// The links in the e-mails that the platform has written.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key by which an account confirms its address: from the e-mail that it was sent when it signed up. */
export async function signUpKey({ data }, email) {
  const folder = join(data, 'mail');
  const mails = await Promise.all((await readdir(folder)).sort().map(async (name) => (await readFile(join(folder, name), 'utf8')).replace(/=\r?\n/g, '')));
  return mails.filter((mail) => mail.includes(`To: ${email}`)).flatMap((mail) => mail.match(/(?<=[/#=])[\w-]{32}(?![\w-])/) ?? [])[0];
}
