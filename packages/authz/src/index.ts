export { principalTopic, sessionTopic } from './accessTopics.ts';
export { resolveApiKey, type ApiKeyAnswer, type ApiKeyQuestion } from './apiKeyContract.ts';
export { createApiKey, looksLikeApiKey, parseApiKey, type ParsedApiKey } from './apiKeyToken.ts';
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
  type Client,
  type UserViewer,
  type Viewer,
} from './viewer.ts';
