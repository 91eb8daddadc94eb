import { QrCode } from '../design';
import { useUser } from '../state/session';
import { halves } from './digits';
import './SafetyNumber.css';

/** The twelve groups, in the order that both sides see, and whose key they come from; beside them the same for a camera. */
export function SafetyNumber({ digits, qr, ownerId, name }: { digits: string; qr: string; ownerId: string; name: string }) {
  const user = useUser();
  const { mine, theirs } = halves(digits, user.id, ownerId);
  const parts = [
    { of: 'From your key', groups: mine, first: user.id < ownerId },
    { of: `From the key of ${name}`, groups: theirs, first: ownerId < user.id },
  ].sort((a, b) => Number(b.first) - Number(a.first));
  return (
    <div className="safety-number" data-testid="safety-number">
      <div className="safety-number-parts">
        {parts.map(({ of, groups }) => (
          <div key={of}>
            <div className="muted small">{of}</div>
            <ol aria-label={of}>
              {groups.map((group, index) => (
                <li key={index}>{group}</li>
              ))}
            </ol>
          </div>
        ))}
      </div>
      <QrCode text={qr} label={`The safety number with ${name} as a QR code`} />
    </div>
  );
}
