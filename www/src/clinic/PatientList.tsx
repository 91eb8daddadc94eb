import { useState } from 'react';
import type { ClinicPatient } from '../api';
import { buttonClass, Card, EmptyState, Icon, TextField } from '../design';
import { Link } from '../state/router';
import '../share/AccessList.css';
import { formatBirthDate } from './birthDate';
import { describeProblem } from './problem';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
/** A shorter list is seen at a glance. */
const SEARCHED_FROM = 8;

/** Everybody who shares with the clinic. Names are only known in this browser, so they are also searched here. */
export function PatientList({ clinicId, patients }: { clinicId: string; patients: ClinicPatient[] }) {
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const shown = patients.filter((patient) => patient.fullName.toLowerCase().includes(wanted)).sort((a, b) => a.fullName.localeCompare(b.fullName));
  return (
    <Card title={patients.length > 0 ? `Patients (${patients.length})` : 'Patients'}>
      {patients.length >= SEARCHED_FROM && <TextField label="Search by name" type="search" value={search} onChange={(event) => setSearch(event.target.value)} />}
      {patients.length === 0 ? (
        <EmptyState icon="people" title="No patients yet">
          Give your patients the share code. When you have accepted their invitation, you find them here.
        </EmptyState>
      ) : (
        <ul className="entries" role="list">
          {shown.map((patient) => (
            <li className="entry" key={patient.id}>
              <div className="entry-text">
                <span className="entry-name">{patient.fullName || 'Unknown patient'}</span>
                <span className="muted small">
                  {patient.problem ? describeProblem(patient.problem) : `${formatBirthDate(patient.birthDate)} · shares since ${DATE.format(patient.since)}`}
                </span>
              </div>
              <Link className={buttonClass('secondary', true)} href={`/clinics/${encodeURIComponent(clinicId)}/patients/${encodeURIComponent(patient.id)}`} aria-label={`Open record of ${patient.fullName}`}>
                <Icon name="chart" size={16} /> Open record
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
