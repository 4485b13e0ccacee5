export { principalTopic, sessionTopic } from './accessTopics.ts';
export {
  ASSERTION_HEADER,
  AssertionRejected,
  createAssertionSigner,
  createAssertionVerifier,
  type Assertion,
  type SignAssertion,
  type TrustedKey,
  type VerifyAssertion,
} from './assertion.ts';
export { isPermission, permissions, permissionsOf, roles, type Permission, type Role } from './permissions.ts';
export { generateSigningKey, publicPart } from './signingKey.ts';
export {
  Forbidden,
  Unauthenticated,
  anonymous,
  may,
  requirePermission,
  requireUser,
  type AnonymousViewer,
  type UserViewer,
  type Viewer,
} from './viewer.ts';
