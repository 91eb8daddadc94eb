import { useCallback, useState } from 'react';
import type { ClinicPatient } from '../api';
import { Record } from '../chart/Record';
import { Button, buttonClass, Card, EmptyState, Progress } from '../design';
import { hasCode, isOutOfReach } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { readPoints } from '../glucose/points';
import type { Point } from '../glucose/reading';
import { EntryPages } from '../records/Entries';
import { KINDS } from '../records/kinds';
import { Screen } from '../shell/Screen';
import { describePermissions } from '../share/permissions';
import { Link } from '../state/router';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { formatBirthDate } from './birthDate';
import { Notes } from './Notes';

/** A patient's record, as her clinic sees it. */
export function PatientScreen({ clinicId, patientId }: { clinicId: string; patientId: string }) {
  const home = `/clinics/${encodeURIComponent(clinicId)}`;
  const [progress, setProgress] = useState({ done: 0, total: 0 });
  const { result, reload, reloading } = useLoad<{ patient: ClinicPatient; points: readonly Point[] } | undefined>(
    `${clinicId}/${patientId}`,
    useCallback(
      async (session, signal, show) => {
        const patient = (await session.clinicApi.listPatients(clinicId)).find((each) => each.id === patientId);
        if (!patient) {
          return undefined;
        }
        const options = { vault: patientId, clinic: clinicId, signal, onProgress: setProgress };
        return { patient, points: await readPoints(session.dataSampleApi, options, (points) => show({ patient, points })) };
      },
      [clinicId, patientId],
    ),
    (event) => isAbout(['access', 'record'], patientId)(event) || (event.kind === 'members' && event.clinicId === clinicId),
  );
  const record = result.state === 'ready' ? result.value : undefined;
  const isPart = result.state === 'ready' && result.more;
  const ended = (result.state === 'ready' && !record) || (result.state === 'failed' && isOutOfReach(result.error));
  // Of a clinic's patients its own people are told, whether or not they share.
  const left = result.state === 'failed' && hasCode(result.error, 'forbidden');
  return (
    <Screen
      title={record?.patient.fullName ?? (ended ? 'Access has ended' : 'Patient')}
      subtitle={record && `${formatBirthDate(record.patient.birthDate)} · ${describePermissions(record.patient.permissions).toLowerCase()}`}
      back={{ href: home, text: 'All patients' }}
      actions={
        record && (
          <Button small icon="refresh" busy={reloading} onClick={() => void reload()}>
            Refresh
          </Button>
        )
      }
    >
      {result.state === 'loading' && (
        <Card>
          <Progress label="Opening and checking the record" done={progress.done} total={progress.total} />
        </Card>
      )}
      {ended && (
        <Card>
          <EmptyState
            icon="lock"
            title={left ? 'You do not belong to this clinic any more' : 'This patient does not share with your clinic any more'}
            actions={
              <Link href={home} className={buttonClass('primary')}>
                All patients
              </Link>
            }
          >
            The record can no longer be opened here. If that is a surprise, ask {left ? 'an administrator of the clinic.' : 'the patient: a new invitation with your share code is all it takes.'}
          </EmptyState>
        </Card>
      )}
      {result.state === 'failed' && !ended && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {record && (record.points.length > 0 ? <Record title="Glucose" points={record.points} loading={isPart ? progress : undefined} /> : <NothingYet />)}
      {record && <EntryPages kind={KINDS.problems} of={{ vault: patientId, clinic: clinicId }} title="Problems" none="None that your clinic can read." />}
      {record && <Notes patientId={patientId} clinic={clinicId} mayWrite={record.patient.permissions.note} />}
    </Screen>
  );
}

function NothingYet() {
  return (
    <Card>
      <EmptyState icon="chart" title="No readings yet">
        Readings appear here as soon as the patient imports them.
      </EmptyState>
    </Card>
  );
}
