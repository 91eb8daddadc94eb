import type { ClinicMember } from '../api';
import { Card, EmptyState } from '../design';
import { Link } from '../state/router';

/** What somebody sees who has accepted to work in a clinic and has not got its keys yet. */
export function WaitingForKeys({ clinicName, members }: { clinicName: string; members: readonly ClinicMember[] }) {
  const administrators = members.filter(({ role, state }) => role === 'admin' && state === 'member').map(({ email }) => email);
  const whom = administrators.length > 0 ? new Intl.ListFormat('en', { type: 'disjunction' }).format(administrators) : 'one of them';
  return (
    <Card>
      <EmptyState icon="key" title="The keys are on their way">
        The administrators of {clinicName} make sure that it is really you, and then lock the clinic’s keys for you. Compare safety numbers with {whom}, in person or by telephone: you find yours under <Link href="/people">People</Link>. This page goes on by itself.
      </EmptyState>
    </Card>
  );
}
