/**
 * A stand-in for the package `tidelock` while the page is developed: the same types, no cryptography, everything in `localStorage`.
 * It is never part of the built page.
 */
export type ErrorCode =
  | 'invalid_share_code' | 'invalid_recovery_code' | 'share_code_not_found' | 'clinic_not_verified' | 'clinic_stale' | 'not_verified'
  | 'identity_changed' | 'recovery_needed' | 'not_authenticated' | 'forbidden' | 'no_access' | 'tampered' | 'conflict' | 'not_found'
  | 'expired' | 'rate_limited' | 'network' | 'timeout' | 'aborted' | 'unsupported' | 'invalid_input' | 'too_large' | 'internal';

export class TidelockError extends Error {
  constructor(readonly code: ErrorCode, message: string, readonly details: Record<string, unknown> = {}, readonly retryable = false) {
    super(message);
  }
}

export interface CodingReference { id?: string; type?: string; code?: string; version?: string }
export interface DataSample {
  id?: string;
  openingDate?: number;
  labels?: Set<CodingReference>;
  content?: Record<string, { measureValue?: { value?: number; unit?: string } }>;
  comment?: string;
  origin?: { source: string; time: number };
}
export interface Permissions { view: boolean; upload: boolean; note: boolean }
export interface ClinicCard { id: string; name: string; address?: string; verified: boolean; fingerprint: string; expires: number; code: string }
export interface Access { clinicId: string; clinicName: string; state: 'pending' | 'sharing' | 'declined' | 'expired'; since: number; expires?: number; permissions: Permissions; key?: string }
export interface Clinic { id: string; name: string; address?: string; city?: string; country?: string }
export interface PendingInvitation { key: string; patientId: string; fullName: string; birthDate?: string; created: number; expires: number; permissions: Permissions }
export interface ClinicPatient { id: string; fullName: string; birthDate?: string; permissions: Permissions; since: number }
export interface ProgressReport { done: number; total: number }
export interface Options { onProgress?: (progress: ProgressReport) => void; signal?: AbortSignal }
export type UserKind = 'patient' | 'practitioner';
export interface User { id: string; email: string; kind: UserKind; fullName: string }

interface Stored { users: (User & { password: string; birthDate?: string; code: string; confirmed?: boolean })[]; clinics: (Clinic & { owner: string; code: string; expires: number })[]; access: (Access & { patientId: string })[]; samples: Record<string, [number, number, string][]> }

const load = (): Stored => JSON.parse(localStorage.getItem('fake') ?? '{"users":[],"clinics":[],"access":[],"samples":{}}') as Stored;
const save = (s: Stored) => localStorage.setItem('fake', JSON.stringify(s));
const pause = (ms = 250) => new Promise((r) => setTimeout(r, ms));
const fail = (code: ErrorCode, details = {}, retryable = false): never => { throw new TidelockError(code, code, details, retryable); };
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const draw = (n: number) => Array.from({ length: n }, () => ALPHABET[Math.floor(Math.random() * 32)]).join('').match(/.{4}/g)!.join('-');

export function checkShareCode(text: string): string {
  const symbols = [...text.toUpperCase().replace(/[\s\p{Pd}]/gu, '')];
  symbols.forEach((found, index) => {
    if (!ALPHABET.includes(found)) fail('invalid_share_code', { position: index + 1, found, suggestions: ({ O: ['Q', 'D'], 0: ['Q', 'D'], I: ['L', 'J'], 1: ['L', 'T'] } as Record<string, string[]>)[found] ?? [] });
  });
  if (symbols.length !== 12) fail('invalid_share_code', { length: symbols.length });
  return symbols.join('').match(/.{4}/g)!.join('-');
}

export class Session {
  constructor(readonly user: User) {}
  async recoveryCode() { const u = load().users.find((x) => x.id === this.user.id); return u?.confirmed ? undefined : u?.code; }
  async confirmRecoveryCode(_: string) { const s = load(); s.users.find((x) => x.id === this.user.id)!.confirmed = true; save(s); }
  async signOut() { sessionStorage.removeItem('fake-session'); }
  readonly dataSampleApi = {
    createDataSamples: async (samples: DataSample[], { onProgress, signal }: Options = {}) => {
      for (let done = 0; done < samples.length; done += 100) {
        await pause(60);
        if (signal?.aborted) fail('aborted');
        if (sessionStorage.getItem('fake-expire')) { sessionStorage.removeItem('fake-expire'); fail('not_authenticated'); }
        onProgress?.({ done, total: samples.length });
      }
      const s = load();
      const kept = new Map((s.samples[this.user.id] ?? []).map((r) => [r[0], r]));
      const before = kept.size;
      for (const x of samples) { const m = x.content?.['en']?.measureValue; kept.set(x.openingDate!, [x.openingDate!, m!.value!, m!.unit!]); }
      s.samples[this.user.id] = [...kept.values()];
      save(s);
      return { created: kept.size - before, alreadyThere: samples.length - (kept.size - before) };
    },
    listDataSamples: async ({ vault, onProgress }: Options & { vault?: string; clinic?: string } = {}): Promise<DataSample[]> => {
      await pause();
      const s = load();
      if (vault && !s.access.some((a) => a.patientId === vault && a.state === 'sharing')) fail('not_found');
      const all = s.samples[vault ?? this.user.id] ?? [];
      onProgress?.({ done: all.length, total: all.length });
      return all.map(([openingDate, value, unit]) => ({ openingDate, labels: new Set(), content: { en: { measureValue: { value, unit } } } }));
    },
  };
  readonly sharingApi = {
    lookUpShareCode: async (code: string, _: { signal?: AbortSignal } = {}): Promise<ClinicCard> => {
      await pause(500);
      const c = load().clinics.find((x) => x.code === checkShareCode(code)) ?? fail('share_code_not_found');
      return { id: c.id, name: c.name, address: [c.address, c.city, c.country].filter(Boolean).join(', '), verified: true, fingerprint: 'b4f0c2a9917e5d3380aa41c6e2f75b1d9c08e6347fa2b5d1406e8c93d7f21a65', expires: c.expires, code };
    },
    inviteClinic: async (card: ClinicCard, permissions: Permissions) => {
      await pause();
      const s = load();
      s.access.push({ patientId: this.user.id, clinicId: card.id, clinicName: card.name, state: 'pending', since: Date.now(), expires: Date.now() + 7 * 864e5, permissions, key: draw(12) });
      save(s);
    },
    listAccess: async (): Promise<Access[]> => { await pause(); return load().access.filter((a) => a.patientId === this.user.id); },
    cancelInvitation: async (key: string) => { await pause(); const s = load(); s.access = s.access.filter((a) => a.key !== key); save(s); },
    revoke: async (clinicId: string) => { await pause(); const s = load(); s.access = s.access.filter((a) => !(a.patientId === this.user.id && a.clinicId === clinicId)); save(s); },
  };
  readonly clinicApi = {
    createClinic: async (fields: { name: string; address?: string; city?: string; country?: string }): Promise<Clinic> => {
      await pause(800);
      const s = load();
      const c = { ...fields, id: Math.random().toString(16).slice(2), owner: this.user.id, code: draw(12), expires: Date.now() + 90 * 864e5 };
      s.clinics.push(c);
      save(s);
      return c;
    },
    listClinics: async (): Promise<Clinic[]> => { await pause(); return load().clinics.filter((c) => c.owner === this.user.id); },
    getShareCode: async (id: string) => { await pause(); const c = load().clinics.find((x) => x.id === id)!; return { code: c.code, expires: c.expires }; },
    listInvitations: async (id: string): Promise<PendingInvitation[]> => {
      await pause();
      const s = load();
      return s.access.filter((a) => a.clinicId === id && a.state === 'pending').map((a) => { const u = s.users.find((x) => x.id === a.patientId)!; return { key: a.key!, patientId: u.id, fullName: u.fullName, birthDate: u.birthDate, created: a.since, expires: a.expires!, permissions: a.permissions }; });
    },
    accept: async (_: string, key: string) => { await pause(); const s = load(); s.access.find((a) => a.key === key)!.state = 'sharing'; save(s); },
    decline: async (_: string, key: string) => { await pause(); const s = load(); s.access.find((a) => a.key === key)!.state = 'declined'; save(s); },
    listPatients: async (id: string): Promise<ClinicPatient[]> => {
      await pause();
      const s = load();
      return s.access.filter((a) => a.clinicId === id && a.state === 'sharing').map((a) => { const u = s.users.find((x) => x.id === a.patientId)!; return { id: u.id, fullName: u.fullName, birthDate: u.birthDate, permissions: a.permissions, since: a.since }; });
    },
  };
}

const enter = ({ id, email, kind, fullName }: User) => { sessionStorage.setItem('fake-session', id); localStorage.setItem(`fake-keys-${id}`, '1'); return new Session({ id, email, kind, fullName }); };

export const init = () => pause(50);
export async function signUp(o: { url: string; email: string; password: string; fullName: string; kind: UserKind; birthDate?: string; signal?: AbortSignal }) {
  await pause(900);
  const s = load();
  if (s.users.some((u) => u.email === o.email)) fail('conflict');
  const user = { id: Math.random().toString(16).slice(2), email: o.email, kind: o.kind, fullName: o.fullName, password: o.password, birthDate: o.birthDate, code: draw(28) };
  s.users.push(user);
  save(s);
  return { session: enter(user), recoveryCode: user.code };
}
export async function signIn(o: { url: string; email: string; password: string }) {
  await pause();
  const u = load().users.find((x) => x.email === o.email && x.password === o.password) ?? fail('not_authenticated');
  if (!localStorage.getItem(`fake-keys-${u.id}`)) fail('recovery_needed');
  return enter(u);
}
export async function recover(o: { url: string; email: string; password: string; recoveryCode: string }) {
  await pause(700);
  const u = load().users.find((x) => x.email === o.email)!;
  if (u.code.replaceAll('-', '') !== o.recoveryCode.toUpperCase().replace(/[^A-Z0-9]/g, '')) fail('invalid_recovery_code');
  return enter(u);
}
export async function resume(_: { url: string }) {
  await pause(50);
  const u = load().users.find((x) => x.id === sessionStorage.getItem('fake-session'));
  return u && enter(u);
}
