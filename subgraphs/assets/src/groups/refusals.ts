import { Refusal } from '@opsconductor/subgraph';

export class TargetGroupNotFound extends Refusal {
  override readonly typeName = 'TargetGroupNotFound';

  constructor() {
    super('There is no such group.');
  }
}

export class TargetGroupNameTaken extends Refusal {
  override readonly typeName = 'TargetGroupNameTaken';

  constructor(path: string) {
    super(`There is a group ${path} already.`);
  }
}

export class TargetGroupWouldContainItself extends Refusal {
  override readonly typeName = 'TargetGroupWouldContainItself';

  constructor(path: string) {
    super(`${path} cannot be moved into itself or below itself.`);
  }
}

export class TargetGroupInUse extends Refusal {
  override readonly typeName = 'TargetGroupInUse';
  readonly childCount: number;
  readonly memberCount: number;

  constructor(childCount: number, memberCount: number) {
    super(`The group has ${childCount} groups below it and ${memberCount} members. Move or remove them first.`);
    this.childCount = childCount;
    this.memberCount = memberCount;
  }

  override get fields() {
    return { childCount: this.childCount, memberCount: this.memberCount };
  }
}
