import { Select, Tabs } from '../design';
import type { Clinic } from '../api';
import { Link, navigate } from '../state/router';

/** The two halves of a clinic's part of the page. */
export type Part = 'patients' | 'members';

const TABS: readonly (readonly [Part, string])[] = [
  ['patients', 'Patients'],
  ['members', 'Members'],
];

/** Where a half of a clinic is. */
export const addressOf = (clinicId: string, part: Part): string => `/clinics/${encodeURIComponent(clinicId)}${part === 'members' ? '/members' : ''}`;

/** The patients of a clinic, and the people who work there. */
export function ClinicTabs({ clinicId, part }: { clinicId: string; part: Part }) {
  return (
    <Tabs label="Clinic">
      {TABS.map(([each, text]) => (
        <Link key={each} href={addressOf(clinicId, each)} aria-current={each === part ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </Tabs>
  );
}

/** Changes to another of the clinics in which somebody works. */
export function ClinicSwitch({ clinic, clinics, part }: { clinic: Clinic; clinics: Clinic[]; part: Part }) {
  return <Select label="Clinic" name="clinic" value={clinic.id} onChange={(event) => navigate(addressOf(event.target.value, part))} options={clinics.map(({ id, name }) => ({ value: id, text: name }))} />;
}
