import type { ClinicMember } from '../api';
import { Button, Dialog } from '../design';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run } from '../state/session';

interface Properties {
  clinicId: string;
  clinicName: string;
  member: ClinicMember;
  name: string;
  onClose: () => void;
  onEnded: (text: string) => Promise<void>;
}

/** Asks before an invitation to work in a clinic is taken back. */
export function CancelDialog({ clinicId, member, name, onClose, onEnded }: Properties) {
  return (
    <ConfirmDialog
      title={`Cancel the invitation of ${name}?`}
      confirm="Cancel invitation"
      keep="Keep it"
      onClose={onClose}
      onConfirm={async () => {
        await run((session) => session.clinicApi.cancelMemberInvitation(clinicId, member.invitation ?? ''));
        await onEnded('The invitation is cancelled.');
      }}
    >
      <p>It can then no longer be accepted. You can invite them again at any time.</p>
    </ConfirmDialog>
  );
}

/** Asks before somebody stops working in a clinic. */
export function RemoveDialog({ clinicId, clinicName, member, name, onClose, onEnded }: Properties) {
  return (
    <ConfirmDialog
      title={`Remove ${name} from ${clinicName}?`}
      confirm="Remove"
      keep="Keep them"
      danger
      onClose={onClose}
      onConfirm={async () => {
        await run((session) => session.clinicApi.removeMember(clinicId, member.id ?? ''));
        await onEnded(`${name} does not work here any more.`);
      }}
    >
      <p>{member.state === 'waiting' ? `${name} has never had the clinic’s keys, and has read nothing.` : `${name} can no longer open anything that patients share with ${clinicName}. The clinic gets a new key at once, and those who stay get it by themselves; patients have nothing to do.`}</p>
      {member.state === 'member' && (
        <p>
          <strong>What they have already read, printed or saved stays with them.</strong> Nothing can take that back.
        </p>
      )}
    </ConfirmDialog>
  );
}

/** Asks before the person herself stops working in a clinic. */
export function LeaveDialog({ clinicId, clinicName, member, onClose, onEnded }: Omit<Properties, 'name'>) {
  return (
    <ConfirmDialog
      title={`Leave ${clinicName}?`}
      confirm="Leave"
      keep="Stay"
      danger
      onClose={onClose}
      onConfirm={async () => {
        await run((session) => session.clinicApi.leaveClinic(clinicId));
        await onEnded(`You do not work at ${clinicName} any more.`);
      }}
    >
      <p>
        You can then no longer open what patients share with {clinicName}, and an administrator would have to invite you again.
        {member.state === 'member' && ' Those who stay get a new key as soon as one of its administrators is on line.'}
      </p>
      <p>What patients share with you yourself, and not with the clinic, stays.</p>
    </ConfirmDialog>
  );
}

/** Says why somebody cannot go, or be a member only: nobody could let anybody in any more. */
export function LastAdministratorDialog({ own, name, onClose }: { own: boolean; name: string; onClose: () => void }) {
  return (
    <Dialog
      title={own ? 'You are the only administrator' : `${name} is the only administrator`}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          Understood
        </Button>
      }
    >
      <p>A clinic needs one who has its keys: without, nobody could let anybody in or remove anybody, and patients could not be sure any more whose key it is.</p>
      <p>
        <strong>Make a colleague an administrator first.</strong> Somebody who is invited, or still waits for the keys, is not enough.
      </p>
    </Dialog>
  );
}
