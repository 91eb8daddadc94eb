import { useCallback, useState } from 'react';
import type { Clinic, ListedShareCode } from '../api';
import { Button, Card, CopyButton, EmptyState, Pill, Progress, QrCode, useToast, type Tone } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { LabelDialog } from './LabelDialog';
import { NewCodeDialog } from './NewCodeDialog';
import './ShareCodeCard.css';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const SHORT_DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

const STATES: Record<ListedShareCode['state'], { pill: string; tone: Tone }> = {
  active: { pill: 'Active', tone: 'good' },
  expired: { pill: 'Expired', tone: 'neutral' },
  used_up: { pill: 'Used up', tone: 'neutral' },
  disabled: { pill: 'Disabled', tone: 'neutral' },
};

/** The codes with which patients reach the clinic: the one for everybody, and the others; administrators make and disable them. */
export function ShareCodeCard({ clinic }: { clinic: Clinic }) {
  const toast = useToast();
  const [making, setMaking] = useState(false);
  const [naming, setNaming] = useState<ListedShareCode>();
  const [disabling, setDisabling] = useState<ListedShareCode>();
  const { result, reload } = useLoad(
    clinic.id,
    useCallback((session, signal) => session.clinicApi.listShareCodes(clinic.id, { signal }), [clinic.id]),
    isAbout(['members', 'invitations']),
  );
  const codes = result.state === 'ready' ? result.value : [];
  const shown = codes.find((code) => code.shown && code.state === 'active');
  const active = codes.filter((code) => code.state === 'active' && code !== shown);
  const past = codes.filter((code) => code.state !== 'active');
  const list = (some: ListedShareCode[]) => (
    <ul className="entries" role="list">
      {some.map((code) => (
        <OtherCode key={code.code} code={code} onName={clinic.administrator ? setNaming : undefined} onDisable={clinic.administrator ? setDisabling : undefined} />
      ))}
    </ul>
  );
  return (
    <Card
      title="Share code"
      actions={
        clinic.administrator && (
          <Button small icon="plus" onClick={() => setMaking(true)}>
            New code
          </Button>
        )
      }
    >
      {result.state === 'loading' && <Progress label="Loading" />}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && !shown && (
        <EmptyState icon="key" title="No code for everybody">
          {clinic.administrator ? 'Make one, so that patients can reach your clinic.' : 'An administrator of your clinic can make one.'}
        </EmptyState>
      )}
      {shown && (
        <>
          <div className="share-code" data-testid="share-code" aria-label={[...shown.code].join(' ')}>
            {shown.code}
          </div>
          <div className="row">
            <CopyButton text={shown.code} what="code" />
            <CopyButton text={shown.link} what="link" />
            {clinic.administrator && <Manage code={shown} onName={setNaming} onDisable={setDisabling} />}
          </div>
          <div className="muted small">
            {shown.label !== undefined && `${shown.label} · `}
            {describe(shown)}
          </div>
          <ShowQr code={shown} />
          <p className="muted small">Give it to your patients on paper, by phone or in a letter. It vouches for your clinic’s key, so hand it on yourself. It is not a secret: whoever has it can invite you, nothing more.</p>
        </>
      )}
      {active.length > 0 && (
        <div className="stack-tight">
          <h3>Other codes</h3>
          {list(active)}
        </div>
      )}
      {past.length > 0 && (
        <details>
          <summary>Codes that ended ({past.length})</summary>
          {list(past)}
        </details>
      )}
      {making && (
        <NewCodeDialog
          clinicId={clinic.id}
          onClose={() => setMaking(false)}
          onMade={async ({ code }) => {
            setMaking(false);
            toast(`The code ${code} is ready.`);
            await reload();
          }}
        />
      )}
      {naming && (
        <LabelDialog
          clinicId={clinic.id}
          code={naming}
          onClose={() => setNaming(undefined)}
          onNamed={async () => {
            setNaming(undefined);
            await reload();
          }}
        />
      )}
      {disabling && (
        <ConfirmDialog
          title={`Disable ${disabling.code}?`}
          confirm="Disable"
          keep="Keep it"
          danger
          onClose={() => setDisabling(undefined)}
          onConfirm={async () => {
            await run((session) => session.clinicApi.disableShareCode(clinic.id, disabling.code));
            setDisabling(undefined);
            toast(`The code ${disabling.code} is disabled.`);
            await reload();
          }}
        >
          <p>Nobody can invite your clinic with it any more, for good. Invitations that were sent with it stand, and so does what is shared.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}

type Act = (code: ListedShareCode) => void;

function OtherCode({ code, onName, onDisable }: { code: ListedShareCode; onName: Act | undefined; onDisable: Act | undefined }) {
  const { pill, tone } = STATES[code.state];
  return (
    <li className="entry" aria-label={code.label ?? code.code}>
      <div className="entry-text">
        {code.label !== undefined && <span className="entry-name">{code.label}</span>}
        <div className="row">
          <code>{code.code}</code>
          {code.state !== 'active' && <Pill tone={tone}>{pill}</Pill>}
        </div>
        <span className="muted small">{describe(code)}</span>
        {code.state === 'active' && <ShowQr code={code} />}
      </div>
      {code.state === 'active' && (
        <div className="row">
          <CopyButton text={code.code} what="code" />
          <CopyButton text={code.link} what="link" />
          {onName && onDisable && <Manage code={code} onName={onName} onDisable={onDisable} />}
        </div>
      )}
    </li>
  );
}

function Manage({ code, onName, onDisable }: { code: ListedShareCode; onName: Act; onDisable: Act }) {
  return (
    <>
      <Button small look="quiet" icon="edit" onClick={() => onName(code)} aria-label={`Name the code ${code.code}`}>
        Name
      </Button>
      <Button small look="danger-quiet" onClick={() => onDisable(code)} aria-label={`Disable ${code.code}`}>
        Disable
      </Button>
    </>
  );
}

function ShowQr({ code }: { code: ListedShareCode }) {
  return (
    <details>
      <summary>QR code</summary>
      <div className="stack-tight">
        <QrCode text={code.link} label={`The link of the code ${code.code} as a QR code`} />
        <span className="muted small">Patients point their camera at it, sign in, and see your clinic.</span>
      </div>
    </details>
  );
}

function describe({ state, expires, uses, used }: ListedShareCode): string {
  const often = uses === undefined ? `used ${used === 0 ? 'by nobody yet' : `by ${used.toLocaleString()}`}` : `used by ${used.toLocaleString()} of ${uses.toLocaleString()}`;
  return state === 'active' ? `Valid until ${DATE.format(expires)} · ${often}` : `${often.charAt(0).toUpperCase()}${often.slice(1)} · until ${SHORT_DATE.format(expires)}`;
}
