import { refuse } from '../errors/requestRefused.ts';

/** Longest value of an argument that becomes a part of a topic. Ids are far shorter. */
const MAX_VALUE_CHARACTERS = 200;

/** `execution.{id}.events`, taken apart. */
export interface TopicTemplate {
  readonly text: string;
  /** Names of the arguments whose values stand in the topic. */
  readonly placeholders: readonly string[];
}

export function readTopic(text: string): TopicTemplate {
  return { text, placeholders: [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string) };
}

/**
 * The topic for the given arguments. A topic decides when something is read, never what: a value that leads to another
 * topic leads to nothing else.
 * @param values of the field's arguments, coerced, defaults included
 * @throws {RequestRefused} a value is too long
 */
export function topicFor({ text }: TopicTemplate, values: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{(\w+)\}/g, (_placeholder, name: string) => {
    const value = String(values[name]);
    if (value.length > MAX_VALUE_CHARACTERS)
      throw refuse('BAD_USER_INPUT', `The argument ${name} has more than ${MAX_VALUE_CHARACTERS} characters.`);
    // Topics are lines of text for their transports.
    return canonical(value).replace(/\s/g, '_');
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id as whoever wakes the topic writes it: in upper case it means the same (RFC 9562, section 4). */
function canonical(value: string): string {
  return UUID.test(value) ? value.toLowerCase() : value;
}
