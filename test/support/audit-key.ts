/** What seals the audit of test databases that no gateway opens. */
export const TEST_AUDIT_KEY = Buffer.alloc(32, 7);
