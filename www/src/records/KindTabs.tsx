import { Tabs } from '../design';
import { Link } from '../state/router';
import { listOf, type KindName } from './kinds';

/** The kinds of entries at one place, as links with these texts, in their order. */
export function KindTabs({ place, name, texts }: { place?: string; name: KindName; texts: Record<KindName, string> }) {
  return (
    <Tabs label="Kinds of entries">
      {(Object.entries(texts) as [KindName, string][]).map(([each, text]) => (
        <Link key={each} href={listOf(each, place)} aria-current={each === name ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </Tabs>
  );
}
