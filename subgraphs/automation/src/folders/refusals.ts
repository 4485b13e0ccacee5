import { Refusal } from '@opsconductor/subgraph';

export class JobFolderNotFound extends Refusal {
  override readonly typeName = 'JobFolderNotFound';

  constructor() {
    super('There is no such folder.');
  }
}

export class JobFolderNameTaken extends Refusal {
  override readonly typeName = 'JobFolderNameTaken';

  constructor(name: string) {
    super(`There is a folder named ${name} already.`);
  }
}

export class JobFolderNotEmpty extends Refusal {
  override readonly typeName = 'JobFolderNotEmpty';

  constructor() {
    super('There is something in the folder: delete or move it first.');
  }
}
