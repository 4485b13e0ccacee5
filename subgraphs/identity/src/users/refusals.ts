import type { Role } from '@opsconductor/authz';
import { Refusal } from '@opsconductor/subgraph';

export class EmailTaken extends Refusal {
  override readonly typeName = 'EmailTaken';

  constructor(email: string) {
    super(`There is a user with the address ${email} already.`);
  }
}

export class RoleNotGrantable extends Refusal {
  override readonly typeName = 'RoleNotGrantable';
  readonly role: Role;

  constructor(role: Role) {
    super(`The role ${role} has permissions that you do not hold.`);
    this.role = role;
  }

  override get fields() {
    return { role: this.role };
  }
}

export class UserNotFound extends Refusal {
  override readonly typeName = 'UserNotFound';

  constructor() {
    super('There is no such user.');
  }
}

export class LastAdministrator extends Refusal {
  override readonly typeName = 'LastAdministrator';

  constructor() {
    super('This is the last active administrator. Make another one first.');
  }
}
