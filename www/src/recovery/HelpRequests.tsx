import { useCallback } from 'react';
import { buttonClass, Notice } from '../design';
import { callOf, useContacts } from '../people/contacts';
import { Link } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';

/** Those who lost their keys and could be helped, by the person or in the name of a clinic; nothing where there is nobody. */
export function HelpRequests({ clinic }: { clinic?: string }) {
  const user = useUser();
  const contacts = useContacts();
  const { result } = useLoad(
    `${user.id}/${clinic ?? ''}`,
    useCallback((session, signal) => session.recoveryApi.listRequests({ clinic, signal }), [clinic]),
    isAbout(['access']),
  );
  if (result.state !== 'ready') {
    return null;
  }
  return result.value.map(({ dataOwnerId, name }) => {
    const called = callOf(contacts, dataOwnerId, name);
    return (
      <Notice
        key={dataOwnerId}
        tone="warning"
        icon="key"
        title={`${called} has lost the keys.`}
        actions={
          <Link href={`/help/${encodeURIComponent(dataOwnerId)}${clinic === undefined ? '' : `/${encodeURIComponent(clinic)}`}`} className={buttonClass('primary', true)}>
            Help {called}
          </Link>
        }
      >
        {clinic === undefined ? 'You' : 'Your clinic'} can give back what was shared.
      </Notice>
    );
  });
}
