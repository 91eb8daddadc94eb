import { groupsOf } from './symbols';
import './RecoveryCode.css';

/** A code as it was typed, in groups, with the symbol that is wrong marked. The message beside it says the same in words. */
export function MarkedCode({ code, position }: { code: string; position: number }) {
  const [group, place] = [Math.floor((position - 1) / 4), (position - 1) % 4];
  return (
    <ol className="recovery-code marked-code" aria-hidden="true" data-testid="marked-code">
      {groupsOf(code).map((symbols, index) => (
        <li key={index}>
          {index === group ? (
            <>
              {symbols.slice(0, place)}
              <mark>{symbols[place]}</mark>
              {symbols.slice(place + 1)}
            </>
          ) : (
            symbols
          )}
        </li>
      ))}
    </ol>
  );
}
