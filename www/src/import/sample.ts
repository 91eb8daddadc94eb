import { TidelockError } from '../api';

/** The record that comes with the application, for trying it out. */
export const SAMPLE = {
  name: 'Sample: nine days of a continuous glucose monitor',
  address: '/sample/hall2018-2133-039.csv',
  attribution: '/sample/ATTRIBUTION.txt',
};

export async function fetchSample(): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(SAMPLE.address);
  } catch {
    throw new TidelockError('network', 'the sample could not be loaded');
  }
  if (!response.ok) {
    throw new TidelockError('not_found', 'the sample is missing on the server');
  }
  return response.blob();
}
