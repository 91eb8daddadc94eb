import { useEffect, useRef, useState, type ChangeEvent } from 'react';
import type { Attachment } from '../api';
import { Button, Card, Icon, Progress, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import '../share/AccessList.css';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { actor, type Entry, type Kind } from './kinds';
import { nameOfFile, save, showSize } from './files';

interface Properties {
  kind: Kind;
  entry: Entry;
  clinic: string | undefined;
  onChanged: () => Promise<void>;
}

/** A file on its way to the platform or back. */
interface Transfer {
  label: string;
  done: number;
  total: number;
}

/** An upload that was broken off or has failed, with what it goes on from. */
interface Unfinished {
  file: File;
  resume: string | undefined;
}

/** The files of an entry: adding one, saving it to the device, removing it. */
export function Files({ kind, entry, clinic, onChanged }: Properties) {
  const toast = useToast();
  const [transfer, setTransfer] = useState<Transfer>();
  const [unfinished, setUnfinished] = useState<Unfinished>();
  const [removing, setRemoving] = useState<Attachment>();
  const stop = useRef<AbortController>(undefined);
  const chosen = useRef<HTMLInputElement>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const id = entry.id ?? '';
  const mayChange = entry.rights === 'write';
  const files = entry.attachments ?? [];

  /** Does something with a file that takes time, shows how far it is, and ends it when it is cancelled. */
  const moving = async <T,>(label: string, total: number, work: (options: { signal: AbortSignal; onProgress: (report: { done: number }) => void }) => Promise<T>): Promise<T> => {
    const controller = new AbortController();
    stop.current = controller;
    setTransfer({ label, done: 0, total });
    try {
      return await work({ signal: controller.signal, onProgress: ({ done }) => setTransfer({ label, done, total }) });
    } finally {
      setTransfer(undefined);
    }
  };
  const upload = useAction(async ({ file, resume: before }: Unfinished) => {
    let resume = before;
    setUnfinished(undefined);
    try {
      const about = { name: file.name, mediaType: file.type || undefined };
      const attachment = await moving(`Encrypting and sending ${file.name}`, file.size, (options) =>
        run((session) => actor(session, clinic).attachmentApi.upload(entry, file, { ...about, ...options, resume, onResumable: (given) => (resume = given) })),
      );
      const add = (read: Entry) => void (read.attachments = [...(read.attachments ?? []), attachment]);
      await run((session) => kind.api(session, clinic).update(id, add));
      toast(`${file.name} was added.`);
    } catch (error) {
      setUnfinished({ file, resume });
      throw error;
    }
    await onChanged();
  });
  const download = useAction(async (attachment: Attachment) => {
    const blob = await moving(`Fetching and decrypting ${nameOfFile(attachment)}`, attachment.size ?? 0, (options) =>
      run((session) => actor(session, clinic).attachmentApi.downloadBlob(attachment, options)),
    );
    save(blob, nameOfFile(attachment));
  });
  const busy = upload.busy || download.busy;
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = '';
    if (file) {
      upload.act({ file, resume: undefined });
    }
  };
  if (files.length === 0 && !mayChange) {
    return null;
  }
  return (
    <Card
      title="Files"
      actions={
        mayChange && (
          <>
            <input ref={chosen} className="visually-hidden" type="file" name="file" tabIndex={-1} aria-label="File to add" disabled={busy} onChange={choose} />
            <Button small icon="upload" disabled={busy} onClick={() => chosen.current?.click()}>
              Add a file
            </Button>
          </>
        )
      }
    >
      {files.length === 0 ? (
        <p className="muted small">Letters, pictures, reports. Each is encrypted in this browser before it is sent, and whoever can read this entry can read them.</p>
      ) : (
        <ul className="entries" role="list" data-testid="files">
          {files.map((file) => (
            <li className="entry" key={file.id}>
              <div className="entry-text">
                <span className="entry-name">
                  <Icon name="note" size={16} /> {nameOfFile(file)}
                </span>
                <span className="muted small">{showSize(file.size)}</span>
              </div>
              <div className="row">
                <Button small disabled={busy} onClick={() => download.act(file)} aria-label={`Save ${nameOfFile(file)}`}>
                  Save
                </Button>
                {mayChange && (
                  <Button small look="danger-quiet" disabled={busy} onClick={() => setRemoving(file)} aria-label={`Remove ${nameOfFile(file)}`}>
                    Remove
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {transfer && (
        <>
          <Progress label={transfer.label} done={transfer.done} total={transfer.total} detail={`${showSize(transfer.done)} of ${showSize(transfer.total)}`} />
          <div className="row">
            <Button small onClick={() => stop.current?.abort()}>
              Cancel
            </Button>
          </div>
        </>
      )}
      {upload.error !== undefined && <ErrorNotice error={upload.error} />}
      {unfinished && !busy && (
        <div className="row">
          <Button small look="primary" icon="refresh" onClick={() => upload.act(unfinished)}>
            Go on with {unfinished.file.name}
          </Button>
          <Button
            small
            onClick={() => {
              setUnfinished(undefined);
              upload.clear();
            }}
          >
            Give up
          </Button>
        </div>
      )}
      {download.error !== undefined && <ErrorNotice error={download.error} />}
      {removing && (
        <ConfirmDialog
          title={`Remove “${nameOfFile(removing)}”?`}
          confirm="Remove"
          keep="Keep it"
          danger
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            const others = (read: Entry) => void (read.attachments = (read.attachments ?? []).filter((file) => file.id !== removing.id));
            await run((session) => kind.api(session, clinic).update(id, others));
            await run((session) => actor(session, clinic).attachmentApi.delete(removing));
            setRemoving(undefined);
            toast('Removed.');
            await onChanged();
          }}
        >
          <p>It is erased for everybody who has access, and nobody can bring it back.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
