import { useEffect, type ReactNode } from 'react';
import type { UserKind } from './api';
import { ActivityScreen } from './activity/ActivityScreen';
import { RecoveryCode } from './auth/RecoveryCode';
import { SessionExpired } from './auth/SessionExpired';
import { SignIn } from './auth/SignIn';
import { SignUp } from './auth/SignUp';
import { VerifyScreen } from './auth/VerifyScreen';
import { ClinicHome } from './clinic/ClinicHome';
import { InvitationScreen } from './clinic/InvitationScreen';
import { PatientScreen } from './clinic/PatientScreen';
import { Button, buttonClass, Card, EmptyState, Progress } from './design';
import { ErrorNotice } from './errors/ErrorNotice';
import { ImportScreen } from './import/ImportScreen';
import { MyRecord } from './patient/MyRecord';
import { PeopleScreen } from './people/PeopleScreen';
import { PersonScreen } from './people/PersonScreen';
import { isKind, type KindName } from './records/kinds';
import { EditRecord, NewRecord } from './records/RecordForm';
import { RecordList } from './records/RecordList';
import { RecordScreen } from './records/RecordScreen';
import { GiveBackScreen } from './recovery/GiveBackScreen';
import { RecoveryScreen } from './recovery/RecoveryScreen';
import { UnlessWaiting } from './recovery/UnlessWaiting';
import { ShareScreen } from './share/ShareScreen';
import { ReceivedInvitationScreen } from './shared/ReceivedInvitationScreen';
import { SharedRecordScreen } from './shared/SharedRecordScreen';
import { SharedScreen } from './shared/SharedScreen';
import { Header } from './shell/Header';
import { OtherAccount } from './shell/OtherAccount';
import { Screen } from './shell/Screen';
import { Link, match, navigate, nextPath, usePath, withNext } from './state/router';
import { useSession } from './state/session';

export function App() {
  return (
    <>
      <Header />
      <Content />
      <footer className="footer">Encrypted in your browser. The server stores what it cannot read.</footer>
      <SessionExpired />
    </>
  );
}

function Content() {
  const { state, confirm } = useSession();
  const path = usePath();
  switch (state.status) {
    case 'starting':
      return (
        <main className="page page-narrow" id="main">
          <Card>
            <Progress label="Starting" />
          </Card>
        </main>
      );
    case 'broken':
      return (
        <Screen title="The page could not start" narrow>
          <ErrorNotice error={state.error} />
          <Button look="primary" icon="refresh" onClick={() => location.reload()}>
            Load the page again
          </Button>
        </Screen>
      );
    case 'signed-out':
      if (path === '/signup') {
        return <SignUp />;
      }
      return path === '/signin' ? <SignIn /> : <Redirect to={withNext('/signin', path + location.hash)} />;
    case 'signed-in':
      if (path === '/signin' || path === '/signup') {
        return <Redirect to={nextPath()} />;
      }
      if (state.unconfirmedCode) {
        return <RecoveryCode code={state.unconfirmedCode} onConfirmed={confirm} />;
      }
      return (
        <UnlessWaiting key={state.session.user.id} path={path}>
          <Place kind={state.session.user.kind} path={path} />
        </UnlessWaiting>
      );
  }
}

/** The screen of an address. */
function Place({ kind, path }: { kind: UserKind; path: string }): ReactNode {
  const received = match('/invitations/received/{key}', path);
  if (received || path === '/invitation') {
    return <ReceivedInvitationScreen invitationKey={received?.[0]} />;
  }
  const verification = match('/verify/{key}', path)?.[0];
  if (verification !== undefined) {
    return <VerifyScreen verification={verification} />;
  }
  if (path === '/shared') {
    return <SharedScreen />;
  }
  const owner = match('/shared/{owner}', path)?.[0];
  if (owner !== undefined) {
    return <SharedRecordScreen key={owner} ownerId={owner} />;
  }
  const invitation = match('/invitations/{clinic}/{key}', path);
  if (invitation) {
    const [clinicId = '', key = ''] = invitation;
    return <InvitationScreen clinicId={clinicId} invitationKey={key} />;
  }
  if (path === '/people') {
    return <PeopleScreen />;
  }
  if (path === '/recover') {
    return <RecoveryScreen />;
  }
  const help = match('/help/{owner}', path) ?? match('/help/{owner}/{clinic}', path);
  if (help?.[0]) {
    return <GiveBackScreen key={help[0]} ownerId={help[0]} clinic={help[1]} />;
  }
  const person = match('/people/{id}', path) ?? match('/people/{id}/{kind}', path);
  if (person?.[0] && isKind(person[1] ?? 'problems')) {
    return <PersonScreen key={person[0]} id={person[0]} name={(person[1] ?? 'problems') as KindName} />;
  }
  const entries = entriesAt(path);
  if (entries) {
    return entries;
  }
  if (kind === 'patient') {
    switch (path) {
      case '/':
        return <MyRecord />;
      case '/import':
      case '/import/sample':
        return <ImportScreen sample={path === '/import/sample'} />;
      case '/share':
        return <ShareScreen />;
      case '/share/activity':
        return <ActivityScreen />;
    }
  } else if (path === '/share') {
    return (
      <OtherAccount screen="Share code" icon="person" title="This link is for patients">
        With it a patient shares her own record. You are signed in as somebody at a clinic.
      </OtherAccount>
    );
  } else {
    const patient = match('/clinics/{clinic}/patients/{patient}', path);
    if (patient) {
      const [clinicId = '', patientId = ''] = patient;
      return <PatientScreen clinicId={clinicId} patientId={patientId} />;
    }
    const people = match('/clinics/{clinic}/members', path);
    if (people) {
      return <ClinicHome clinicId={people[0]} part="members" />;
    }
    const clinic = match('/clinics/{clinic}', path);
    if (clinic || path === '/') {
      return <ClinicHome clinicId={clinic?.[0]} />;
    }
  }
  return (
    <Screen title="There is no such page" narrow>
      <Card>
        <EmptyState
          icon="info"
          title="Nothing is here"
          actions={
            <Link href="/" className={buttonClass('primary')}>
              Home
            </Link>
          }
        >
          The address may be mistyped, or meant for another kind of account.
        </EmptyState>
      </Card>
    </Screen>
  );
}

/** The screens of single entries, in the person's own name or in that of a clinic. */
function entriesAt(path: string): ReactNode {
  const ofClinic = /^\/clinics\/([^/]+)(\/records\/.*)$/.exec(path);
  const clinic = ofClinic?.[1] === undefined ? undefined : decodeURIComponent(ofClinic[1]);
  const [name = 'problems', id, action] = match('/records', path) ?? match('/records/{kind}', path) ?? match('/records/{kind}/{id}', ofClinic?.[2] ?? path) ?? match('/records/{kind}/{id}/{action}', ofClinic?.[2] ?? path) ?? ['none'];
  if (!isKind(name)) {
    return undefined;
  }
  if (id === undefined) {
    return <RecordList key={name} name={name} />;
  }
  if (action !== undefined) {
    return action === 'edit' ? <EditRecord key={id} name={name} id={id} clinic={clinic} /> : undefined;
  }
  return id === 'new' && !clinic ? <NewRecord key={name} name={name} /> : <RecordScreen key={id} name={name} id={id} clinic={clinic} />;
}

function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}
