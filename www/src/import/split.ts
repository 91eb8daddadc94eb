/**
 * Divides one line of a CSV file (RFC 4180, without line breaks inside of quotes: an open quote must spoil its own line only, not the rest
 * of the file). Undefined where a quote is never closed.
 */
export function splitLine(line: string, delimiter: string): string[] | undefined {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < line.length; index++) {
    const character = line[index];
    if (quoted) {
      if (character !== '"') {
        cell += character;
      } else if (line[index + 1] === '"') {
        cell += '"';
        index++;
      } else {
        quoted = false;
      }
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (character === delimiter) {
      cells.push(cell);
      cell = '';
    } else {
      cell += character;
    }
  }
  cells.push(cell);
  return quoted ? undefined : cells;
}
