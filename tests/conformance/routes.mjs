// Every route of Tidepool's that this platform has, called at least once, in the order of a story: a line each.
//
// `[operation, who, {…}]`: the operation as Tidepool's documents write it, its parameters taken from what is known by then; who
// calls it, or nobody; `body`; `status`, where it is not 200; `learn`, what of the answer is known from then on; `known`, what is
// put in its place for this line; `differs`, in what the answer is on purpose not what the documents say. A line whose route
// the platform does not have is skipped.

import { signUpKey } from './mail.mjs';

const PASSWORD = 'correct-horse-battery-staple';
const account = (name) => ({ username: `${name}@example.org`, emails: [`${name}@example.org`], password: PASSWORD, roles: ['patient'] });
const ALL = { view: {}, note: {}, upload: {} };
const invitation = ({ shareCode }) => ({ shareCode, permissions: ALL });
const learnInvitation = ({ key }) => ({ inviteId: key, key });
const learnCode = ({ id, shareCode }) => ({ clinicId: id, shareCode });
const CLINIC = {
  name: 'Harbour Clinic', address: '123 Milly Mole Lane', city: 'Palo Alto', state: 'CA', postalCode: '94301', country: 'US',
  clinicType: 'provider_practice', clinicSize: '0-249', website: 'https://harbour.example', preferredBgUnits: 'mg/dL',
  phoneNumbers: [{ type: 'Office', number: '(888) 555-5555' }], timezone: 'America/Los_Angeles',
};
const PROFILE = { fullName: 'James Jellyfish', patient: { birthday: '1984-08-24', diagnosisDate: '2001-01-01', isOtherPerson: false } };

const PERSON = { email: 'dora@example.org', permissions: { view: {} } };
const MEMBER = { email: 'stranger@example.org', roles: ['CLINIC_MEMBER'] };
const learnMembership = ({ inviteId }) => ({ inviteId });
const keyOf = ({ key }) => ({ key });
const toDora = ({ dora, james }) => ({ userId: dora, invitedBy: james });
/** Where the documents are wrong about a person's removal: the body is empty, and so is the answer. */
const REMOVED = [
  'request must NOT have fewer than 1 properties',
  ...Array.from({ length: 5 }, () => 'answer must be object'),
  'answer must match a schema in anyOf',
  'answer must be object',
];
/** And about an invitation to a clinic's staff: its context is an object, and it has no profile. */
const MEMBERSHIP = ['answer/creator/profile must be object', 'answer/context must be string'];
const ofStranger = ({ stranger }) => ({ userId: stranger, clinicianId: stranger });

export const routes = [
  // Accounts: `learn` gives their ids; the session is whose name is in the body.
  ['POST /auth/user', undefined, { body: account('james'), status: 201, learn: ({ userid }) => ({ james: userid, userId: userid, patientId: userid, sharerId: userid }) }],
  ['POST /auth/user', undefined, { body: account('dora'), status: 201, learn: ({ userid }) => ({ dora: userid, clinicianId: userid }) }],
  ['POST /auth/user', undefined, { body: account('stranger'), status: 201, learn: ({ userid }) => ({ stranger: userid }) }],
  ['POST /auth/user', undefined, { body: account('james'), status: 409 }],
  ['POST /auth/user', undefined, { body: { username: 'nobody' }, status: 400 }],
  ['POST /auth/login', undefined, { basic: `james@example.org:${PASSWORD}` }],
  ['POST /auth/login', undefined, { basic: 'james@example.org:another-password', status: 401 }],
  ['POST /auth/login', undefined, { status: 400 }],
  ['GET /auth/login', 'james'],
  ['GET /auth/login', 'forged', { status: 401 }],
  ['GET /auth/user', 'james'],
  ['GET /auth/user', undefined, { status: 401 }],
  ['GET /auth/user/{userId}', 'james'],
  ['GET /auth/user/{userId}', 'stranger', { status: 401 }],
  ['PUT /metadata/{userId}/profile', 'james', { body: PROFILE }],
  ['POST /metadata/{userId}/profile', 'james', { body: PROFILE }],
  ['GET /metadata/{userId}/profile', 'james'],

  // Clinics.
  ['POST /v1/clinics', 'dora', { body: CLINIC, learn: learnCode }],
  ['POST /v1/clinics', 'dora', { body: {}, status: 400 }],
  ['POST /v1/clinics', 'forged', { body: CLINIC, status: 401 }],
  ['GET /v1/clinics', 'dora', { status: 403 }],
  // Only who was given the code, or helps to run the clinic, is told it.
  ['GET /v1/clinics/{clinicId}', 'dora'],
  ['GET /v1/clinics/{clinicId}', 'james', { differs: ["answer must have required property 'shareCode'"] }],
  ['GET /v1/clinics/{clinicId}', 'james', { known: { clinicId: '0'.repeat(24) }, status: 404 }],
  ['GET /v1/clinics/{clinicId}/clinicians', 'dora'],
  ['GET /v1/clinics/{clinicId}/clinicians', 'james', { status: 403 }],
  ['GET /v1/clinics/{clinicId}/clinicians/{clinicianId}', 'dora'],
  ['GET /v1/clinics/{clinicId}/clinicians/{clinicianId}', 'dora', { known: { clinicianId: '0123456789' }, status: 404 }],
  ['GET /v1/clinicians/{userId}/clinics', 'dora', { known: ({ dora }) => ({ userId: dora }) }],
  ['GET /v1/clinicians/{userId}/clinics', 'stranger', { status: 403 }],
  ['GET /v1/clinics/share_code/{shareCode}', 'james'],
  ['GET /v1/clinics/share_code/{shareCode}', undefined, { status: 400 }],
  ['GET /v1/clinics/share_code/{shareCode}', 'forged', { status: 401 }],
  ['GET /v1/clinics/share_code/{shareCode}', 'james', { known: { shareCode: 'AAAA-AAAA-AAAA' }, status: 404 }],

  // A patient invites a clinic, which accepts.
  ['GET /confirm/invite/{userId}', 'james', { status: 404 }],
  ['GET /v1/clinics/{clinicId}/invites/patients', 'dora'],
  ['POST /confirm/send/invite/{userId}/clinic', undefined, { body: invitation, status: 401 }],
  ['POST /confirm/send/invite/{userId}/clinic', 'forged', { body: invitation, status: 403 }],
  ['POST /confirm/send/invite/{userId}/clinic', 'james', { body: { shareCode: 'AAAA-AAAA-AAAA', permissions: ALL }, status: 404 }],
  ['POST /confirm/send/invite/{userId}/clinic', 'james', { body: {}, status: 400 }],
  ['POST /confirm/send/invite/{userId}/clinic', 'james', { body: invitation, learn: learnInvitation }],
  ['POST /confirm/send/invite/{userId}/clinic', 'james', { body: invitation, status: 409 }],
  ['GET /confirm/invite/{userId}', 'james'],
  ['GET /confirm/invite/{userId}', 'stranger', { status: 401 }],
  ['GET /confirm/invite/{userId}', 'forged', { status: 403 }],
  ['GET /v1/clinics/{clinicId}/invites/patients', 'dora'],
  ['GET /v1/clinics/{clinicId}/invites/patients', 'stranger', { status: 401 }],
  ['DELETE /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'stranger', { status: 401 }],
  ['DELETE /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'dora'],
  ['DELETE /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'james'],
  ['DELETE /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'james', { status: 403 }],
  ['POST /confirm/send/invite/{userId}/clinic', 'james', { body: invitation, learn: learnInvitation }],
  ['PUT /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'stranger', { body: {}, status: 401 }],
  ['PUT /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'dora', { body: {}, known: { inviteId: 'A'.repeat(32) }, status: 404 }],
  ['PUT /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'dora', { body: { mrn: '12345', fullName: 'James Jellyfish', birthDate: '1984-08-24' } }],
  ['PUT /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'dora', { body: {}, status: 403 }],

  // What is shared.
  ['GET /v1/patients/{userId}/clinics', 'james'],
  ['GET /v1/patients/{userId}/clinics', 'stranger', { status: 403 }],
  ['GET /v1/clinics/{clinicId}/patients', 'dora'],
  ['GET /v1/clinics/{clinicId}/patients', 'stranger', { status: 403 }],
  ['GET /v1/clinics/{clinicId}/patients/{patientId}', 'dora'],
  ['GET /v1/clinics/{clinicId}/patients/{patientId}', 'dora', { known: ({ stranger }) => ({ patientId: stranger }), status: 404 }],
  ['PUT /v1/clinics/{clinicId}/patients/{patientId}', 'dora', { body: { fullName: 'James Jellyfish', birthDate: '1984-08-24', mrn: '54321' } }],
  ['PUT /v1/clinics/{clinicId}/patients/{patientId}/permissions', 'james', { body: { view: {}, upload: {} } }],
  ['PUT /v1/clinics/{clinicId}/patients/{patientId}/permissions', 'dora', { body: ALL, status: 403 }],
  ['DELETE /v1/clinics/{clinicId}/patients/{patientId}/permissions/{permission}', 'james', { known: { permission: 'upload' }, status: 204 }],
  ['DELETE /v1/clinics/{clinicId}/patients/{patientId}/permissions/{permission}', 'james', { known: { permission: 'upload' }, status: 404 }],
  ['PUT /v1/clinics/{clinicId}/patients/{patientId}/permissions', 'james', { body: {}, status: 204 }],
  ['PUT /v1/clinics/{clinicId}/patients/{patientId}/permissions', 'james', { body: ALL, status: 404 }],
  ['POST /confirm/send/invite/{userId}/clinic', 'james', { body: invitation, learn: learnInvitation }],
  ['PUT /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'dora', { body: {} }],
  ['DELETE /v1/clinics/{clinicId}/patients/{patientId}', 'stranger', { status: 403 }],
  ['DELETE /v1/clinics/{clinicId}/patients/{patientId}', 'dora', { status: 204 }],
  ['DELETE /v1/clinics/{clinicId}/patients/{patientId}', 'dora', { status: 404 }],
  // Whose name is sealed has none that the platform knows.
  ['POST /confirm/send/invite/{userId}/clinic', 'stranger', { known: ({ stranger }) => ({ userId: stranger }), body: invitation, learn: learnInvitation }],
  ['PUT /v1/clinics/{clinicId}/invites/patients/{inviteId}', 'dora', {
    body: {}, differs: ['answer/fullName must NOT have fewer than 1 characters', 'answer/birthDate must match format "date"'],
  }],

  // A patient invites a person, who has confirmed her address.
  ['POST /confirm/send/signup/{userId}', 'james'],
  ['POST /confirm/resend/signup/{email}', undefined, { known: { email: 'james@example.org' } }],
  ['PUT /confirm/accept/signup/{key}', undefined, { known: async (_, platform) => ({ key: await signUpKey(platform, 'dora@example.org') }) }],
  ['GET /confirm/invitations/{userId}', 'dora', { known: toDora, status: 404 }],
  ['POST /confirm/send/invite/{userId}', undefined, { body: PERSON, status: 401 }],
  ['POST /confirm/send/invite/{userId}', 'stranger', { body: PERSON, status: 401 }],
  ['POST /confirm/send/invite/{userId}', 'james', { body: {}, status: 400 }],
  ['POST /confirm/send/invite/{userId}', 'james', { body: PERSON, learn: learnInvitation }],
  ['POST /confirm/send/invite/{userId}', 'james', { body: PERSON, status: 409 }],
  ['GET /confirm/invitations/{userId}', 'dora', { known: toDora }],
  ['GET /confirm/invitations/{userId}', 'stranger', { status: 401 }],
  ['PATCH /confirm/resend/invite/{inviteId}', 'james'],
  ['PATCH /confirm/resend/invite/{inviteId}', 'dora', { status: 403 }],
  ['PUT /confirm/dismiss/invite/{userId}/{invitedBy}', 'dora', { known: toDora, body: keyOf }],
  ['POST /confirm/send/invite/{userId}', 'james', { body: PERSON, learn: learnInvitation }],
  ['PUT /confirm/{userId}/invited/{email}', 'james', { known: { email: 'dora@example.org' } }],
  ['POST /confirm/send/invite/{userId}', 'james', { body: PERSON, learn: learnInvitation }],
  ['PUT /confirm/accept/invite/{userId}/{invitedBy}', 'stranger', { known: toDora, body: keyOf, status: 401 }],
  ['PUT /confirm/accept/invite/{userId}/{invitedBy}', 'dora', { known: toDora, body: { key: 'A'.repeat(32) }, status: 404 }],
  ['PUT /confirm/accept/invite/{userId}/{invitedBy}', 'dora', { known: toDora, body: keyOf, differs: ['answer is no JSON: OK'] }],
  ['PUT /confirm/accept/invite/{userId}/{invitedBy}', 'dora', { known: toDora, body: keyOf, status: 403 }],
  ['GET /access/{sharerId}', 'james'],
  ['GET /access/{sharerId}', 'stranger', { status: 401 }],
  ['GET /access/groups/{userId}', 'dora', { known: toDora }],
  ['GET /access/{sharerId}/{userId}', 'dora', { known: toDora }],
  ['POST /access/{sharerId}/{userId}', 'james', { known: toDora, body: { view: {}, upload: {} } }],
  ['GET /metadata/users/{userId}/users', 'james'],
  ['POST /access/{sharerId}/{userId}', 'james', { known: toDora, body: {}, differs: REMOVED }],
  ['GET /access/{sharerId}/{userId}', 'james', { known: toDora, status: 404 }],

  // A clinic invites somebody who helps to run it.
  ['POST /v1/clinics/{clinicId}/invites/clinicians', 'james', { body: MEMBER, status: 401 }],
  ['POST /v1/clinics/{clinicId}/invites/clinicians', 'dora', { body: MEMBER, learn: learnMembership }],
  ['POST /v1/clinics/{clinicId}/invites/clinicians', 'dora', { body: MEMBER, status: 409 }],
  ['GET /v1/clinics/{clinicId}/invites/clinicians/{inviteId}', 'dora', { differs: MEMBERSHIP }],
  ['PATCH /v1/clinics/{clinicId}/invites/clinicians/{inviteId}', 'dora', { differs: MEMBERSHIP }],
  ['GET /v1/clinicians/{userId}/invites', 'stranger', { known: ofStranger }],
  ['GET /v1/clinicians/{userId}/invites', 'stranger', { status: 401 }],
  ['PUT /v1/clinicians/{userId}/invites/{inviteId}', 'stranger', { known: ofStranger, status: 403, differs: ['status 403 is in no document'] }],
  ['PUT /confirm/accept/signup/{key}', undefined, { known: async (_, platform) => ({ key: await signUpKey(platform, 'stranger@example.org') }) }],
  ['PUT /v1/clinicians/{userId}/invites/{inviteId}', 'stranger', { known: ofStranger }],
  ['GET /v1/clinicians/{userId}/invites', 'stranger', { known: ofStranger, status: 404 }],
  ['PUT /v1/clinics/{clinicId}/clinicians/{clinicianId}', 'dora', { known: ofStranger, body: MEMBER }],
  ['DELETE /v1/clinics/{clinicId}/clinicians/{clinicianId}', 'stranger', { status: 403 }],
  ['DELETE /v1/clinics/{clinicId}/clinicians/{clinicianId}', 'dora', { status: 422 }],
  ['DELETE /v1/clinics/{clinicId}/clinicians/{clinicianId}', 'dora', { known: ofStranger }],
  ['POST /v1/clinics/{clinicId}/invites/clinicians', 'dora', { body: MEMBER, learn: learnMembership }],
  ['DELETE /v1/clinicians/{userId}/invites/{inviteId}', 'stranger', { known: ofStranger, differs: ['answer is no JSON: OK'] }],
  ['POST /v1/clinics/{clinicId}/invites/clinicians', 'dora', { body: MEMBER, learn: learnMembership }],
  ['DELETE /v1/clinics/{clinicId}/invites/clinicians/{inviteId}', 'dora', { differs: ['answer is no JSON: OK'] }],

  // What a clinic asks for, and what it wants to hear of.
  ['PUT /v1/clinics/{clinicId}/settings/mrn', 'dora', { body: { required: false, unique: false } }],
  ['GET /v1/clinics/{clinicId}/settings/mrn', 'dora'],
  ['POST /v1/clinics/{clinicId}/suppressed_notifications', 'dora', { body: { suppressedNotifications: { patientClinicInvitation: true } } }],

  ['POST /auth/logout', 'stranger'],
];

/** Routes of Tidepool's that are in none of the documents at hand: the service of profiles has one of its own. */
export const undocumented = ['GET /metadata/{}/profile', 'PUT /metadata/{}/profile', 'POST /metadata/{}/profile', 'GET /metadata/users/{}/users'];
