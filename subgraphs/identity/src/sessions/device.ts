import { createHash } from 'node:crypto';
import type { Viewer } from '@opsconductor/authz';

const AGENT_CHARACTERS = 300;
const ADDRESS_CHARACTERS = 45;

/** Where a session is used from, as far as the router saw it. */
export interface Device {
  readonly clientAddress: string | null;
  readonly clientAgent: string | null;
}

export function deviceOf({ clientAddress, clientAgent }: Viewer): Device {
  return {
    clientAddress: storable(clientAddress, ADDRESS_CHARACTERS),
    clientAgent: storable(clientAgent, AGENT_CHARACTERS),
  };
}

/** Tells one device from another without keeping what it is. */
export function hashDevice(device: Device): string {
  return createHash('sha256')
    .update(JSON.stringify([device.clientAddress, device.clientAgent]))
    .digest('base64url');
}

function storable(text: string | undefined, characters: number): string | null {
  return (
    text
      ?.slice(0, characters)
      .replace(/\p{Cc}/gu, '')
      .toWellFormed() ?? null
  );
}
