/** What a person edited and what somebody else stored meanwhile, field by field. */

/** The fields of a record, as JSON has them. */
export type Fields = Record<string, unknown>;

/** What the package says of a record, and what nobody edits. */
const NOT_CONTENT = new Set(['id', 'rev', 'created', 'modified', 'author', 'responsible', 'inNameOf', 'sealedBy', 'rights', 'compartment']);

export type Side = 'mine' | 'theirs';

/** A field in which the two differ. */
export interface Difference {
  field: string;
  mine: unknown;
  theirs: unknown;
  /** Who changed it, where only one of the two did: then there is nothing to decide. */
  onlyChangedIn: Side | undefined;
}

/** A record's content as JSON has it, without what the package adds. */
export function fieldsOf(record: object): Fields {
  const plain = JSON.parse(JSON.stringify(record)) as Fields;
  return Object.fromEntries(Object.entries(plain).filter(([field]) => !NOT_CONTENT.has(field)));
}

/** The fields in which `mine` and `theirs` differ, both having begun from `base`. */
export function differences(base: Fields, mine: Fields, theirs: Fields): Difference[] {
  return [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
    .filter((field) => !same(mine[field], theirs[field]))
    .map((field) => ({
      field,
      mine: mine[field],
      theirs: theirs[field],
      onlyChangedIn: same(base[field], theirs[field]) ? 'mine' : same(base[field], mine[field]) ? 'theirs' : undefined,
    }));
}

/** Their record with those fields that are to be as in mine. */
export function merge(theirs: Fields, found: Difference[], chosen: Record<string, Side>): Fields {
  const merged = { ...theirs };
  for (const { field, mine } of found) {
    if (chosen[field] === 'mine') {
      if (mine === undefined) {
        delete merged[field];
      } else {
        merged[field] = mine;
      }
    }
  }
  return merged;
}

/** Whether two JSON values are the same, in whatever order their members stand. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b;
  }
  const [left, right] = [Object.entries(a), Object.keys(b)];
  return Array.isArray(a) === Array.isArray(b) && left.length === right.length && left.every(([name, value]) => Object.hasOwn(b, name) && same(value, (b as Fields)[name]));
}
