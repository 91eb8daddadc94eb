import { useCallback, useEffect } from 'react';
import type { Clinic } from '../api';
import { buttonClass, Card, Notice, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Members } from '../members/Members';
import { MembershipInvitations } from '../members/MembershipInvitations';
import { WaitingForKeys } from '../members/WaitingForKeys';
import { HelpRequests } from '../recovery/HelpRequests';
import { InvitationNotice } from '../shared/InvitationNotice';
import { Screen } from '../shell/Screen';
import { Link, navigate } from '../state/router';
import { useUser, whenLeaving } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { addressOf, ClinicSwitch, ClinicTabs, type Part } from './ClinicTabs';
import { CreateClinic } from './CreateClinic';
import { InvitationList } from './InvitationList';
import { PatientList } from './PatientList';
import { ShareCodeCard } from './ShareCodeCard';
import './ClinicHome.css';

/** The home of a clinic's staff: the clinic named in the address, or else the one they looked at last, or their first. */
export function ClinicHome({ clinicId, part = 'patients' }: { clinicId: string | undefined; part?: Part }) {
  const user = useUser();
  const { result, reload, reloading } = useLoad(
    user.id,
    useCallback((session) => session.clinicApi.listClinics(), []),
    isAbout(['members']),
  );
  // Somebody may have begun to work there only a moment ago.
  const missing = result.state === 'ready' && clinicId !== undefined && !result.value.some(({ id }) => id === clinicId);
  useEffect(() => {
    if (missing) {
      void reload();
    }
  }, [clinicId, missing, reload]);
  if (result.state === 'loading' || (missing && reloading)) {
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
  const wanted = clinicId ?? lastClinic;
  const clinic = result.value.find((each) => each.id === wanted) ?? (clinicId ? undefined : result.value[0]);
  if (!clinic) {
    return clinicId ? (
      <Screen title="Clinic" back={{ href: '/', text: 'Home' }}>
        <MembershipInvitations />
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
  return <ClinicScreen key={clinic.id} clinic={clinic} clinics={result.value} part={part} />;
}

/** Whose part of the page was looked at last, during this visit: “Clinic” leads back to it. */
let lastClinic: string | undefined;
whenLeaving(() => (lastClinic = undefined));

function ClinicScreen({ clinic, clinics, part }: { clinic: Clinic; clinics: Clinic[]; part: Part }) {
  const user = useUser();
  useEffect(() => {
    lastClinic = clinic.id;
  }, [clinic.id]);
  const people = useLoad(
    clinic.id,
    useCallback((session, signal) => session.clinicApi.listMembers(clinic.id, { signal }), [clinic.id]),
    isAbout(['members']),
  );
  const members = people.result.state === 'ready' ? people.result.value : [];
  const own = members.find(({ id }) => id === user.id);
  const waiting = clinic.administrator && part !== 'members' ? members.filter(({ state }) => state === 'waiting') : [];
  return (
    <Screen title={clinic.name} subtitle={clinic.administrator ? 'You are an administrator of this clinic.' : 'You are a member of this clinic.'} actions={clinics.length > 1 && <ClinicSwitch clinic={clinic} clinics={clinics} part={part} />}>
      <ClinicTabs clinicId={clinic.id} part={part} />
      <MembershipInvitations />
      <InvitationNotice />
      {own?.state === 'waiting' && <WaitingForKeys clinicName={clinic.name} members={members} />}
      {own?.state !== 'waiting' && waiting.length > 0 && (
        <Notice
          icon="key"
          title={waiting.length === 1 ? `${waiting[0]?.email} has accepted, and waits for the keys.` : `${waiting.length} colleagues have accepted, and wait for the keys.`}
          actions={
            <Link href={addressOf(clinic.id, 'members')} className={buttonClass('primary', true)}>
              See the members
            </Link>
          }
        />
      )}
      {part === 'members' && <Members clinic={clinic} people={people} />}
      {part === 'patients' && own?.state !== 'waiting' && <ClinicDesk clinic={clinic} />}
    </Screen>
  );
}

function ClinicDesk({ clinic }: { clinic: Clinic }) {
  // Whoever gets the clinic's keys can read these from then on.
  const invitations = useLoad(
    clinic.id,
    useCallback((session) => session.clinicApi.listInvitations(clinic.id), [clinic.id]),
    isAbout(['invitations', 'members']),
  );
  const patients = useLoad(
    clinic.id,
    useCallback((session) => session.clinicApi.listPatients(clinic.id), [clinic.id]),
    isAbout(['access', 'members']),
  );
  const refresh = async () => {
    await Promise.all([invitations.reload(), patients.reload()]);
  };
  const isNew = [invitations.result, patients.result].every((result) => result.state === 'ready' && result.value.length === 0);
  return (
    <>
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
    </>
  );
}

function LoadingCard({ title }: { title: string }) {
  return (
    <Card title={title}>
      <Progress label="Loading" />
    </Card>
  );
}
