import { Prisma } from '../generated/prisma/client.ts';

/** Whether a write failed because another row has what has to be unique. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

/** Whether a write failed because a row that is named is not there, or because one that is to go is named. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';
}
