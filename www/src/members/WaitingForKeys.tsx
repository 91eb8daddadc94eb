import type { ClinicMember } from '../api';
import { Card, EmptyState } from '../design';
import { Link } from '../state/router';

/** What somebody sees who has accepted to work in a clinic and has not got its keys yet. */
export function WaitingForKeys({ clinicName, members }: { clinicName: string; members: readonly ClinicMember[] }) {
  const administrators = members.filter(({ role, state }) => role === 'admin' && state === 'member').map(({ email }) => email);
  return (
    <Card>
      <EmptyState icon="key" title="The keys are on their way">
        <p>
          An administrator of {clinicName} makes sure that it is really you, and then locks the clinic’s keys for you. Compare safety numbers with them, in person or by telephone: you find yours under <Link href="/people">People</Link>. This page goes on by itself.
        </p>
        {administrators.length > 0 && <p>{new Intl.ListFormat('en', { type: 'disjunction' }).format(administrators)} can do it.</p>}
      </EmptyState>
    </Card>
  );
}
