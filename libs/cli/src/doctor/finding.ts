/** Result of a check of doctor. */
export interface Finding {
  /** `problem` is what makes doctor fail. */
  readonly level: 'ok' | 'hint' | 'problem';
  /** What was checked, in a word or two. */
  readonly subject: string;
  readonly text: string;
}

export const ok = (subject: string, text: string): Finding => ({ level: 'ok', subject, text });
export const hint = (subject: string, text: string): Finding => ({ level: 'hint', subject, text });
export const problem = (subject: string, text: string): Finding => ({
  level: 'problem',
  subject,
  text,
});
