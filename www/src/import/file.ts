/** Why a file as a whole cannot be imported, in words for the person who chose it. */
export class FileError extends Error {
  constructor(
    /** What is wrong with it. */
    message: string,
    /** What to do instead. */
    readonly advice: string,
  ) {
    super(message);
  }
}

/** More than ten years of five-minute readings; anything larger is something else. */
const LARGEST_BYTES = 64 * 1024 * 1024;
const EXPECTED = 'Choose a CSV file with one reading a line: a time, a separator and a glucose value.';

/** The text of a file. Spreadsheets save UTF-8, UTF-16 or the code page of old Windows; everything else is refused with its name. */
export async function readText(file: Blob): Promise<string> {
  if (file.size === 0) {
    throw new FileError('This file is empty.', EXPECTED);
  }
  if (file.size > LARGEST_BYTES) {
    throw new FileError('This file is larger than 64 MB.', 'Divide it into smaller files and import one after the other. Nothing will be doubled.');
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = decode(bytes);
  if (text.trim() === '') {
    throw new FileError('There is nothing in this file but blanks.', EXPECTED);
  }
  if (/^\s*<(!doctype|html|\?xml|svg|head|body)/i.test(text)) {
    throw new FileError('This is a web page or XML, not a table of readings.', 'If you downloaded it, you may have saved the sign-in page of the other site. Download the CSV export again.');
  }
  if (/^\s*(\{\s*"|\[\s*[{[])/.test(text)) {
    throw new FileError('This is JSON, not a table of readings.', 'Export your data as CSV and choose that file.');
  }
  return text;
}

function decode(bytes: Uint8Array): string {
  const begins = (...signature: number[]) => signature.every((byte, index) => bytes[index] === byte);
  if (begins(0x50, 0x4b, 0x03, 0x04) || begins(0xd0, 0xcf, 0x11, 0xe0)) {
    throw new FileError('This is a spreadsheet or an archive, not a CSV file.', 'Open it in your spreadsheet program and save it as CSV; or unpack it and choose the CSV file in it.');
  }
  if (begins(0x25, 0x50, 0x44, 0x46)) {
    throw new FileError('This is a PDF, not a CSV file.', 'Export your data as CSV and choose that file.');
  }
  if (begins(0xff, 0xfe)) {
    return new TextDecoder('utf-16le').decode(bytes);
  }
  if (begins(0xfe, 0xff)) {
    return new TextDecoder('utf-16be').decode(bytes);
  }
  if (bytes.includes(0)) {
    throw new FileError('This is not a text file.', EXPECTED);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return decodeOld(bytes);
  }
}

/** Not UTF-8: an old spreadsheet's text, unless too much of it is no text at all. */
function decodeOld(bytes: Uint8Array): string {
  const sample = bytes.subarray(0, 4_096);
  const control = sample.filter((byte) => byte < 9 || (byte > 13 && byte < 32)).length;
  if (control > 0) {
    throw new FileError('This is not a text file.', EXPECTED);
  }
  return new TextDecoder('windows-1252').decode(bytes);
}
