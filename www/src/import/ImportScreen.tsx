import { useCallback, useEffect, useState } from 'react';
import { Button, Card, Notice } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { Screen } from '../shell/Screen';
import { navigate } from '../state/router';
import { Attribution } from './Attribution';
import { FileError, readText } from './file';
import { FilePicker } from './FilePicker';
import { startImport, useJob } from './job';
import { JobStatus } from './JobStatus';
import { parseTable, type Table } from './parse';
import { Preview } from './Preview';
import { fetchSample, SAMPLE } from './sample';
import './ImportScreen.css';

type Stage = { stage: 'choose'; error?: unknown } | { stage: 'reading' } | { stage: 'preview'; name: string; table: Table };

/** From a file to encrypted records: choose, look, import. */
export function ImportScreen({ sample }: { sample: boolean }) {
  const [stage, setStage] = useState<Stage>({ stage: 'choose' });
  const [leftOut, setLeftOut] = useState(0);
  const job = useJob();

  const read = useCallback(async (name: string, file: () => Promise<Blob>) => {
    setStage({ stage: 'reading' });
    try {
      setStage({ stage: 'preview', name, table: parseTable(await readText(await file())) });
    } catch (error) {
      setStage({ stage: 'choose', error });
    }
  }, []);

  useEffect(() => {
    if (sample) {
      void read(SAMPLE.name, fetchSample);
    }
  }, [sample, read]);

  const back = () => {
    setStage({ stage: 'choose' });
    if (sample) {
      navigate('/import', { replace: true });
    }
  };

  return (
    <Screen title="Import readings" back={{ href: '/', text: 'My record' }} narrow>
      {job.state !== 'none' ? (
        <JobStatus job={job} leftOut={leftOut} />
      ) : stage.stage === 'preview' ? (
        <>
          <Preview
            name={stage.name}
            table={stage.table}
            onBack={back}
            onImport={(readings, skipped) => {
              setLeftOut(skipped);
              back();
              startImport(readings);
            }}
          />
          {sample && <Attribution />}
        </>
      ) : (
        <>
          <Card>
            {stage.stage === 'choose' && stage.error !== undefined && <FileProblem error={stage.error} />}
            <FilePicker busy={stage.stage === 'reading'} onFile={(file) => void read(file.name, () => Promise.resolve(file))} />
            <p className="muted small">Importing the same file again doubles nothing.</p>
          </Card>
          <Card title="Just looking?">
            <p>Fill your record with real readings of a volunteer, to see how everything works.</p>
            <div className="row">
              <Button icon="chart" onClick={() => navigate('/import/sample')}>
                Use sample data
              </Button>
            </div>
            <Attribution />
          </Card>
        </>
      )}
    </Screen>
  );
}

function FileProblem({ error }: { error: unknown }) {
  return error instanceof FileError ? (
    <Notice tone="danger" title={error.message}>
      {error.advice}
    </Notice>
  ) : (
    <ErrorNotice error={error} />
  );
}
