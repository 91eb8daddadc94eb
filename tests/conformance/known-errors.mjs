// Where Tidepool's documents are wrong about Tidepool's services, and what is right: as read in the services' sources. The
// documents are amended by these lines before anything is compared with them. A line that no longer changes anything, because
// the document was mended, is a failure: it has to go.

const confirmation = { content: { 'application/json': { schema: { $ref: '#/components/schemas/confirmation.v1' } } } };
const confirmations = { content: { 'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/confirmation.v1' } } } } };
const reason = { content: { 'application/json': { schema: { $ref: '#/components/schemas/error.v1' } } } };
const message = { content: { 'application/json': { schema: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } } } } };
const said = { content: { 'application/json': { schema: { $ref: 'confirm#/components/schemas/error.v1' } } } };
const permissions = { type: 'object', properties: Object.fromEntries(['view', 'upload', 'note'].map((name) => [name, { type: 'object' }])) };
const key = { name: 'inviteId', in: 'path', required: true, schema: { $ref: '#/components/schemas/key.v1' } };

/** `[document, JSON pointer, what belongs there, why]`. */
export const knownErrors = [
  // confirm: Tidepool's hydrophone.
  ['confirm', '/paths/~1confirm~1send~1invite~1{userId}~1clinic/post', {
    requestBody: { content: { 'application/json': { schema: {
      type: 'object', required: ['shareCode', 'permissions'], properties: { shareCode: { type: 'string', minLength: 1 }, permissions },
    } } } },
    responses: { 200: confirmation, 400: {}, 401: reason, 403: reason, 404: reason, 409: reason },
  }, 'inviting a clinic is in no document'],
  ['confirm', '/paths/~1v1~1clinics~1{clinicId}~1invites~1patients/get', {
    responses: { 200: confirmations, 401: reason, 403: reason },
  }, 'what hydrophone serves under /v1/clinics is in the clinic service\'s document only, without a schema'],
  ['confirm', '/paths/~1v1~1clinics~1{clinicId}~1invites~1patients~1{inviteId}/delete', {
    parameters: [key], responses: { 200: confirmation, 401: reason, 403: reason },
  }, 'declining and cancelling are in no document'],
  ['confirm', '/paths/~1v1~1clinics~1{clinicId}~1invites~1patients~1{inviteId}/put', {
    requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
    responses: { 200: { content: { 'application/json': { schema: { $ref: 'clinic#/components/schemas/patient.v1' } } } }, 400: reason, 401: reason, 403: reason, 404: reason },
  }, 'accepting has no schema of its answer'],
  ['confirm', '/paths/~1confirm~1resend~1invite~1{inviteId}/patch', {
    parameters: [key], responses: { 200: confirmation, 401: reason, 403: reason },
  }, 'sending an invitation again is in no document'],
  ['confirm', '/paths/~1confirm~1invite~1{userId}/get/responses/404', reason, 'an empty list of what was sent is a 404'],
  ['confirm', '/paths/~1confirm~1invite~1{userId}/get/responses/403', reason, 'a bad token is a 403'],
  ['confirm', '/paths/~1confirm~1invitations~1{userId}/get/responses/404', reason, 'an empty list of what was received is a 404'],
  ['confirm', '/paths/~1confirm~1send~1invite~1{userId}/post/responses/409', reason, 'a second invitation is a 409'],
  ['confirm', '/components/schemas/confirmation.v1/properties/clinicId', { $ref: '#/components/schemas/clinicId.v1' }, 'an invitation of a clinic names the clinic'],
  ['confirm', '/components/schemas/confirmation.v1/properties/context', { type: 'object' }, 'the context is an object, not a text'],
  ['confirm', '/components/schemas/confirmation.v1/properties/email', { type: 'string' }, 'an invitation of a clinic has an empty e-mail address'],
  ['confirm', '/components/schemas/restrictions.v1/nullable', true, 'restrictions are null but for clinicians'],
  ['confirm', '/components/schemas/creatorprofile.v1/nullable', true, 'the creator\'s profile is null where it was not asked for'],
  ['confirm', '/components/schemas/creatorprofile.v1/required', ['fullName'], 'a person who is no patient has no patient\'s profile'],
  ['confirm', '/paths/~1confirm~1accept~1invite~1{userId}~1{invitedBy}/put/responses/401', reason, 'somebody else\'s invitation is a 401'],
  // auth: Tidepool's shoreline.
  ['auth', '/components/schemas/role.v1/enum', ['patient', 'clinic', 'clinician', 'device', 'migrated_clinic', 'custodial_account', 'brokered'], 'accounts have more roles than one'],
  ['auth', '/components/responses/Unauthorized/content/application~1json/schema/allOf/1/properties/reason/enum/4', 'No x-tidepool-session-token was found', 'the header is written otherwise in this reason'],
  // clinic: Tidepool's clinic service. It documents successes only.
  ...[
    ['clinics', 'post', [400, 401]],
    ['clinics', 'get', [401, 403]],
    ['clinics~1share_code~1{shareCode}', 'get', [400, 401, 404]],
    ['clinics~1{clinicId}', 'get', [401, 404]],
    ['clinics~1{clinicId}~1clinicians', 'get', [401, 403]],
    ['clinics~1{clinicId}~1clinicians~1{clinicianId}', 'get', [403, 404]],
    ['clinicians~1{userId}~1clinics', 'get', [403]],
    ['clinics~1{clinicId}~1patients', 'get', [403]],
    ['clinics~1{clinicId}~1patients~1{patientId}', 'get', [403, 404]],
    ['clinics~1{clinicId}~1patients~1{patientId}', 'delete', [403, 404]],
    ['clinics~1{clinicId}~1patients~1{patientId}~1permissions', 'put', [400, 403, 404]],
    ['clinics~1{clinicId}~1patients~1{patientId}~1permissions~1{permission}', 'delete', [403, 404]],
    ['patients~1{userId}~1clinics', 'get', [400, 403]],
  ].flatMap(([path, method, statuses]) => statuses.map((status) => [
    'clinic', `/paths/~1v1~1${path}/${method}/responses/${status}`, message, 'the clinic service says {"message"} of what goes wrong',
  ])),
  ...[
    ['clinics~1{clinicId}~1invites~1clinicians', 'post', [401]],
    ['clinics~1{clinicId}~1invites~1clinicians~1{inviteId}', 'get', [401]],
    ['clinicians~1{userId}~1invites', 'get', [401, 404]],
  ].flatMap(([path, method, statuses]) => statuses.map((status) => [
    'clinic', `/paths/~1v1~1${path}/${method}/responses/${status}`, said, 'hydrophone says {"code", "reason"} of what goes wrong',
  ])),
  ['clinic', '/paths/~1v1~1clinics~1{clinicId}~1invites~1clinicians/post/responses/409', message, 'a second invitation is a 409'],
  ['clinic', '/paths/~1v1~1clinics~1{clinicId}~1clinicians~1{clinicianId}/delete/responses/403', message, 'only admins remove others'],
  ['clinic', '/paths/~1v1~1clinics~1{clinicId}~1clinicians~1{clinicianId}/delete/responses/422', message, 'a clinic keeps an admin'],
  ['clinic', '/components/schemas/siteName.v1/pattern', '^[\\p{L}\\p{N}\\p{P}\\p{S}][\\p{L}\\p{N}\\p{P}\\p{S} ]*$', 'the pattern is of Go, not of JSON Schema'],
  ['clinic', '/paths/~1v1~1clinics~1{clinicId}~1patients~1{patientId}~1permissions/put/responses/204', {}, 'no permission left is a 204'],
];
