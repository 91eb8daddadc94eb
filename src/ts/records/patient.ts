import { Attachment } from './attachment.js';
import { code, coded, uncoded, type CodingReference } from './coding-reference.js';
import { Address, Identifier, PersonName } from './person.js';
import { bytes, list, one, plain, set, StoredRecord } from './value.js';

/** Who lives with the patient, or is related. */
export interface Partnership {
  type?: string;
  status?: string;
  partnerId?: string;
}

/** A practitioner of the patient's. */
export interface PatientHealthCareParty {
  type?: string;
  healthcarePartyId?: string;
  referralPeriods?: { startDate?: number; endDate?: number; comment?: string }[];
}

/** Who a patient is. All of it is encrypted. */
export class Patient extends StoredRecord<Patient> {
  protected static override readonly shape = {
    ...coded,
    names: list(one(() => PersonName)),
    addresses: list(one(() => Address)),
    identifiers: list(one(() => Identifier)),
    attachments: list(one(() => Attachment)),
    patientProfessions: list(code),
    mergedIds: set(plain),
    picture: bytes,
  };
  protected static override readonly always = uncoded;

  declare identifiers?: Identifier[];
  /** Files, as `attachmentApi.upload` gives them. */
  declare attachments?: Attachment[];
  declare labels: Set<CodingReference>;
  declare codes: Set<CodingReference>;
  declare firstName?: string;
  declare lastName?: string;
  declare names?: PersonName[];
  declare companyName?: string;
  declare languages?: string[];
  declare addresses?: Address[];
  declare civility?: string;
  declare gender?: string;
  declare birthSex?: string;
  declare mergeToPatientId?: string;
  declare mergedIds?: Set<string>;
  declare alias?: string;
  declare active?: boolean;
  declare deactivationReason?: string;
  declare ssin?: string;
  declare maidenName?: string;
  declare spouseName?: string;
  declare partnerName?: string;
  declare personalStatus?: string;
  /** A number `YYYYMMDD` in iCure; `YYYY-MM-DD` in the record that signing up makes; kept as given. */
  declare dateOfBirth?: number | string;
  declare dateOfDeath?: number | string;
  declare placeOfBirth?: string;
  declare placeOfDeath?: string;
  declare deceased?: boolean;
  declare education?: string;
  declare profession?: string;
  declare note?: string;
  declare administrativeNote?: string;
  declare nationality?: string;
  declare race?: string;
  declare ethnicity?: string;
  declare picture?: Uint8Array;
  declare externalId?: string;
  declare partnerships?: Partnership[];
  declare patientHealthCareParties?: PatientHealthCareParty[];
  declare patientProfessions?: CodingReference[];
  declare parameters?: Record<string, string[]>;
  declare properties?: object[];
  declare endOfLife?: number;
}
