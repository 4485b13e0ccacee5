import { timingSafeEqual } from 'node:crypto';
import ssh2 from 'ssh2';
import type { AuthContext, KeyboardAuthContext, ParsedKey, PublicKeyAuthContext } from 'ssh2';
import type { KeyPair } from './keys.ts';

export interface LoginOptions {
  readonly username: string;
  readonly key: KeyPair;
  readonly password?: string;
  readonly asksForPassword?: boolean;
  readonly faults: { readonly isUndecided?: boolean; readonly wantsNewPassword?: boolean };
}

/** Decides who may log in, and counts who has tried. */
export function createLogin({ username, key, password, asksForPassword = false, faults }: LoginOptions) {
  const publicKey = ssh2.utils.parseKey(key.publicLine) as ParsedKey;
  const methods: ('publickey' | 'password' | 'keyboard-interactive')[] = ['publickey'];
  if (password !== undefined) methods.push(asksForPassword ? 'keyboard-interactive' : 'password');
  let attempts = 0;

  const decide = (context: AuthContext): void => {
    if (context.method !== 'none') attempts += 1;
    if (faults.isUndecided) return;
    const answer = (isGood: boolean) => (isGood ? context.accept() : context.reject(methods));
    if (context.username !== username) return answer(false);
    switch (context.method) {
      case 'publickey':
        return answer(isSignedBy(publicKey, context));
      case 'password':
        if (faults.wantsNewPassword) return context.requestChange('Your password has expired: ', () => {});
        return answer(!asksForPassword && isEqual(context.password, password));
      case 'keyboard-interactive':
        return asksForPassword ? ask(context, (given) => answer(isEqual(given, password))) : answer(false);
      default:
        return answer(false);
    }
  };
  return { decide, attempts: () => attempts };
}

/** Without a signature it is only asked whether the key would do. */
function isSignedBy(publicKey: ParsedKey, { key, signature, blob, hashAlgo }: PublicKeyAuthContext): boolean {
  if (!publicKey.getPublicSSH().equals(key.data)) return false;
  return !signature || !blob || publicKey.verify(blob, signature, hashAlgo) === true;
}

function ask(context: KeyboardAuthContext, answered: (text: string) => void): void {
  context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => answered(answers[0] ?? ''));
}

function isEqual(given: string, expected: string | undefined): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected ?? '')];
  return expected !== undefined && one.length === other.length && timingSafeEqual(one, other);
}
