import { describe, expect, it } from 'vitest';
import { Attachment } from '../api';
import { nameOfFile, showSize } from './files';

describe('files', () => {
  it('have sizes that people understand', () => {
    expect([0, 1, 999, 1_000, 1_500, 15_000, 999_999, 16_777_216, 3e9, 5e12].map(showSize)).toEqual(['0 bytes', '1 byte', '999 bytes', '1 kB', '1.5 kB', '15 kB', '1,000 kB', '17 MB', '3 GB', '5,000 GB']);
    expect([undefined, null, 'many', -1, Number.NaN].map(showSize)).toEqual(['', '', '', '', '']);
  });

  it('have names that are no paths', () => {
    expect(nameOfFile(new Attachment({ name: 'a letter.pdf' }))).toBe('a letter.pdf');
    expect(nameOfFile(new Attachment({ name: '../../etc/passwd' }))).toBe('.._.._etc_passwd');
    expect(nameOfFile(new Attachment({ name: 'invoice\u202efdp.exe' }))).toBe('invoice_fdp.exe');
    expect(nameOfFile(new Attachment({}))).toBe('File without a name');
    expect(nameOfFile(new Attachment({ name: 5 as unknown as string }))).toBe('File without a name');
  });
});
