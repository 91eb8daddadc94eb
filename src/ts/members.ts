import { accepted } from './entity-api.js';
import { translated } from './error.js';
import type { SessionHandle } from './tidelock.js';
import type { Cancellable } from './watching.js';

/** What somebody may do in a clinic: administrators hold its root key and change who works there. */
export type ClinicRole = 'admin' | 'member';

/** Somebody who works in a clinic, or has been invited to. */
export interface ClinicMember {
  /** Once he has accepted. */
  id?: string;
  email: string;
  role: ClinicRole;
  /**
   * `invited`: has not answered. `waiting`: has accepted, and an administrator has to verify the identity and to give the
   * clinic's keys (`completeMembers`); until then reading throws `no_access`. `member`: has the keys.
   */
  state: 'invited' | 'waiting' | 'member';
  /** The key of the invitation, while there is one. */
  invitation?: string;
}

/** An invitation to work in a clinic. */
export interface MembershipInvitation {
  key: string;
  clinicId: string;
  /** As the platform says it. */
  clinicName: string;
  role: ClinicRole;
  /** Epoch milliseconds. */
  created: number;
}

/** What came of giving a clinic's keys to its people: ids. */
export interface CompletedMembers {
  /** Who has the keys now and had not before. */
  added: string[];
  /** Who has left, and has the new keys not. */
  removed: string[];
  /** Whose identities have to be verified first. */
  waiting: string[];
}

/** Whose identities are accepted unverified in one call. */
export interface CompletingMembers extends Cancellable {
  acceptUnverified?: readonly string[] | true | undefined;
}

/** The people of clinics. */
export class ClinicMembers {
  readonly #handle: SessionHandle;

  /** @internal */
  constructor(handle: SessionHandle) {
    this.#handle = handle;
  }

  /** Invites somebody by e-mail to work in a clinic; gives the key of the invitation. */
  async inviteMember(clinicId: string, email: string, role: ClinicRole, { signal }: Cancellable = {}): Promise<string> {
    return translated(() => this.#handle.inviteMember(clinicId, email, role, signal)) as Promise<string>;
  }

  /** Takes an invitation back that has not been answered. */
  async cancelMemberInvitation(clinicId: string, key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.memberInvitation(clinicId, key, false, signal));
  }

  /** Sends the mail of an invitation once more. */
  async resendMemberInvitation(clinicId: string, key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.memberInvitation(clinicId, key, true, signal));
  }

  /** The people of a clinic, and those who have been invited. */
  async listMembers(clinicId: string, { signal }: Cancellable = {}): Promise<ClinicMember[]> {
    return translated(() => this.#handle.listMembers(clinicId, signal)) as Promise<ClinicMember[]>;
  }

  /** The invitations of a clinic that have not been answered. */
  async listMemberInvitations(clinicId: string, cancellable: Cancellable = {}): Promise<ClinicMember[]> {
    return (await this.listMembers(clinicId, cancellable)).filter(({ state }) => state === 'invited');
  }

  /** The invitations of clinics to oneself. */
  async listMembershipInvitations({ signal }: Cancellable = {}): Promise<MembershipInvitation[]> {
    const listed = (await translated(() => this.#handle.listMembershipInvitations(signal))) as (Omit<MembershipInvitation, 'created'> & {
      created: string;
    })[];
    return listed.map((invitation) => ({ ...invitation, created: Date.parse(invitation.created) }));
  }

  /** Accepts to work in a clinic. The clinic's keys come from an administrator, once he has verified one's identity. */
  async acceptMembership(key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.answerMembership(key, true, signal));
  }

  /** Declines to work in a clinic. */
  async declineMembership(key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.answerMembership(key, false, signal));
  }

  /**
   * Gives the clinic's keys to those who have accepted and whose identities are verified, or named in `acceptUnverified`; and
   * new ones to those who remain when somebody has left. For those who are verified, `listClinics` does it, too.
   */
  async completeMembers(clinicId: string, { acceptUnverified, signal }: CompletingMembers = {}): Promise<CompletedMembers> {
    return translated(() => this.#handle.completeMembers(clinicId, accepted(acceptUnverified), signal)) as Promise<CompletedMembers>;
  }

  /** Makes a member an administrator, or an administrator a member. */
  async changeRole(clinicId: string, memberId: string, role: ClinicRole, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.changeRole(clinicId, memberId, role, signal));
  }

  /** Ends somebody's membership. Whatever he has kept, what is written from then on he cannot open. */
  async removeMember(clinicId: string, memberId: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.removeMember(clinicId, memberId, signal));
  }

  /** Leaves a clinic. Those who remain get new keys when an administrator's client is next on line. */
  async leaveClinic(clinicId: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.removeMember(clinicId, undefined, signal));
  }
}
