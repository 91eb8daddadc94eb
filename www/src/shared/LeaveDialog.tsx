import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run } from '../state/session';

/** Asks before one gives up what somebody else shares. */
export function LeaveDialog({ ownerId, name, onClose, onLeft }: { ownerId: string; name: string; onClose: () => void; onLeft: () => Promise<void> }) {
  return (
    <ConfirmDialog
      title={`Give up the record of ${name}?`}
      confirm="Give it up"
      keep="Keep it"
      danger
      onClose={onClose}
      onConfirm={async () => {
        await run((session) => session.sharingApi.leave(ownerId));
        await onLeft();
      }}
    >
      <p>You can then no longer read it. {name} would have to invite you again.</p>
    </ConfirmDialog>
  );
}
