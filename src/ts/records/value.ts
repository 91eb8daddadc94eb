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

/** A record with a revision, as the platform stores it. */
export abstract class StoredRecord<T> extends Value<T> {
  /** Set by the package. */
  declare id?: string;
  /** The revision; set by the package. */
  declare rev?: string;
}

/** A class of records. */
export type RecordClass<T> = new (fields: object) => T;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

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

/** The JSON text of a record, without what the package sets itself. */
export function toJson(record: object): string {
  return JSON.stringify({ ...plainly(record), id: undefined, rev: undefined });
}

/**
 * The record of a JSON text, or undefined if that is no JSON object. Others may have written it: whatever its form, it
 * ends in no error.
 */
export function fromJson<T>(type: RecordClass<T>, id: string, rev: string, json: string): T | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isObject(fields) ? new type(Object.assign(fields, { id, rev })) : undefined;
}
