import { useCallback, useState } from 'react';
import type { Activity } from '../api';
import { Button, Card, Icon, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useContacts } from '../people/contacts';
import '../records/Records.css';
import '../share/AccessList.css';
import { SharingTabs } from '../share/SharingTabs';
import { Screen } from '../shell/Screen';
import { isAbout } from '../state/live';
import { useUser } from '../state/session';
import { useLoad } from '../state/useLoad';
import './ActivityScreen.css';
import { describeActivity } from './describeActivity';

/** How much is shown at first, and more at a time. */
const PAGE = 25;

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Who was given access to the record, used it and lost it. */
export function ActivityScreen() {
  const user = useUser();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session, signal) => session.sharingApi.listActivity({ signal }), []),
    isAbout(['access', 'record'], user.id),
  );
  return (
    <Screen title="Sharing" subtitle="Who was given access to your record, wrote in it, and lost access." narrow>
      <SharingTabs />
      <Card title="Activity">
        {result.state === 'loading' && <Progress label="Checking the signatures" />}
        {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
        {result.state === 'ready' && <Activities activities={result.value.toReversed()} />}
      </Card>
      <p className="muted small">From your own signed log, and from what others signed when they wrote; the server cannot change it unseen. That somebody has read leaves no trace. What happened to a single entry is with that entry.</p>
    </Screen>
  );
}

function Activities({ activities }: { activities: Activity[] }) {
  const { names } = useContacts();
  const [shown, setShown] = useState(PAGE);
  // Whose access has ended is called as the log of then calls them, where nothing else is known.
  const signed = new Map(activities.flatMap((one) => ('dataOwnerId' in one && one.name !== undefined ? [[one.dataOwnerId, one.name] as const] : [])));
  const callOf = (id: string) => names.get(id) ?? signed.get(id);
  return (
    <>
      {activities.every(({ what }) => what === 'founded') && <p className="muted">You have not shared your record yet. What happens when you do is written down here.</p>}
      <ol className="activities" role="list" data-testid="activities">
        {activities.slice(0, shown).map((activity, index) => {
          const { icon, title, detail } = describeActivity(activity, callOf);
          return (
            <li key={activities.length - index} className="activity">
              <span className="record-link-icon">
                <Icon name={icon} />
              </span>
              <div className="entry-text">
                <span className="entry-name">{title}</span>
                <span className="muted small">{detail}</span>
              </div>
              <time className="muted small activity-time" dateTime={new Date(activity.at).toISOString()}>
                {MOMENT.format(activity.at)}
              </time>
            </li>
          );
        })}
      </ol>
      {activities.length > shown && (
        <div className="row">
          <Button small onClick={() => setShown(shown + PAGE)}>
            Show more
          </Button>
          <span className="muted small">
            {shown} of {activities.length.toLocaleString()}
          </span>
        </div>
      )}
    </>
  );
}
