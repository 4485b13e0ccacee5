import type { Secret } from '@opsconductor/vault';
import type { AnyAuthMethod, KeyboardInteractiveAuthMethod } from 'ssh2';
import { readPrivateKey } from './privateKeys.ts';

export type SshAuthentication =
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'privateKey'; readonly privateKey: Secret; readonly passphrase?: Secret };

/**
 * Says what to try next. `methodsLeft` is null before the first attempt, then what the server would still take.
 * Undefined: there is nothing left to try.
 */
export type NextAttempt = (methodsLeft: readonly string[] | null) => AnyAuthMethod | undefined;

/**
 * One credential is tried once. Only where a server takes no passwords but asks questions (PAM), the password answers
 * its one hidden question.
 *
 * @throws SshFault CREDENTIAL_UNREADABLE
 */
export function createAttempts(username: string, authentication: SshAuthentication): NextAttempt {
  const [first, second] = attemptsOf(username, authentication);
  let attempt = 0;
  return (methodsLeft) => {
    attempt += 1;
    if (attempt === 1) return first;
    const isTaken = attempt === 2 && methodsLeft?.includes('keyboard-interactive') && !methodsLeft.includes('password');
    return isTaken ? second : undefined;
  };
}

function attemptsOf(username: string, authentication: SshAuthentication): [AnyAuthMethod, AnyAuthMethod?] {
  switch (authentication.kind) {
    case 'password': {
      const { password } = authentication;
      return [{ type: 'password', username, password: password.reveal() }, answerQuestion(username, password)];
    }
    case 'privateKey': {
      const { privateKey, passphrase } = authentication;
      return [{ type: 'publickey', username, key: readPrivateKey(privateKey, passphrase) }];
    }
  }
}

function answerQuestion(username: string, password: Secret): KeyboardInteractiveAuthMethod {
  let isAnswered = false;
  return {
    type: 'keyboard-interactive',
    username,
    prompt(_name, _instructions, _language, prompts, answer) {
      const isForPassword = !isAnswered && prompts.length === 1 && prompts[0]?.echo !== true;
      isAnswered = true;
      answer(prompts.map(() => (isForPassword ? password.reveal() : '')));
    },
  };
}
