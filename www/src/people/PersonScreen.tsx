import { Tabs } from '../design';
import { EntryPages } from '../records/Entries';
import { KINDS, type KindName } from '../records/kinds';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { callOf, useContacts } from './contacts';

const TABS: readonly [KindName, string][] = [
  ['problems', 'Problems'],
  ['samples', 'Samples'],
  ['people', 'Details'],
];

/** What one can read of somebody's record, because she shares it as a whole or automatically. */
export function PersonScreen({ id, name }: { id: string; name: KindName }) {
  const contacts = useContacts();
  const address = `/people/${encodeURIComponent(id)}`;
  return (
    <Screen title={callOf(contacts, id)} subtitle="What they share with you without giving each entry." back={{ href: '/people', text: 'People' }} narrow>
      <Tabs label="Kinds of entries">
        {TABS.map(([each, text]) => (
          <Link key={each} href={each === 'problems' ? address : `${address}/${each}`} aria-current={each === name ? 'page' : undefined}>
            {text}
          </Link>
        ))}
      </Tabs>
      <EntryPages key={name} kind={KINDS[name]} of={{ vault: id }} title="Shared automatically" none="Nothing of this kind. What they have given you one by one is under “Entries”." />
    </Screen>
  );
}
