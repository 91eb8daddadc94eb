// What all classes of records have in common, and the one place where they become JSON and come back from it.

/** What is no member: assigning `__proto__` would change the class, and JSON has nothing that could be called. */
const reserved = (name: string) => name === '__proto__' || name === 'toJSON';

/** Some members of a value: what its constructor takes. Where it holds other values, their members do. */
export type Fields<T> = { [Name in Exclude<keyof T, 'toJSON'>]?: Given<T[Name]> | undefined };
type Given<M> = M extends { toJSON(): object } ? Fields<M> : M extends (infer Element)[] ? Given<Element>[] : M;

/** Makes a member what its class promises, of what a caller gave or of what JSON has; undefined if it cannot be made that. */
export type Member = (given: unknown) => unknown;

/** The members of a class that are more than plain JSON. All others, those of newer versions too, are kept as they are. */
export type Shape = Record<string, Member>;

/**
 * A value with named members. Members that are not given are not there, so that two values with the same content are
 * deeply equal. Nothing in this package changes a value that it was given.
 */
export abstract class Value<T> {
  protected static readonly shape: Shape = {};
  /** What is there even where it is not given. */
  protected static readonly always: Record<string, object> = {};

  constructor(fields: Fields<T> = {}) {
    const { shape, always } = new.target;
    const members = this as Record<string, unknown>;
    const put = (given: Record<string, unknown>, name: string) => {
      const member = Object.hasOwn(shape, name) ? shape[name]!(given[name]) : given[name];
      if (member !== undefined && !reserved(name)) members[name] = member;
    };
    for (const name of Object.keys(fields)) put(fields, name);
    for (const name of Object.keys(always)) if (!Object.hasOwn(members, name)) put(always, name);
  }

  /** What `JSON.stringify` makes of it: sets become lists, and bytes base64url text. */
  toJSON(): object {
    return plainly(this);
  }
}

/** Reading; or reading and writing. Whoever may read may share on, for reading. */
export type Rights = 'read' | 'write';

/** Where in a vault something is: health data, notes of clinics, or what only the owner has the key to. */
export type Compartment = 'data' | 'notes' | 'private';

/** What the package says of a record, by what was verified. None of it is part of the content. */
export interface Stored {
  id?: string;
  /** The revision. */
  rev?: string;
  /** When its first revision was made, by its author's clock; epoch milliseconds. */
  created?: number;
  /** When this revision was made. */
  modified?: number;
  /** The data owner who wrote the content. */
  author?: string;
  /** The data owner in whose vault it is. */
  responsible?: string;
  /** The clinic in whose name it was written, if in one's. */
  inNameOf?: string;
  /** Who sealed the content under a new key, if not its author. */
  sealedBy?: string;
  /** One's own rights. */
  rights?: Rights;
  compartment?: Compartment;
}

const storedNames = [
  'id', 'rev', 'created', 'modified', 'author', 'responsible', 'inNameOf', 'sealedBy', 'rights', 'compartment',
] satisfies (keyof Stored)[];

/** A record with a revision, as the platform stores it; the members of `Stored` are set by the package. */
export abstract class StoredRecord<T> extends Value<T> {}
export interface StoredRecord<T> extends Stored {}

/** Makes a record of its members. */
export type Maker<T> = (fields: object) => T;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object of a class; asked for late, since classes hold each other. */
export const one = <T>(type: () => new (fields: object) => T): Member => (given) =>
  given instanceof type() ? given : isObject(given) ? new (type())(given) : undefined;

/** A list. */
export const list = (member: Member): Member => (given) =>
  Array.isArray(given) || given instanceof Set ? [...given].map(member).filter((each) => each !== undefined) : undefined;

/** A set; JSON has a list. */
export const set = (member: Member): Member => {
  const elements = list(member);
  return (given) => {
    const found = elements(given);
    return found && new Set(found as unknown[]);
  };
};

/** An object whose members have names of their own, such as languages. */
export const map = (member: Member): Member => (given) => {
  if (!isObject(given)) return undefined;
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    const value = reserved(name) ? undefined : member((given as Record<string, unknown>)[name]);
    if (value !== undefined) found[name] = value;
  }
  return found;
};

/** Text and numbers, as they are. */
export const plain: Member = (given) => given;

/** Bytes; JSON has base64url text. */
export const bytes: Member = (given) => {
  if (typeof given !== 'string') return given instanceof Uint8Array ? given : undefined;
  try {
    return Uint8Array.from(atob(given.replaceAll('-', '+').replaceAll('_', '/')), (symbol) => symbol.charCodeAt(0));
  } catch {
    return undefined;
  }
};

/** Bytes as text (RFC 4648 §5, without padding). */
export const toBase64url = (value: Uint8Array) =>
  btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** The members of a value as JSON has them; of an empty set there is nothing to say. */
function plainly(value: object): Record<string, unknown> {
  const members: Record<string, unknown> = { ...value };
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member instanceof Set) members[name] = member.size > 0 ? [...member] : undefined;
    else if (member instanceof Uint8Array) members[name] = toBase64url(member);
  }
  return members;
}

/** The JSON text of a record's content: without what the package sets itself. */
export function toJson(record: object): string {
  return JSON.stringify(withoutStored(plainly(record)));
}

/**
 * The record of a JSON text and of what is known of it, or undefined if the text is no JSON object. Others may have
 * written it: whatever its form, it ends in no error, and says nothing of what the package sets.
 */
export function fromJson<T>(make: Maker<T>, stored: Stored, json: string): T | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isObject(fields) ? make(Object.assign(withoutStored(fields), stored)) : undefined;
}

/**
 * Records as the bindings hand them over, three lines for each: id, what is known of it, JSON text. What is no JSON
 * object is no record.
 */
export function fromLines<T>(make: Maker<T>, lines: string[], known: (line: string) => Stored): T[] {
  const records: T[] = [];
  // After the last line feed there is an empty line.
  for (let line = 0; line + 3 < lines.length; line += 3) {
    const record = fromJson(make, { id: lines[line]!, ...known(lines[line + 1]!) }, lines[line + 2]!);
    if (record) records.push(record);
  }
  return records;
}

function withoutStored(fields: Record<string, unknown>): object {
  for (const name of storedNames) delete fields[name];
  return fields;
}
