// §10.2, §10.5 and §10.6 of docs/protocol.md: an entity's leaves, the wraps of its delegates, and what follows from them.
import {
  ascending, bstr, check, compare, compartment, digest, id, kind, labelled, list, map, must, number, owner, same, tuple, uint,
} from './notation.mjs';
import { endingsOf, epochAt, lost, ownerAt, standingGrant } from './log.mjs';

// ----------------------------------------------------------------------------------------------------- §10.2 Leaves, §10.5, §10.6

const delegation = map({ 0: owner, 1: kind, 2: digest, 3: number(1, 2) });
const undelegation = map({ 0: owner, 1: digest });
const yes = must((value) => value === true, 'true');

export const leaf = map({ 0: id, 1: uint }, {
  2: digest, 3: tuple(digest, digest), 4: list(delegation, 1), 5: list(undelegation, 1), 6: tuple(uint, digest), 7: yes, 8: yes, 9: compartment,
});
export const delegateWrap = tuple(digest, bstr);

/** The members of a leaf go together (§10.2). */
export function checkLeaf(one) {
  const { 1: sequence, 2: previous, 3: newContent, 4: added = [], 5: revoked = [], 6: wraps, 7: tombstone, 8: keeps, 9: moved } = one;
  const says = newContent !== undefined || added.length > 0 || revoked.length > 0;
  const fits = sequence >= 1 && (previous === undefined) === (sequence === 1)
    && (tombstone ? !says && !wraps && !keeps && moved === undefined : says)
    && (!keeps || newContent) && (moved === undefined || (newContent && !keeps))
    && (sequence > 1 || !(tombstone || keeps || moved !== undefined))
    && ascending(added.map((line) => line[0])) && ascending(revoked.map((line) => line[0]))
    && !added.some((line) => revoked.some((ended) => ended[0] === line[0]));
  check(fits, 'the members of a leaf do not go together');
}

export const introducesKey = (one) => one[3] !== undefined && !one[8];

/** Ends what rests on nothing, again and again (§10.6, 4). */
function withoutRootless(delegations) {
  const kept = delegations.filter((one) => one.basis !== 'delegation' || delegations.some((by) => by.delegate === one.by[1]));
  return kept.length === delegations.length ? kept : withoutRootless(kept);
}

/** The delegations that stand at a log number. */
export function lapse(state, vaultLog, upTo) {
  const ended = (one) => one.basis === 'grant' && endingsOf(vaultLog, one.by[1], one.logNumber).some((ending) => ending.number <= upTo);
  const delegations = state.delegations.filter((one) => !ended(one));
  return delegations.length === state.delegations.length ? state : { ...state, delegations: withoutRootless(delegations), due: true };
}

/** The author's rights, each with its basis, in the order in which they are used (§10.6, 5 and 6). */
function rightsOf(state, area, vaultLog, upTo, capacity, fingerprint, leads) {
  const rights = [];
  if (capacity === vaultLog.statement.owner && same(fingerprint, ownerAt(vaultLog, upTo).fingerprint)) rights.push({ basis: 'owner', rights: 2 });
  const grant = standingGrant(vaultLog, capacity, upTo);
  if (grant && leads(grant.what[2], fingerprint)) {
    const [view, upload, note] = grant.what[4];
    const epoch = state?.epoch ?? epochAt(vaultLog, area, upTo);
    const covers = grant.what[5].some((name) => name[0] === area && name[1] === epoch);
    const creates = !state && !grant.what[5].some((name) => name[0] === area);
    if (((area === 1 && upload) || (area === 2 && note)) && (covers || creates)) rights.push({ basis: 'grant', rights: 2 });
    else if (((area === 1 && view) || (area === 2 && note)) && covers) rights.push({ basis: 'grant', rights: 1 });
  }
  const standing = state?.delegations.find((one) => one.delegate === capacity);
  if (standing && leads(standing.fingerprint, fingerprint)) rights.push({ basis: 'delegation', rights: standing.rights });
  return rights;
}

/**
 * What follows from one more leaf (§10.6; the numbers are its steps). `place` is [type, compartment] after a leaf whose header is not
 * at hand. The texts are those of the page.
 */
export function follow(before, { leaf: one, leafHash: rev, header, place: known }, { vaultLog, body, batchId, leads = same }) {
  const upTo = body[6];
  const chain = [body[1], body[3]?.[0] ?? body[1]];
  const [, capacity] = chain;
  const fingerprint = body[3]?.[1] ?? body[2];
  const place = header ? [header[2], header[3]] : known;
  // 1
  const follows = before ? one[1] === before.sequence + 1 && one[2] && same(one[2], before.rev) : one[1] === 1;
  check(follows, 'an entity whose revisions do not follow one another');
  // 2, 3, 4
  check(!before?.deleted, 'a change of an entity that was deleted');
  check(!before || upTo >= before.logNumber, 'a revision under an older vault log than the one before');
  let state = before && lapse(before, vaultLog, upTo);
  // 5
  const area = state ? state.compartment : place?.[1];
  const rights = area === undefined ? [] : rightsOf(state, area, vaultLog, upTo, capacity, fingerprint, leads);
  const basisFor = (needed) => rights.find((right) => right.rights >= needed)?.basis;
  // 6
  if (!state) {
    check(introducesKey(one) && basisFor(2), 'an entity created by somebody who had no right to');
    state = { type: place[0], compartment: area, epoch: epochAt(vaultLog, area, upTo), keyLog: upTo, delegations: [], due: false, deleted: false };
  }
  state = { ...state, sequence: one[1], rev, logNumber: upTo };
  // 7
  if (one[7]) {
    check(basisFor(2), 'an entity deleted by somebody who had no right to');
    return { ...state, deleted: true };
  }
  // 8
  const mayEnd = (standing) => {
    const basis = basisFor(1);
    return basis && (basis === 'owner' || standing.by[1] === capacity || standing.delegate === capacity);
  };
  let { delegations } = state;
  let ended = false;
  const end = (delegate) => {
    delegations = withoutRootless(delegations.filter((standing) => standing.delegate !== delegate));
    ended = true;
  };
  for (const revoked of one[5] ?? []) {
    const standing = delegations.find(({ delegate }) => delegate === revoked[0]);
    check(standing && leads(standing.fingerprint, revoked[1]), 'a revocation of a delegation that does not stand');
    check(mayEnd(standing), 'a delegation revoked by somebody who did not give it');
    end(revoked[0]);
  }
  // 9
  for (const added of one[4] ?? []) {
    check(added[0] !== vaultLog.statement.owner, 'a delegation to the owner');
    check(added[0] !== capacity, 'a delegation to oneself');
    check(basisFor(1), 'a delegation by somebody who had no access');
    const basis = basisFor(added[3]);
    check(basis, 'a delegation of more rights than its author has');
    const standing = delegations.find(({ delegate }) => delegate === added[0]);
    if (standing && leads(standing.fingerprint, added[2])) check(added[3] > standing.rights, 'a delegation that takes rights away');
    else if (standing) {
      check(mayEnd(standing), "a delegation that replaces somebody else's");
      end(added[0]);
    }
    const line = { delegate: added[0], kind: added[1], fingerprint: added[2], rights: added[3], by: chain, basis, logNumber: upTo };
    delegations = [...delegations.filter(({ delegate }) => delegate !== added[0]), line].sort((a, b) => compare(a.delegate, b.delegate));
  }
  // 10
  const closed = withoutRootless(delegations);
  ended ||= closed.length < delegations.length;
  state.delegations = closed;
  if (one[3]) {
    // 11 and 12: compartment and key log are those before a move.
    if (before) {
      check(basisFor(2), 'a write by somebody who had no right to it');
      ended ||= lost(vaultLog, state.keyLog, upTo, (name) => name[0] === state.compartment);
    }
    if (before && place) {
      const moves = place[1] !== state.compartment;
      const allowed = place[0] === state.type && (!moves || basisFor(2) === 'owner') && one[9] === (moves ? state.compartment : undefined);
      check(allowed, 'an entity that was turned into another kind or moved by somebody else');
      if (moves) state = { ...state, compartment: place[1], epoch: epochAt(vaultLog, place[1], upTo) };
    }
  }
  if (ended) state.due = true;
  if (one[3]) {
    // 13: what is not known is not compared.
    const [newBatch, commitment] = [header?.[4], header?.[7]];
    const fits = (a, b) => a === undefined || b === undefined || same(a, b);
    if (one[8]) {
      check(fits(state.batch, newBatch) && fits(state.commitment, commitment), 'content that says it keeps a key and has another');
      check(!state.due, 'content under a key that somebody who lost access still has');
      state = { ...state, batch: newBatch ?? state.batch, commitment: commitment ?? state.commitment };
    } else {
      const fresh = fits(batchId, newBatch) && !(commitment && state.commitment && same(commitment, state.commitment));
      check(fresh, 'content that says it has a new key and keeps the old one');
      state = { ...state, batch: newBatch, commitment, keySequence: one[1], keyLog: upTo, due: false };
    }
    // The record's author (§10.5).
    const resealed = state.plain && same(state.plain, one[3][1]);
    state = { ...state, plain: one[3][1], contentSequence: one[1], author: resealed ? state.author : body[1], sealedBy: resealed ? body[1] : undefined };
  }
  // 14
  const recipients = introducesKey(one) ? state.delegations.length : (one[4] ?? []).length;
  check((one[6]?.[0] ?? 0) === recipients, 'a co-delegate was left out of a new key');
  return state;
}

/** To whom a leaf's wraps are, in their order (§10.5). */
export const recipientsOf = (one, after) =>
  (introducesKey(one) ? after.delegations.map(({ delegate }) => delegate) : (one[4] ?? []).map((added) => added[0]));

/** What a delegate's wrap is bound to. `reader` is { id, fingerprint, statement }. */
export const delegationInfo = (body, reader, entity, sequence, commitment) => labelled('delegation', [
  body[0], [body[1], body[2], body[3]?.[0] ?? body[1]], [reader.id, reader.fingerprint, reader.statement], entity, sequence, commitment, body[7],
]);
