/** What a clinic's people are told of a patient whose details do not open. */
export function describeProblem(code: string): string {
  return code === 'identity_changed'
    ? 'The keys are not the ones this patient had before. Ask the patient before you go on.'
    : 'The details cannot be verified. Ask the patient to send a new invitation.';
}
