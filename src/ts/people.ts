import type { Accepting, DataOwnerKind } from './entity-api.js';
import type { Permissions } from './session.js';
import type { Cancellable } from './watching.js';

/** What a clinic or a person has in common that has, or was offered, access. */
interface AccessBase {
  /** Whether the identity was verified. */
  verified: boolean;
  permissions: Permissions;
  /** Since when the grant stands, epoch milliseconds. */
  since?: number;
  /** Until when the invitation can be accepted, epoch milliseconds. */
  expires?: number;
  /** The key of the invitation, while there is one. */
  key?: string;
}

/** A clinic that has, or was offered, access. */
export interface ClinicAccess extends AccessBase {
  kind: 'clinic';
  clinicId: string;
  clinicName: string;
  state: 'pending' | 'sharing' | 'declined' | 'expired';
}

/**
 * Where the sharing with a person stands. `waitingForIdentity`: nobody with the address has signed up yet;
 * `waitingForGrant`: nobody has verified her identity yet, or she has signed up since. In both cases the owner's client
 * completes the invitation when it is next on line and can.
 */
export type PersonState = 'pending' | 'waitingForIdentity' | 'waitingForGrant' | 'sharing' | 'declined' | 'expired';

/** A person who has, or was offered, access. */
export interface PersonAccess extends AccessBase {
  kind: 'person';
  /** Missing as long as nobody with that address has signed up. */
  personId?: string;
  name?: string;
  /** The address that was invited. */
  email?: string;
  nickname?: string;
  state: PersonState;
  /** The link of the invitation, on the device that sent it, until it has been used. */
  link?: string;
}

/** A clinic or a person who has, or was offered, access. */
export type Access = ClinicAccess | PersonAccess;

/** Whom to invite to what. */
export interface NewPersonInvitation {
  email: string;
  permissions: Permissions;
  /** What the owner calls her; in clear at the platform. */
  nickname?: string;
  /** Until when she may accept, epoch milliseconds; 7 days if nothing is said. */
  expires?: number;
}

/** How to invite. */
export interface InvitingOptions extends Cancellable {
  /** `true`: the key is sealed to the identity that the platform shows, whether it was verified or not. */
  acceptUnverified?: Accepting['acceptUnverified'];
}

/** An invitation that was sent. */
export interface SentInvitation {
  key: string;
  /**
   * A link that shows each side whose identity is the other's. It works once, and only as long as the platform does not see
   * it: hand it over yourself.
   */
  link: string;
  state: PersonState;
}

/** A person who wants to share her record. */
export interface ReceivedInvitation {
  key: string;
  ownerId: string;
  /** The owner's address: the platform's word. */
  email: string;
  name?: string;
  verified: boolean;
  permissions: Permissions;
  /** Epoch milliseconds. */
  created: number;
  expires?: number;
  /** Whether the key to the record is there already. Otherwise the owner's client brings it when it is next on line. */
  granted: boolean;
}

/** A record that somebody shares with this person. */
export interface SharedRecord {
  ownerId: string;
  name?: string;
  verified: boolean;
  permissions: Permissions;
  /** Epoch milliseconds. */
  since: number;
  /** Whether the key to the record is there already. Otherwise the owner's client brings it when it is next on line. */
  granted: boolean;
}

/** That somebody was given access to one's record as a whole, lost it, or may do something else from then on. */
export interface AccessGranted {
  what: 'granted' | 'changed' | 'revoked';
  /** Epoch milliseconds, by the clock of the owner. */
  at: number;
  dataOwnerId: string;
  kind: DataOwnerKind;
  name?: string;
  /** What is allowed from then on; of `revoked`, what was allowed until then. */
  permissions: Permissions;
}

/** That one's record as a whole came into being, got new keys, or went on under a new identity of one's own. */
export interface RecordRenewed {
  what: 'founded' | 'renewed' | 'refounded';
  /** Epoch milliseconds, by the clock of the owner. */
  at: number;
}

/** That somebody else has written into one's record while he had access. */
export interface AccessUsed {
  what: 'written';
  /** When last, epoch milliseconds, by the clock of who wrote. */
  at: number;
  /** When first. */
  since: number;
  /** How often. */
  writes: number;
  by: string;
  /** The clinic in whose name. */
  inNameOf?: string;
}

/** Something that happened to the access to one's record. */
export type Activity = AccessGranted | RecordRenewed | AccessUsed;
