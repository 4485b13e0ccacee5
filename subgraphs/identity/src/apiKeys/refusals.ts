import { Forbidden } from '@opsconductor/authz';
import { Refusal } from '@opsconductor/subgraph';

export class PermissionNotGrantable extends Refusal {
  override readonly typeName = 'PermissionNotGrantable';
  readonly permission: string;

  constructor(permission: string) {
    super(`You do not have the permission ${permission}, so that you cannot give it to a key.`);
    this.permission = permission;
  }

  override get fields() {
    return { permission: this.permission };
  }
}

export class ApiKeyNotFound extends Refusal {
  override readonly typeName = 'ApiKeyNotFound';

  constructor() {
    super('There is no key with this id that still holds.');
  }
}

/** Keys are made and renewed by people: a key that is stolen must not be able to outlive itself. */
export class ApiKeyFromApiKey extends Forbidden {
  constructor() {
    super('apiKey:write');
    this.message = 'An API key cannot make or renew API keys: sign in.';
  }
}
