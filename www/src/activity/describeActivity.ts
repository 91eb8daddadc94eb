import type { Activity } from '../api';
import type { IconName } from '../design';
import { describePermissions } from '../share/permissions';

/** Something that happened, in words: what, and what came of it. */
export interface Description {
  icon: IconName;
  title: string;
  detail: string;
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** What happened to the access to one's record. `callOf` gives a name, or nothing where none is known. */
export function describeActivity(activity: Activity, callOf: (id: string) => string | undefined): Description {
  switch (activity.what) {
    case 'founded':
      return { icon: 'lock', title: 'Your record began', detail: 'Nobody but you could read it.' };
    case 'renewed':
      return { icon: 'key', title: 'Your record got a new key', detail: 'What is added from then on is locked with it.' };
    case 'refounded':
      return { icon: 'key', title: 'You went on with new keys of your own', detail: 'With the old ones, every access ended.' };
    case 'granted':
    case 'changed':
    case 'revoked': {
      const name = callOf(activity.dataOwnerId) ?? activity.name ?? (activity.kind === 'clinic' ? 'a clinic' : 'somebody');
      const may = describePermissions(activity.permissions);
      if (activity.what === 'granted') {
        return { icon: 'share', title: `You gave ${name} access`, detail: may };
      }
      return activity.what === 'changed' ? { icon: 'edit', title: `You changed what ${name} may do`, detail: `${may} from then on` } : { icon: 'minus', title: `The access of ${name} ended`, detail: `${may.replace('May', 'Could')} until then` };
    }
    default: {
      const clinic = activity.inNameOf === undefined ? undefined : (callOf(activity.inNameOf) ?? 'a clinic');
      const person = callOf(activity.by) ?? 'Somebody';
      const often = activity.writes === 1 ? 'Once' : `${activity.writes.toLocaleString()} times since ${DATE.format(activity.since)}`;
      return { icon: 'note', title: `${clinic === undefined ? person : `${person} at ${clinic}`} wrote in your record`, detail: often };
    }
  }
}
