import { EntryPages } from '../records/Entries';
import { KINDS, type KindName } from '../records/kinds';
import { KindTabs } from '../records/KindTabs';
import { Screen } from '../shell/Screen';
import { callOf, useContacts } from './contacts';

const TABS: Record<KindName, string> = { problems: 'Problems', samples: 'Samples', people: 'Details' };

/** What one can read of somebody's record, because she shares it as a whole or automatically. */
export function PersonScreen({ id, name }: { id: string; name: KindName }) {
  const contacts = useContacts();
  return (
    <Screen title={callOf(contacts, id)} subtitle="What they share with you without giving each entry." back={{ href: '/people', text: 'People' }} narrow>
      <KindTabs place={`/people/${encodeURIComponent(id)}`} name={name} texts={TABS} />
      <EntryPages key={name} kind={KINDS[name]} of={{ vault: id }} title="Shared automatically" none="Nothing of this kind. What they have given you one by one is under “Entries”." />
    </Screen>
  );
}
