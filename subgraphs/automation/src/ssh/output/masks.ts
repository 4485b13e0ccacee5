import type { Secret } from '@opsconductor/vault';
import { Masker } from './masker.ts';
import { SHORTEST_FORM, formsOf } from './secretForms.ts';
import type { TextStage } from './stage.ts';
import { createTerminalCleaner, withoutColours } from './terminal.ts';

/** The secrets that must not be seen in output. Make one for a set of secrets and share it between commands. */
export class Masks {
  /** Secrets that are too short to mask (fewer than four characters). Their owner should know. */
  readonly tooShort: readonly Secret[];
  readonly #forms: readonly string[];

  private constructor(tooShort: readonly Secret[], forms: readonly string[]) {
    this.tooShort = tooShort;
    this.#forms = forms;
  }

  static of(secrets: readonly Secret[]): Masks {
    const known = secrets.map((secret) => ({ secret, forms: formsOf(secret.reveal()).map(asCleaned) }));
    const forms = known.flatMap(({ forms }) => forms).filter((form) => form.length >= SHORTEST_FORM);
    const tooShort = known.filter(({ forms }) => forms.length === 0).map(({ secret }) => secret);
    return new Masks(tooShort, [...new Set(forms)]);
  }

  static readonly none = Masks.of([]);

  /** A stage that replaces every occurrence of every secret in what {@link createTerminalCleaner} has cleaned. */
  createMasker(): TextStage {
    return this.#forms.length === 0 ? { write: (text) => text, end: () => '' } : new Masker(this.#forms);
  }
}

/** Output is cleaned before it is masked: what is looked for is what cleaning leaves of a form. */
function asCleaned(form: string): string {
  const cleaner = createTerminalCleaner();
  return withoutColours(cleaner.write(form) + cleaner.end());
}
