import { useCallback } from 'react';
import type { Clinic } from '../api';
import { Card, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { HelpRequests } from '../recovery/HelpRequests';
import { InvitationNotice } from '../shared/InvitationNotice';
import { Screen } from '../shell/Screen';
import { Link, navigate } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { CreateClinic } from './CreateClinic';
import { InvitationList } from './InvitationList';
import { PatientList } from './PatientList';
import { ShareCodeCard } from './ShareCodeCard';
import './ClinicHome.css';

/** The home of a clinic's staff: the clinic named in the address, or else their first. */
export function ClinicHome({ clinicId }: { clinicId: string | undefined }) {
  const user = useUser();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session) => session.clinicApi.listClinics(), []),
    isAbout(['members']),
  );
  if (result.state === 'loading') {
    return (
      <Screen title="Clinic">
        <Card>
          <Progress label="Loading" />
        </Card>
      </Screen>
    );
  }
  if (result.state === 'failed') {
    return (
      <Screen title="Clinic">
        <ErrorNotice error={result.error} onRetry={() => void reload()} />
      </Screen>
    );
  }
  const clinic = clinicId ? result.value.find((each) => each.id === clinicId) : result.value[0];
  if (!clinic) {
    return clinicId ? (
      <Screen title="Clinic" back={{ href: '/', text: 'Home' }}>
        <Card>You do not belong to this clinic, or no longer.</Card>
      </Screen>
    ) : (
      <CreateClinic
        onCreated={(created) => {
          void reload();
          navigate(`/clinics/${encodeURIComponent(created.id)}`, { replace: true });
        }}
      />
    );
  }
  return <ClinicDesk key={clinic.id} clinic={clinic} others={result.value.filter((each) => each.id !== clinic.id)} />;
}

function ClinicDesk({ clinic, others }: { clinic: Clinic; others: Clinic[] }) {
  const invitations = useLoad(
    clinic.id,
    useCallback((session) => session.clinicApi.listInvitations(clinic.id), [clinic.id]),
    isAbout(['invitations']),
  );
  const patients = useLoad(
    clinic.id,
    useCallback((session) => session.clinicApi.listPatients(clinic.id), [clinic.id]),
    isAbout(['access']),
  );
  const refresh = async () => {
    await Promise.all([invitations.reload(), patients.reload()]);
  };
  const isNew = [invitations.result, patients.result].every((result) => result.state === 'ready' && result.value.length === 0);
  return (
    <Screen
      title={clinic.name}
      subtitle={clinic.administrator ? 'You are an administrator of this clinic.' : 'You are a member of this clinic.'}
      actions={others.map((other) => (
        <Link key={other.id} href={`/clinics/${encodeURIComponent(other.id)}`}>
          {other.name}
        </Link>
      ))}
    >
      <InvitationNotice />
      <HelpRequests clinic={clinic.id} />
      <div className={isNew ? 'clinic-columns clinic-columns-new' : 'clinic-columns'}>
        <div className="stack">
          {invitations.result.state === 'ready' && <InvitationList clinicId={clinic.id} invitations={invitations.result.value} refreshing={invitations.reloading} onRefresh={() => void refresh()} onAnswered={refresh} />}
          {invitations.result.state === 'loading' && <LoadingCard title="Invitations" />}
          {invitations.result.state === 'failed' && <ErrorNotice error={invitations.result.error} onRetry={() => void invitations.reload()} />}
          {patients.result.state === 'ready' && <PatientList clinicId={clinic.id} patients={patients.result.value} />}
          {patients.result.state === 'loading' && <LoadingCard title="Patients" />}
          {patients.result.state === 'failed' && <ErrorNotice error={patients.result.error} onRetry={() => void patients.reload()} />}
        </div>
        <ShareCodeCard clinic={clinic} />
      </div>
    </Screen>
  );
}

function LoadingCard({ title }: { title: string }) {
  return (
    <Card title={title}>
      <Progress label="Loading" />
    </Card>
  );
}
