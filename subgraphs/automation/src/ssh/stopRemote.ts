import type { Client, ClientChannel } from 'ssh2';
import { ChannelReader } from './channelReader.ts';
import { within } from './deadline.ts';
import { Dialogue } from './dialogue.ts';
import { SessionRefused, startShell } from './remoteShell.ts';
import { READY, answerPrefixOf, stopScript } from './stopScript.ts';
import type { StopRequest } from './stopScript.ts';
import { WakeUp } from './wakeUp.ts';

/** `gone`: nothing of the command is left. `unavailable`: nobody could look. */
export type StopAnswer = 'gone' | 'alive' | 'unavailable';

/** What the answer may take beyond the grace time, KILL included. */
const ANSWER_SECONDS = 5;
/** An account whose login scripts print more than this is not listened to. */
const ANSWER_LIMIT_CHARACTERS = 1 << 20;

/** Stops a command from a second session of its connection, as `stopScript.ts` says. */
export async function stopRemote(client: Client, request: StopRequest): Promise<StopAnswer> {
  const wakeUp = new WakeUp();
  const script = stopScript(request);
  let channel: ClientChannel | undefined;
  let shell: Shell | undefined;
  try {
    await startShell(client, script.line, (opened) => {
      channel = opened;
      shell = { reader: new ChannelReader(opened, wakeUp.notify), dialogue: new Dialogue(opened, script) };
      return true;
    });
    return shell ? await readAnswer(shell, wakeUp, request) : 'unavailable';
  } catch (error) {
    if (error instanceof SessionRefused) return 'unavailable';
    throw error;
  } finally {
    channel?.close();
  }
}

interface Shell {
  readonly reader: ChannelReader;
  readonly dialogue: Dialogue;
}

async function readAnswer({ reader, dialogue }: Shell, wakeUp: WakeUp, request: StopRequest): Promise<StopAnswer> {
  const prefix = answerPrefixOf(request.marker);
  const deadline = performance.now() + (request.graceSeconds + ANSWER_SECONDS) * 1_000;
  let text = '';
  while (performance.now() < deadline && text.length < ANSWER_LIMIT_CHARACTERS) {
    const piece = reader.read();
    if (piece?.stream === 'STDERR') dialogue.passThrough(piece.bytes);
    if (piece?.stream === 'STDOUT') text += piece.bytes.toString('latin1');
    if (text.includes(`${prefix}${READY}\n`)) dialogue.begin();
    if (text.includes(`${prefix}gone\n`)) return 'gone';
    if (text.includes(`${prefix}alive\n`)) return 'alive';
    if (reader.isEnded) break;
    if (!piece) await wakeUp.wait(deadline - performance.now());
  }
  return 'unavailable';
}

/**
 * The way to stop a command when the target gives no second session: it is asked to signal the command's group itself
 * (RFC 4254, 6.9). Whether it does can only be seen by the command's end.
 *
 * @param hasEnded resolves when the command has ended
 */
export async function stopBySignal(
  channel: ClientChannel,
  graceSeconds: number,
  hasEnded: Promise<void>,
): Promise<void> {
  channel.signal('TERM');
  await within(graceSeconds, hasEnded);
  channel.signal('KILL');
  await within(1, hasEnded);
}
