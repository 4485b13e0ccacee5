/** Wakes whoever watches credentials, their versions and their bindings. */
export const CREDENTIALS_TOPIC = 'credentials';
