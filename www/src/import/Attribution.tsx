import { SAMPLE } from './sample';

/** Who measured the sample data, as its licence asks. */
export function Attribution() {
  return (
    <p className="muted small">
      Sample data: one subject of Hall et al. (2018), “Glucotypes reveal new patterns of glucose dysregulation”, PLoS Biology 16(7): e2005143,{' '}
      <a href="https://doi.org/10.1371/journal.pbio.2005143" target="_blank" rel="noreferrer">
        doi:10.1371/journal.pbio.2005143
      </a>
      , published under{' '}
      <a href="https://creativecommons.org/licenses/by/4.0/" target="_blank" rel="noreferrer">
        CC BY 4.0
      </a>
      ; columns reduced. <a href={SAMPLE.attribution}>Details</a>
    </p>
  );
}
